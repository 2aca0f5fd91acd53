"""Configurations read from constructors: each parameter is an attribute of the same name.

Small objects (initializers, losses, metrics, ...) keep what they are given under its own name, so
nobody writes `get_config`. A constructor with `**kwargs` hands them on to its base, so the base's
parameters belong to it, too.
"""

import dataclasses
import inspect
from functools import cache
from typing import Any, TypeVar, dataclass_transform

from lamina.core import registry

Class = TypeVar("Class", bound=type)


class Configurable:
    """What can be written down as the arguments of its constructor, and made again from them."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, by name; a parameter that is kept nowhere is left out."""
        return {name: getattr(self, name) for name in parameters(type(self)) if hasattr(self, name)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the object that `get_config` describes."""
        return cls(**{name: registry.deserialize(value) for name, value in config.items()})


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


class ConstructorSignature:
    """A class's `__signature__`: all that its constructor takes, by way of its bases, too.

    Where a constructor hands `*args` on to its base, the base's remaining parameters follow by place;
    where it hands `**kwargs` on, by name.
    """

    def __get__(self, instance: Any, cls: type) -> inspect.Signature:
        return constructor_signature(cls)


@cache
def constructor_signature(cls: type) -> inspect.Signature:
    """Return the parameters of the constructor of `cls`, those that it hands on to its base included."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    if owner is object:
        return inspect.Signature()
    own = list(inspect.signature(owner.__init__).parameters.values())[1:]
    names = {p.name for p in own}
    kinds = {p.kind for p in own}
    inherited: list[inspect.Parameter] = []
    if inspect.Parameter.VAR_KEYWORD in kinds:
        base = constructor_signature(owner.__mro__[1]).parameters.values()
        inherited = [p for p in base if p.name not in names]
    if inspect.Parameter.VAR_POSITIONAL not in kinds:
        inherited = [
            p.replace(kind=p.KEYWORD_ONLY) if p.kind is p.POSITIONAL_OR_KEYWORD else p
            for p in inherited
        ]
    # In the order of kinds; what `*args` stands for stands where `*args` stood.
    return inspect.Signature(
        [
            *(p for p in own if p.kind < p.VAR_POSITIONAL),
            *(p for p in inherited if p.kind < p.VAR_POSITIONAL),
            *(p for p in own if p.kind is p.KEYWORD_ONLY),
            *(p for p in inherited if p.kind is p.KEYWORD_ONLY),
            *(p for p in inherited or own if p.kind is p.VAR_KEYWORD),
        ]
    )


@cache
def parameters(cls: type) -> tuple[str, ...]:
    """Return the names of all arguments that the constructor of `cls` takes."""
    return tuple(
        p.name
        for p in constructor_signature(cls).parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    )
