"""Ops of NumPy's namespace, `keras.ops.numpy`."""

from lamina.absent import explain as _explain
from lamina.ops.numpy.arithmetic import *
from lamina.ops.numpy.bitwise import *
from lamina.ops.numpy.comparison import *
from lamina.ops.numpy.complex_numbers import *
from lamina.ops.numpy.creation import *
from lamina.ops.numpy.determinant import *
from lamina.ops.numpy.diagonals import *
from lamina.ops.numpy.differences import *
from lamina.ops.numpy.exponential import *
from lamina.ops.numpy.indexing import *
from lamina.ops.numpy.joining import *
from lamina.ops.numpy.logic import *
from lamina.ops.numpy.nan import *
from lamina.ops.numpy.padding import *
from lamina.ops.numpy.products import *
from lamina.ops.numpy.reduce import *
from lamina.ops.numpy.repeating import *
from lamina.ops.numpy.rounding import *
from lamina.ops.numpy.sorting import *
from lamina.ops.numpy.spaces import *
from lamina.ops.numpy.statistics import *
from lamina.ops.numpy.structure import *
from lamina.ops.numpy.trigonometry import *
from lamina.ops.numpy.vectorizing import *
from lamina.ops.numpy.window_functions import *

_explain(__name__)
