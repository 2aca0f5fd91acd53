"""Configurations read from constructors: each parameter is an attribute of the same name.

Small objects (initializers, losses, metrics, ...) keep what they are given under its own name, so
nobody writes `get_config`. A constructor with `**kwargs` hands them on to its base, so the base's
parameters belong to it, too.
"""

import dataclasses
from typing import Any, TypeVar, dataclass_transform

from lamina.core import registry
from lamina.core.constructors import parameters

Class = TypeVar("Class", bound=type)


class Configurable:
    """What can be written down as the arguments of its constructor, and made again from them."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, by name; a parameter that is kept nowhere is left out."""
        return {name: getattr(self, name) for name in parameters(type(self)) if hasattr(self, name)}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Make the object that `get_config` describes.

        Args:
            config: the constructor's arguments as data.
            custom_objects: classes and functions of yours, by the names under which `config` has them.
        """
        with registry.custom_object_scope(custom_objects):
            return registry.make(cls, config)


@dataclass_transform(eq_default=False, field_specifiers=(dataclasses.field,))
def from_fields(cls: Class) -> Class:
    """Make the constructor of `cls` from its fields: annotated class attributes, those of its bases first.

    Each argument is kept under its own name; then `__post_init__` runs. The signature is a real one,
    which type checkers and completion see, too.

    Example:
        >>> @from_fields
        ... class Scale(Configurable):
        ...     factor: float = 1.0
        >>> Scale(factor=2.0).get_config()
        {'factor': 2.0}
    """
    return dataclasses.dataclass(eq=False, repr=False, match_args=False)(cls)  # type: ignore[return-value]


def own_fields(thing: Any, base: type) -> tuple[str, ...]:
    """Names of the fields of `thing` that are not arguments of the constructor of `base`."""
    fields = [f.name for f in dataclasses.fields(thing) if f.init]
    return tuple(name for name in fields if name not in parameters(base))


def without_defaults(config: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """`config` without the entries that have these values: Keras does not write them either."""
    return {n: value for n, value in config.items() if n not in defaults or value != defaults[n]}
