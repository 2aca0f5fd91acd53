"""Initializers by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core.registry import Shelf, custom_object
from lamina.initializers.constant import Constant, Identity, Ones, Zeros
from lamina.initializers.initializer import Initializer
from lamina.initializers.random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from lamina.initializers.stft import STFT
from lamina.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

_CLASSES = (
    *(Zeros, Ones, Constant, Identity, RandomNormal, RandomUniform, TruncatedNormal, Orthogonal),
    *(VarianceScaling, GlorotUniform, GlorotNormal, HeNormal, HeUniform, LecunNormal, LecunUniform),
    STFT,
)
SHELF = Shelf(
    "initializers",
    "initializer",
    {cls.__name__: cls for cls in _CLASSES},
    {
        "zero": Zeros,
        "one": Ones,
        "normal": RandomNormal,
        "uniform": RandomUniform,
        "IdentityInitializer": Identity,
        "OrthogonalInitializer": Orthogonal,
        "STFTInitializer": STFT,
    },
)


def get(identifier: Any) -> Any:
    """The initializer that `identifier` means.

    Args:
        identifier: a name, a configuration, a class, an initializer, a function
            `(shape, dtype) -> array`, an array (a constant), or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.initializers.get("glorot_uniform").mode
        'fan_avg'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):  # the short way: a layer's constructor asks several times
        found = custom_object(identifier) or SHELF.spellings.get(identifier)
        if isinstance(found, type):
            return found()
    if isinstance(identifier, np.ndarray):
        return Constant(identifier)
    return SHELF.get(identifier)


def serialize(initializer: Initializer) -> Any:
    """A configuration, data only, from which `deserialize` makes an equal initializer.

    Example:
        >>> import lamina
        >>> lamina.initializers.serialize(lamina.initializers.Zeros())["class_name"]
        'Zeros'
    """
    return SHELF.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.initializers.deserialize({"class_name": "Constant", "config": {"value": 2}}).value
        2
    """
    return SHELF.deserialize(config, custom_objects)
