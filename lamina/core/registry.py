"""Closed tables of names: from a configuration to a class, and back.

A name resolves in the *shelf* of its kind (layers, losses, ...) or in the table of what the user
registered. There is no import by path, so a file cannot name code that the program did not offer.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from lamina.core.naming import to_snake_case

_shelves: dict[str, Shelf] = {}
_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scope: ContextVar[dict[str, Any]] = ContextVar("lamina_custom_objects", default={})  # noqa: B039  never mutated


class Shelf:
    """All public objects of one kind, by name, with Keras' `get`, `serialize` and `deserialize`.

    Args:
        kind: one of Keras' namespaces, such as `"layers"`.
        noun: what one of them is called in messages.
        objects: classes and functions by public name.
        aliases: other spellings, such as `{"mse": mean_squared_error}`.
        instantiate: whether a name stands for an instance (initializers) or for itself (functions).
    """

    def __init__(
        self, kind: str, noun: str, objects: dict[str, Any], aliases: dict[str, Any] | None = None
    ):
        self.kind, self.noun = kind, noun
        self.objects: dict[str, Any] = {}
        self.spellings: dict[str, Any] = {}
        self._put(objects, aliases or {})
        _shelves[kind] = self

    def offer(self, classes: Iterable[type]) -> None:
        """Put `classes` on the shelf, each under its own name."""
        self._put({cls.__name__: cls for cls in classes}, {})

    def _put(self, objects: dict[str, Any], aliases: dict[str, Any]) -> None:
        self.objects.update(objects)
        functions = {n: thing for n, thing in objects.items() if not inspect.isclass(thing)}
        classes = {n: thing for n, thing in objects.items() if inspect.isclass(thing)}
        self.spellings.update({to_snake_case(name): thing for name, thing in classes.items()})
        self.spellings.update({name.lower(): thing for name, thing in classes.items()})
        self.spellings.update(classes)
        # A function's own name wins over the snake-case form of a class.
        self.spellings.update(functions)
        self.spellings.update(aliases)

    def get(self, identifier: Any) -> Any:
        """What `identifier` means: a name, a configuration, a class, a callable, or `None`.

        Raises:
            ValueError: no such name; the message gives the nearest spelling.
        """
        if identifier is None:
            return None
        if isinstance(identifier, str):
            identifier = self.find(identifier)
        elif isinstance(identifier, dict):
            return self.deserialize(identifier)
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(
            f"{identifier!r} ({type(identifier).__name__}) is no {self.noun}: "
            "give a name, a configuration or an object."
        )

    def find(self, name: str) -> Any:
        """The class or function called `name`."""
        custom = custom_object(name) if _registered or _scope.get() else None
        found = custom or self.spellings.get(name) or self.spellings.get(to_snake_case(name))
        if found is None:
            near = difflib.get_close_matches(name, self.spellings, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"There is no {self.noun} named {name!r}.{hint} Known: {', '.join(sorted(self.objects))}."
            )
        return found

    def serialize(self, thing: Any) -> Any:
        """A configuration (data only) for `thing`; a function of the shelf becomes its name."""
        return serialize(thing)

    def deserialize(self, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """The object that `config` describes."""
        with custom_object_scope(custom_objects or {}):
            if isinstance(config, dict) and "class_name" in config:
                return deserialize(config, self)
            if isinstance(config, dict):
                raise ValueError(
                    f"A configuration of one {self.noun} needs 'class_name' and 'config'; this has "
                    f"the keys {sorted(map(str, config))}."
                )
            return self.get(config)


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable:
    """Decorate a class or function of your own so that configurations can name it.

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
        _registered[key] = thing
        _names[thing] = key
        return thing

    return register


def registered_name(thing: Any) -> str | None:
    """The name under which `thing` was registered; `None` if it was not."""
    try:
        return _names.get(thing)
    except TypeError:  # unhashable
        return None


def registered_object(name: str) -> Any:
    """What was registered as `name` (`"package>name"`); `None` if nothing was."""
    return _registered.get(name)


def custom_object(name: str) -> Any:
    """What the user calls `name`: in a custom object scope, or registered."""
    return _scope.get().get(name) or _registered.get(name) or _registered.get(f"Custom>{name}")


@contextmanager
def custom_object_scope(custom_objects: dict[str, Any]) -> Iterator[None]:
    """Within, configurations may name `custom_objects` (name -> class or function), too."""
    token = _scope.set({**_scope.get(), **custom_objects})
    try:
        yield
    finally:
        _scope.reset(token)


def serialize(thing: Any) -> Any:
    """JSON-ready data for `thing`: numbers, strings, lists and dicts stay; objects become configurations.

    Raises:
        TypeError: an object that cannot be described by data.
    """
    if thing is None or isinstance(thing, (bool, int, float, str)):
        return thing
    if isinstance(thing, np.generic):
        return thing.item()
    if isinstance(thing, tuple):
        return [serialize(x) for x in thing]
    if isinstance(thing, list):
        return [serialize(x) for x in thing]
    if isinstance(thing, dict):
        return {key: serialize(value) for key, value in thing.items()}
    if isinstance(thing, np.ndarray):
        return {
            "class_name": "__numpy__",
            "config": {"value": thing.tolist(), "dtype": thing.dtype.name},
        }
    if inspect.isclass(thing) or not hasattr(thing, "get_config"):
        return _serialize_callable(thing)
    kind = _kind_of(type(thing))
    return {
        "module": None if kind is None else f"keras.{kind}".removesuffix("."),
        "class_name": type(thing).__name__,
        "config": serialize(thing.get_config()),
        "registered_name": registered_name(type(thing))
        or (None if kind is not None else type(thing).__name__),
    }


def _serialize_callable(thing: Any) -> Any:
    name = getattr(thing, "__name__", None)
    if name is None or name == "<lambda>":
        raise TypeError(
            f"{thing!r} cannot be written into a configuration: it is no named function or class. "
            "Use a named function decorated with lamina.saving.register_keras_serializable()."
        )
    shelf = _kind_of(thing)
    if shelf == "activations" and not registered_name(
        thing
    ):  # the only functions that Keras writes as bare names
        return name
    kind = "class" if inspect.isclass(thing) else "function"
    registered = registered_name(thing) or (name if shelf is None else kind)
    return {"module": "builtins", "class_name": kind, "config": name, "registered_name": registered}


def _kind_of(thing: Any) -> str | None:
    """The shelf that `thing` stands on."""
    for kind, shelf in _shelves.items():
        if shelf.objects.get(getattr(thing, "__name__", "")) is thing:
            return kind
    return None


def deserialize(config: Any, shelf: Shelf | None = None) -> Any:
    """The object that `config` (made by `serialize`, or by Keras) describes; other data as they are."""
    if isinstance(config, (list, tuple)):
        return [deserialize(x) for x in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize(value) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if name == "__numpy__":
        return np.asarray(inner["value"], inner["dtype"])
    if name in ("function", "class"):
        return _find(config.get("registered_name") or inner, inner, shelf, config.get("module"))
    found = _find(config.get("registered_name"), name, shelf, config.get("module"))
    if not hasattr(found, "from_config"):
        return found
    return found.from_config(inner)


def _shelf_of(module: str) -> Shelf | None:
    """The shelf for a module of a configuration: `keras.losses`, or an inner one as Keras writes some."""
    kind = module.removeprefix("keras").removeprefix(".")  # "keras" itself is the shelf ""
    return _shelves.get(kind) or next(
        (_shelves[part] for part in reversed(kind.split(".")) if part in _shelves), None
    )


def _find(registered: str | None, name: str, shelf: Shelf | None, module: str | None) -> Any:
    custom = (registered and custom_object(registered)) or custom_object(name)
    if custom is not None:
        return custom
    if module is not None:
        shelf = _shelf_of(module) or shelf
    if (
        shelf is None and module == "builtins"
    ):  # a function, whose configuration does not say where it lives
        shelf = next((each for each in _shelves.values() if name in each.objects), None)
    if shelf is None:
        raise ValueError(
            f"A configuration names {name!r} of {module!r}, which this program does not offer. If it is "
            "yours, decorate it with lamina.saving.register_keras_serializable(), or pass `custom_objects`."
        )
    return shelf.find(name)
