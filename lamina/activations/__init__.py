"""Floor 4: functions that layers apply to their outputs."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.activations.activations import (
    exponential as exponential,
    gelu as gelu,
    linear as linear,
    mish as mish,
    relu as relu,
)
from lamina.core import registry as _registry
from lamina.ops import (
    celu as celu,
    elu as elu,
    glu as glu,
    hard_shrink as hard_shrink,
    hard_sigmoid as hard_sigmoid,
    hard_silu as hard_silu,
    hard_swish as hard_swish,
    hard_tanh as hard_tanh,
    leaky_relu as leaky_relu,
    log_sigmoid as log_sigmoid,
    log_softmax as log_softmax,
    relu6 as relu6,
    selu as selu,
    sigmoid as sigmoid,
    silu as silu,
    soft_shrink as soft_shrink,
    softmax as softmax,
    softplus as softplus,
    softsign as softsign,
    sparse_plus as sparse_plus,
    sparse_sigmoid as sparse_sigmoid,
    sparsemax as sparsemax,
    squareplus as squareplus,
    swish as swish,
    tanh as tanh,
    tanh_shrink as tanh_shrink,
    threshold as threshold,
)

_SHELF = _registry.Shelf("activations", "activation", vars(), functions=True, default=linear)
get, deserialize = _SHELF.get, _SHELF.deserialize


def serialize(activation: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal activation."""
    return _registry.serialize(activation)


_explain(__name__)
