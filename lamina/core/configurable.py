"""Configurations read from constructors: each parameter is an attribute of the same name.

Small objects (initializers, losses, metrics, ...) keep what they are given under its own name, so
nobody writes `get_config`. A constructor with `**kwargs` hands them on to its base, so the base's
parameters belong to it, too.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from lamina.core import registry


class Configurable:
    """What can be written down as the arguments of its constructor, and made again from them."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, by name; a parameter that is kept nowhere is left out."""
        return {name: getattr(self, name) for name in parameters(type(self)) if hasattr(self, name)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The object that `get_config` describes."""
        return cls(**{name: registry.deserialize(value) for name, value in config.items()})


def without_defaults(config: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """`config` without the entries that have these values: Keras does not write them either."""
    return {n: value for n, value in config.items() if n not in defaults or value != defaults[n]}


@cache
def parameters(cls: type) -> tuple[str, ...]:
    """Names of all arguments that the constructor of `cls` takes."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    found = (
        [] if owner is object else list(inspect.signature(owner.__init__).parameters.values())[1:]
    )
    names = [p.name for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if any(p.kind is p.VAR_KEYWORD for p in found):
        following = owner.__mro__[1]
        names += [name for name in parameters(following) if name not in names]
    return tuple(names)
