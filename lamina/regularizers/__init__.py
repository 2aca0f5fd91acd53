"""Floor 4: penalties on weights, added to the loss."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.regularizers.regularizer import (
    L1 as L1,
    L1L2 as L1L2,
    L2 as L2,
    OrthogonalRegularizer as OrthogonalRegularizer,
    Regularizer as Regularizer,
)

# Keras' other spellings.
l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

_SHELF = _registry.Shelf("regularizers", "regularizer", vars(), Regularizer)
get, deserialize = _SHELF.get, _SHELF.deserialize


def serialize(regularizer: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal regularizer."""
    return _registry.serialize(regularizer)


_explain(__name__)
