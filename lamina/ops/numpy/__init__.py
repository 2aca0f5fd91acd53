"""Ops of NumPy's namespace, `keras.ops.numpy`."""

from lamina.ops.numpy.complex_numbers import *
from lamina.ops.numpy.creation import *
from lamina.ops.numpy.elementwise import *
from lamina.ops.numpy.indexing import *
from lamina.ops.numpy.products import *
from lamina.ops.numpy.reduce import *
from lamina.ops.numpy.structure import *
