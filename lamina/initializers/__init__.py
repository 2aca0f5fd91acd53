"""Floor 4: where weights' first values come from."""

from typing import Any as _Any

from numpy import ndarray as _ndarray

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.initializers.constant import (
    Constant as Constant,
    Identity as Identity,
    Ones as Ones,
    Zeros as Zeros,
)
from lamina.initializers.initializer import Initializer as Initializer
from lamina.initializers.random import (
    Orthogonal as Orthogonal,
    RandomNormal as RandomNormal,
    RandomUniform as RandomUniform,
    TruncatedNormal as TruncatedNormal,
)
from lamina.initializers.stft import STFT as STFT
from lamina.initializers.variance_scaling import (
    GlorotNormal as GlorotNormal,
    GlorotUniform as GlorotUniform,
    HeNormal as HeNormal,
    HeUniform as HeUniform,
    LecunNormal as LecunNormal,
    LecunUniform as LecunUniform,
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
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

_SHELF = _registry.Shelf(
    "initializers",
    "initializer",
    vars(),
    Initializer,
    aliases={"zero": Zeros, "one": Ones, "normal": RandomNormal, "uniform": RandomUniform},
)
deserialize = _SHELF.deserialize


def get(identifier: _Any) -> _Any:
    """Return the initializer that a name, a configuration or a class stands for.

    Args:
        identifier: one of these, an initializer, a function `(shape, dtype) -> array`, an array
            (a constant), or `None`.

    Raises:
        ValueError: none of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.initializers.get("glorot_uniform").mode
        'fan_avg'
    """
    return Constant(identifier) if isinstance(identifier, _ndarray) else _SHELF.get(identifier)


def serialize(initializer: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal initializer."""
    return _registry.serialize(initializer)


_explain(__name__)
