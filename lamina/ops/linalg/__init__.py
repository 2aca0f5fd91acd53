"""Linear algebra, `keras.ops.linalg`. Matrices lie in the last two axes; leading axes are batches."""

from lamina.absent import explain as _explain
from lamina.ops.gradients import jvp as jvp
from lamina.ops.linalg.decompose import *
from lamina.ops.linalg.norms import *
from lamina.ops.linalg.solving import *
from lamina.ops.linalg.square import *

_explain(__name__)
