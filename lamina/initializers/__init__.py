"""Floor 4: where weights' first values come from."""

from lamina.initializers.constant import (
    Constant as Constant,
)
from lamina.initializers.constant import (
    Identity as Identity,
)
from lamina.initializers.constant import (
    Ones as Ones,
)
from lamina.initializers.constant import (
    Zeros as Zeros,
)
from lamina.initializers.initializer import Initializer as Initializer
from lamina.initializers.random import (
    Orthogonal as Orthogonal,
)
from lamina.initializers.random import (
    RandomNormal as RandomNormal,
)
from lamina.initializers.random import (
    RandomUniform as RandomUniform,
)
from lamina.initializers.random import (
    TruncatedNormal as TruncatedNormal,
)
from lamina.initializers.shelf import (
    deserialize as deserialize,
)
from lamina.initializers.shelf import (
    get as get,
)
from lamina.initializers.shelf import (
    serialize as serialize,
)
from lamina.initializers.variance_scaling import (
    GlorotNormal as GlorotNormal,
)
from lamina.initializers.variance_scaling import (
    GlorotUniform as GlorotUniform,
)
from lamina.initializers.variance_scaling import (
    HeNormal as HeNormal,
)
from lamina.initializers.variance_scaling import (
    HeUniform as HeUniform,
)
from lamina.initializers.variance_scaling import (
    LecunNormal as LecunNormal,
)
from lamina.initializers.variance_scaling import (
    LecunUniform as LecunUniform,
)
from lamina.initializers.variance_scaling import (
    VarianceScaling as VarianceScaling,
)

# Keras' other spellings.
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros
