"""Keras' functions around configurations and registered names, upon `lamina.core.registry`."""

from __future__ import annotations

from typing import Any

from lamina import (  # noqa: F401  their shelves are the closed tables in which names resolve
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from lamina.core import registry
from lamina.core.load_policy import check_safe_mode


class CustomObjectScope:
    """A context in which configurations may name `custom_objects`, too.

    Args:
        custom_objects: name -> class or function.

    Example:
        >>> import lamina
        >>> with lamina.saving.CustomObjectScope({"double": lambda x: 2 * x}):
        ...     lamina.activations.get("double")(4)
        8
    """

    def __init__(self, custom_objects: dict[str, Any]):
        self._scope = registry.custom_object_scope(custom_objects)

    def __enter__(self) -> CustomObjectScope:
        self._scope.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._scope.__exit__(*error)


def get_custom_objects() -> dict[str, Any]:
    """Return the table of the objects that the program registered, by name; it may be added to and cleared."""
    return registry.registered()


def get_registered_name(obj: Any) -> str:
    """Return the name (`"package>name"`) under which `obj` was registered, or else its own.

    Example:
        >>> get_registered_name(dict)
        'dict'
    """
    return registry.registered_name(obj) or obj.__name__


def get_registered_object(
    name: str,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """Return the object called `name`: in a scope, in `custom_objects`, registered, in `module_objects`.

    Returns:
        A class or function; `None` if there is none of that name.
    """
    thing = registry.custom_object(name)
    for table in (custom_objects or {}, module_objects or {}):
        thing = table.get(name) if thing is None else thing
    return thing


def serialize_keras_object(obj: Any) -> Any:
    """Return data (numbers, strings, lists, dicts) that describe `obj`.

    Raises:
        TypeError: an object that data cannot describe.

    Example:
        >>> import lamina
        >>> serialize_keras_object(lamina.initializers.Zeros())["class_name"]
        'Zeros'
    """
    return registry.serialize(obj)


def deserialize_keras_object(
    config: Any,
    custom_objects: dict[str, Any] | None = None,
    safe_mode: bool | None = True,
    **kwargs: Any,
) -> Any:
    """Make the object that `config`, made by `serialize_keras_object` or by Keras, describes.

    Names resolve in closed tables and among what the program registered; nothing is imported, and no
    code is read from the configuration. So `safe_mode` changes nothing.

    Args:
        custom_objects: name -> class or function of your own.

    Raises:
        ValueError: a name that the program does not offer.

    Example:
        >>> import lamina
        >>> layer = deserialize_keras_object(serialize_keras_object(lamina.layers.Dense(3, name="d")))
        >>> layer.units, layer.name
        (3, 'd')
    """
    if kwargs:
        raise TypeError(f"deserialize_keras_object does not take the argument(s) {sorted(kwargs)}.")
    check_safe_mode(safe_mode)
    registry.shelf("models")  # a program that only loads has not imported it
    return registry.deserialize(config, custom_objects)
