"""Floor 4: what weights must fulfil after every step."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.constraints.constraint import (
    Constraint as Constraint,
    MaxNorm as MaxNorm,
    MinMaxNorm as MinMaxNorm,
    NonNeg as NonNeg,
    UnitNorm as UnitNorm,
)
from lamina.core import registry as _registry

# Keras' other spellings.
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

_SHELF = _registry.Shelf("constraints", "constraint", vars(), Constraint)
get, deserialize = _SHELF.get, _SHELF.deserialize


def serialize(constraint: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal constraint."""
    return _registry.serialize(constraint)


_explain(__name__)
