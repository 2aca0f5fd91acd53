"""Floor 4: functions that layers apply to their outputs."""

from lamina.activations.activations import (
    exponential as exponential,
    gelu as gelu,
    linear as linear,
    relu as relu,
)
from lamina.activations.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
from lamina.ops import (
    elu as elu,
    hard_sigmoid as hard_sigmoid,
    leaky_relu as leaky_relu,
    log_sigmoid as log_sigmoid,
    log_softmax as log_softmax,
    relu6 as relu6,
    selu as selu,
    sigmoid as sigmoid,
    silu as silu,
    softmax as softmax,
    softplus as softplus,
    softsign as softsign,
    tanh as tanh,
)

swish = silu  # Keras' other spelling
