"""What constructors take: all parameters of a class, those that it hands on to its bases included."""

import inspect
from functools import cache
from typing import Any


class ConstructorSignature:
    """A class's `__signature__`: all that its constructor takes, by way of its bases, too.

    Where a constructor hands `*args` on to its base, the base's remaining parameters follow by place;
    where it hands `**kwargs` on, by name. A class that only refuses them says `hands_nothing_on = True`.
    """

    def __get__(self, instance: Any, cls: type) -> inspect.Signature:
        return constructor_signature(cls)


def spell_out(cls: Any) -> None:
    """Let the constructor that `cls` writes itself, if it does, say all that it takes in its signature."""
    if "__init__" in vars(cls):
        itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        taken = constructor_signature(cls).parameters.values()
        cls.__init__.__signature__ = inspect.Signature([itself, *taken])


def constructor_signature(cls: type) -> inspect.Signature:
    """Return the parameters of the constructor of `cls`, those that it hands on to its base included."""
    return _signature(cls.__mro__)


@cache
def _signature(classes: tuple[type, ...]) -> inspect.Signature:
    """Return the parameters of the first constructor of `classes`, which hands on to the next."""
    at = next(i for i, base in enumerate(classes) if "__init__" in vars(base))
    owner = classes[at]
    if owner is object:
        return inspect.Signature()
    own = list(inspect.signature(owner.__init__).parameters.values())[1:]
    names = {p.name for p in own}
    kinds = {p.kind for p in own}
    inherited: list[inspect.Parameter] = []
    if inspect.Parameter.VAR_KEYWORD in kinds and not vars(owner).get("hands_nothing_on"):
        base = _signature(classes[at + 1 :]).parameters.values()
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
