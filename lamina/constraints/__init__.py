"""Floor 4: what weights must fulfil after every step."""

from lamina.constraints.constraint import (
    Constraint as Constraint,
    MaxNorm as MaxNorm,
    MinMaxNorm as MinMaxNorm,
    NonNeg as NonNeg,
    UnitNorm as UnitNorm,
)
from lamina.constraints.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)

# Keras' other spellings.
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
