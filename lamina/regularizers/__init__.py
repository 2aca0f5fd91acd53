"""Floor 4: penalties on weights, added to the loss."""

from lamina.regularizers.regularizer import (
    L1 as L1,
)
from lamina.regularizers.regularizer import (
    L1L2 as L1L2,
)
from lamina.regularizers.regularizer import (
    L2 as L2,
)
from lamina.regularizers.regularizer import (
    OrthogonalRegularizer as OrthogonalRegularizer,
)
from lamina.regularizers.regularizer import (
    Regularizer as Regularizer,
)
from lamina.regularizers.shelf import (
    deserialize as deserialize,
)
from lamina.regularizers.shelf import (
    get as get,
)
from lamina.regularizers.shelf import (
    serialize as serialize,
)

# Keras' other spellings.
l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer
