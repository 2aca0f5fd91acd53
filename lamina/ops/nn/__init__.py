"""The parts of networks, `keras.ops.nn`: activations, convolution, pooling, normalization, losses."""

from lamina.absent import explain as _explain
from lamina.ops.nn.activation import *
from lamina.ops.nn.attention import *
from lamina.ops.nn.blocks import *
from lamina.ops.nn.convolution import *
from lamina.ops.nn.crossentropy import *
from lamina.ops.nn.ctc import *
from lamina.ops.nn.encoding import *
from lamina.ops.nn.fidelity import *
from lamina.ops.nn.normalization import *
from lamina.ops.nn.patches import *
from lamina.ops.nn.piecewise import *
from lamina.ops.nn.polar import *
from lamina.ops.nn.pooling import *

_explain(__name__)
