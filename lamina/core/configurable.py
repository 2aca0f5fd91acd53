"""Configurations read from constructors: each parameter is an attribute of the same name.

Small objects (initializers, losses, metrics, ...) keep what they are given under its own name, so
nobody writes `get_config`. A constructor with `**kwargs` hands them on to its base, so the base's
parameters belong to it, too.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, dataclass_transform

from lamina.core import registry
from lamina.core.argument_kinds import Taker, taker
from lamina.core.constructors import constructor_signature, parameters

Class = TypeVar("Class", bound=type)


class Configurable:
    """What can be written down as the arguments of its constructor, and made again from them."""

    written_if_set: ClassVar[tuple[str, ...]] = ()
    """Arguments that Keras' configurations lack: they are written only if they are not at their defaults."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, by name; a parameter that is kept nowhere is left out."""
        config = {n: getattr(self, n) for n in parameters(type(self)) if hasattr(self, n)}
        return without_unset(type(self), config)

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
    finish = getattr(cls, "__post_init__", None)
    if not hasattr(finish, "takes_in"):
        cls.__post_init__ = _taking_in(finish)  # type: ignore[attr-defined]
    return dataclasses.dataclass(eq=False, repr=False, match_args=False)(cls)  # type: ignore[return-value]


def _taking_in(finish: Callable[[Any], None] | None) -> Callable[[Any], None]:
    """Return a `__post_init__` that takes in arguments by the words of their annotations, then calls `finish`."""

    def take_in(self: Any) -> None:
        for name, take in _takers(type(self)):
            setattr(self, name, take(self, name, getattr(self, name)))
        if finish is not None:
            finish(self)

    take_in.takes_in = True  # type: ignore[attr-defined]
    return take_in


@functools.cache
def _takers(cls: Any) -> list[tuple[str, Taker]]:
    takers = [(f.name, taker(str(f.type))) for f in dataclasses.fields(cls) if f.init]
    return [(name, take) for name, take in takers if take is not None]


def without_unset(cls: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Return `config` without the arguments that are `written_if_set` and at their defaults."""
    unset = {n: constructor_signature(cls).parameters[n].default for n in cls.written_if_set}
    return without_defaults(config, **unset)


def own_fields(thing: Any, base: type) -> tuple[str, ...]:
    """Names of the fields of `thing` that are not arguments of the constructor of `base`."""
    fields = [f.name for f in dataclasses.fields(thing) if f.init]
    return tuple(name for name in fields if name not in parameters(base))


def without_defaults(config: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """`config` without the entries that have these values: Keras does not write them either."""
    return {n: value for n, value in config.items() if n not in defaults or value != defaults[n]}
