"""Floor 4: functions that layers apply to their outputs."""

from lamina.activations.activations import (
    exponential as exponential,
)
from lamina.activations.activations import (
    gelu as gelu,
)
from lamina.activations.activations import (
    linear as linear,
)
from lamina.activations.activations import (
    relu as relu,
)
from lamina.activations.shelf import (
    deserialize as deserialize,
)
from lamina.activations.shelf import (
    get as get,
)
from lamina.activations.shelf import (
    serialize as serialize,
)
from lamina.ops import (
    elu as elu,
)
from lamina.ops import (
    hard_sigmoid as hard_sigmoid,
)
from lamina.ops import (
    leaky_relu as leaky_relu,
)
from lamina.ops import (
    log_sigmoid as log_sigmoid,
)
from lamina.ops import (
    log_softmax as log_softmax,
)
from lamina.ops import (
    relu6 as relu6,
)
from lamina.ops import (
    selu as selu,
)
from lamina.ops import (
    sigmoid as sigmoid,
)
from lamina.ops import (
    silu as silu,
)
from lamina.ops import (
    softmax as softmax,
)
from lamina.ops import (
    softplus as softplus,
)
from lamina.ops import (
    softsign as softsign,
)
from lamina.ops import (
    tanh as tanh,
)

swish = silu  # Keras' other spelling
