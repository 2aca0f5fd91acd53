"""Arguments of layers that are code: configurations hold names in their places."""

from __future__ import annotations

from typing import Any

from lamina.core import naming, registry
from lamina.core.tracebacks import warn


def written(layer: Any, name: str, value: Any) -> Any:
    """Return data for the argument `name` of a layer; for code only a name, and the user is told.

    Raises:
        TypeError: no data describe the value.
    """
    named = getattr(value, "__name__", "<lambda>") != "<lambda>"
    if name not in layer.from_caller or not callable(value) or named:
        return registry.serialize(value)
    config, kept = registry.named(layer.name, value)
    if kept:  # beside the configuration
        return config
    warn(
        f"{naming.described(layer)}: a configuration does not hold code, so its `{name}` is written as the name "
        f"{layer.name!r} only. Load it with custom_objects={{{layer.name!r}: ...}}; or give a function a name and "
        "decorate it with lamina.saving.register_keras_serializable()."
    )
    return config
