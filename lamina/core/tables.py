"""Closed tables of names: what lamina offers under which name, and what the program registered.

A name resolves in the table of its kind (layers, losses, ...), or among what the user registered. Nothing
is imported by path, so a file cannot name code that the program did not offer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lamina.core.naming import to_snake_case

shelves: dict[str, Table] = {}
REGISTERED: dict[str, Any] = {}
_names: dict[Any, str] = {}
SCOPE: ContextVar[dict[str, Any]] = ContextVar("lamina_custom_objects", default={})  # noqa: B039  never mutated


class Table:
    """All public objects of one kind, by name.

    A package makes its table from its own namespace, so that an import is all that offers a class.

    Args:
        kind: a namespace of Keras without `keras.`, such as `"layers"`.
        noun: name of one object in messages, such as `"layer"`.
        objects: classes and functions by public name; a namespace (`vars()`) together with `base`
            or `functions`.
        base: of a namespace, take the classes derived from it.
        functions: of a namespace, take the functions.
        aliases: other spellings, such as `{"mse": mean_squared_error}`.
    """

    def __init__(
        self,
        kind: str,
        noun: str,
        objects: Mapping[str, Any],
        base: type | None = None,
        functions: bool = False,
        aliases: Mapping[str, Any] | None = None,
    ):
        self.kind, self.noun, self.base = kind, noun, base
        self.objects: dict[str, Any] = {}
        self.spellings: dict[str, Any] = {}
        if base is not None or functions:

            def belongs(thing: Any) -> bool:
                if inspect.isclass(thing):
                    return base is not None and issubclass(thing, base) and thing is not base
                return functions and inspect.isfunction(thing)

            objects = {n: x for n, x in objects.items() if n[0] != "_" and belongs(x)}
        self.offer(objects, aliases)
        shelves[kind] = self

    def offer(self, objects: Mapping[str, Any], aliases: Mapping[str, Any] | None = None) -> None:
        """Put `objects` into the table; one under a name that is not its own is another spelling."""
        own = {
            name: thing
            for name, thing in objects.items()
            if name == thing.__name__ or objects.get(thing.__name__) is not thing
        }
        self.objects.update(own)
        classes = {name: thing for name, thing in own.items() if inspect.isclass(thing)}
        self.spellings.update({to_snake_case(name): thing for name, thing in classes.items()})
        self.spellings.update({name.lower(): thing for name, thing in classes.items()})
        # A function's own name wins over the snake-case form of a class.
        self.spellings.update({**objects, **(aliases or {})})


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable:
    """Decorate a class or function of your own so that configurations can name it.

    A file names it by both parts; where lamina has something of the same name, that stays what it is.

    Args:
        package: first part of the registered name, `"package>name"`.
        name: second part; by default the object's own name.

    Raises:
        ValueError: a class without `get_config`.
    """

    def register(thing: Any) -> Any:
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ValueError(
                f"{thing.__name__} cannot be registered: it has no `get_config` method."
            )
        key = f"{package}>{name or thing.__name__}"
        REGISTERED[key] = thing
        _names[thing] = key
        return thing

    return register


def registered() -> dict[str, Any]:
    """Return the table of registered objects by name; it may be added to and cleared."""
    return REGISTERED


def registered_name(thing: Any) -> str | None:
    """Return the name under which `thing` was registered; `None` if it was not."""
    try:
        return _names.get(thing)
    except TypeError:  # unhashable
        return None


def scope() -> dict[str, Any]:
    """Return what the custom object scopes around the caller offer, by name."""
    return SCOPE.get()


def custom_object(name: str) -> Any:
    """Return what the user calls `name`: in a custom object scope, or registered."""
    return SCOPE.get().get(name) or REGISTERED.get(name) or REGISTERED.get(f"Custom>{name}")


@contextmanager
def custom_object_scope(custom_objects: dict[str, Any] | None) -> Iterator[None]:
    """Let configurations name `custom_objects` (name -> class or function) within."""
    token = SCOPE.set({**SCOPE.get(), **(custom_objects or {})})
    try:
        yield
    finally:
        SCOPE.reset(token)


def place_of(thing: Any) -> tuple[str, str] | None:
    """Return the table's kind and the name under which `thing` stands there."""
    own = getattr(thing, "__name__", "")
    for kind, shelf in shelves.items():
        if shelf.objects.get(own) is thing:
            return kind, own
        if thing in shelf.objects.values():
            return kind, next(name for name, other in shelf.objects.items() if other is thing)
    return None
