"""Floor 3: the numeric namespace, each op written once upon the engine contract.

Ops take native arrays, NumPy arrays, numbers, Variables and, all but the few that say so, symbolic
tensors. They return native arrays of the engine in force. Each file names what it offers in
`__all__`; nothing is listed a second time here.
"""

from lamina.absent import explain as _explain
from lamina.ops import (
    image as image,
    operators as operators,  # gives Variable and KerasTensor their operators
    sparse as sparse,  # says what ops do with sparse tensors
)
from lamina.ops.control import *
from lamina.ops.core import *
from lamina.ops.gradients import *
from lamina.ops.linalg import *
from lamina.ops.mapping import *
from lamina.ops.math import *
from lamina.ops.nn import *
from lamina.ops.numpy import *
from lamina.ops.rearranging import *
from lamina.ops.segment import *
from lamina.ops.signal import *
from lamina.ops.slicing import *

_explain(__name__)
