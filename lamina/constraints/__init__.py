"""Floor 4: what weights must fulfil after every step."""

from lamina.constraints.constraint import (
    Constraint as Constraint,
)
from lamina.constraints.constraint import (
    MaxNorm as MaxNorm,
)
from lamina.constraints.constraint import (
    MinMaxNorm as MinMaxNorm,
)
from lamina.constraints.constraint import (
    NonNeg as NonNeg,
)
from lamina.constraints.constraint import (
    UnitNorm as UnitNorm,
)
from lamina.constraints.shelf import (
    deserialize as deserialize,
)
from lamina.constraints.shelf import (
    get as get,
)
from lamina.constraints.shelf import (
    serialize as serialize,
)

# Keras' other spellings.
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
