"""Floor 4: penalties on weights, added to the loss."""

from lamina.regularizers.regularizer import (
    L1 as L1,
    L1L2 as L1L2,
    L2 as L2,
    OrthogonalRegularizer as OrthogonalRegularizer,
    Regularizer as Regularizer,
)
from lamina.regularizers.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)

# Keras' other spellings.
l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer
