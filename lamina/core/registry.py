"""Closed tables of names: from a configuration to a class, and back.

A name resolves in the *shelf* of its kind (layers, losses, ...) or in the table of what the user
registered. There is no import by path, so a file cannot name code that the program did not offer.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from lamina.core.naming import to_snake_case

shelves: dict[str, Shelf] = {}
_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}
_numbers: ContextVar[dict[int, tuple[int, Any]] | None] = ContextVar("lamina_numbers", default=None)
_unfinished: ContextVar[list | None] = ContextVar("lamina_unfinished", default=None)
_scope: ContextVar[dict[str, Any]] = ContextVar("lamina_custom_objects", default={})  # noqa: B039  never mutated


class Shelf:
    """All public objects of one kind, by name, with Keras' `get`, `serialize` and `deserialize`.

    A package makes its shelf from its own namespace, so that an import is all that offers a class.

    Args:
        kind: a namespace of Keras without `keras.`, such as `"layers"`.
        noun: name of one object in messages, such as `"layer"`.
        objects: classes and functions by public name; a namespace (`vars()`) together with `base`
            or `functions`.
        base: of a namespace, take the classes derived from it.
        functions: of a namespace, take the functions.
        aliases: other spellings, such as `{"mse": mean_squared_error}`.
        default: what `get(None)` returns.
    """

    def __init__(
        self,
        kind: str,
        noun: str,
        objects: Mapping[str, Any],
        base: type | None = None,
        functions: bool = False,
        aliases: Mapping[str, Any] | None = None,
        default: Any = None,
    ):
        self.kind, self.noun, self.default = kind, noun, default
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
        """Put `objects` on the shelf; one under a name that is not its own is another spelling."""
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

    def get(self, identifier: Any) -> Any:
        """Return the object that a name, a configuration or a class stands for; others as they are.

        Args:
            identifier: a name (a class's stands for an instance), a configuration, a class without
                required arguments, an object, a function, or `None`.

        Raises:
            ValueError: an unknown name (the message gives the nearest spelling), a class that needs
                arguments, or none of these.

        Example:
            >>> import lamina
            >>> lamina.losses.get("mse") is lamina.losses.mean_squared_error
            True
            >>> lamina.regularizers.get("l2").l2
            0.01
        """
        if identifier is None:
            return self.default
        if isinstance(identifier, str):
            # The short way first: constructors ask often.
            plain = not (_registered or _scope.get()) and self.spellings.get(identifier)
            identifier = plain or self.find(identifier)
        elif isinstance(identifier, dict):
            return self.deserialize(identifier)
        if isinstance(identifier, type):
            try:
                return identifier()
            except TypeError:
                self._refuse_without_arguments(identifier)
                raise
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(
            f"{identifier!r} ({type(identifier).__name__}) is not {_a(self.noun)}: "
            "give a name, a configuration or an object."
        )

    def _refuse_without_arguments(self, cls: type) -> None:
        if missing := _required(cls):
            call = f"{self.kind}.{cls.__name__}({', '.join(f'{name}=...' for name in missing)})"
            raise ValueError(
                f"The {self.noun} {cls.__name__} needs the argument(s) {missing}; give the "
                f"{self.noun} itself: {call}."
            ) from None

    def find(self, name: str) -> Any:
        """Return the class or function called `name`.

        Raises:
            ValueError: there is none.
        """
        custom = custom_object(name) if _registered or _scope.get() else None
        thing = custom or self.spellings.get(name) or self.spellings.get(to_snake_case(name))
        if thing is None:
            near = difflib.get_close_matches(name, self.spellings, n=1, cutoff=0.5)
            known = f"Known: {', '.join(sorted(self.objects))}."
            hint = f"Did you mean {near[0]!r}?" if near else known
            raise ValueError(f"There is no {self.noun} named {name!r}. {hint}")
        return thing

    def deserialize(self, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """Make the object that a name or a configuration, of lamina or Keras, describes.

        Args:
            config: as `serialize` returns it.
            custom_objects: classes and functions of your own that it names.

        Raises:
            ValueError: it names something unknown, or it is not a configuration.

        Example:
            >>> import lamina
            >>> config = lamina.layers.serialize(lamina.layers.Dense(3))
            >>> lamina.layers.deserialize(config).units
            3
        """
        if isinstance(config, dict) and "class_name" not in config:
            raise ValueError(
                f"A configuration of {_a(self.noun)} needs 'class_name' and 'config'; this has "
                f"the keys {sorted(map(str, config))}."
            )
        with custom_object_scope(custom_objects):
            return deserialize(config, self) if isinstance(config, dict) else self.get(config)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _required(cls: type) -> list[str]:
    """Names of the arguments without which `cls` cannot be made."""
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(cls).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]


ROOT = Shelf("", "object", {})
"""What Keras writes with the module `"keras"` alone."""


def shelf(kind: str) -> Shelf:
    """Return the shelf of `kind`; the package of that name fills it, and is imported if it was not."""
    if kind not in shelves:
        importlib.import_module(f"lamina.{kind}")
    return shelves[kind]


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


def registered() -> dict[str, Any]:
    """Return the table of registered objects by name; it may be added to and cleared."""
    return _registered


def registered_name(thing: Any) -> str | None:
    """Return the name under which `thing` was registered; `None` if it was not."""
    try:
        return _names.get(thing)
    except TypeError:  # unhashable
        return None


def custom_object(name: str) -> Any:
    """Return what the user calls `name`: in a custom object scope, or registered."""
    return _scope.get().get(name) or _registered.get(name) or _registered.get(f"Custom>{name}")


@contextmanager
def custom_object_scope(custom_objects: dict[str, Any] | None) -> Iterator[None]:
    """Let configurations name `custom_objects` (name -> class or function) within."""
    token = _scope.set({**_scope.get(), **(custom_objects or {})})
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
    if isinstance(thing, (tuple, list)):
        return [serialize(x) for x in thing]
    if isinstance(thing, dict):
        return {key: serialize(value) for key, value in thing.items()}
    if thing is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(thing, slice):
        parts = {name: serialize(getattr(thing, name)) for name in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if isinstance(thing, np.ndarray):
        config = {"value": thing.tolist(), "dtype": thing.dtype.name}
        return {"class_name": "__numpy__", "config": config}
    if inspect.isclass(thing) or not hasattr(thing, "get_config"):
        return _serialize_callable(thing)
    kind, name = _place_of(type(thing)) or (None, type(thing).__name__)
    # Keras has no public name for what lies in `src`: it writes the class's own name as registered.
    public = kind is not None and not kind.startswith("src.")
    config = {
        "module": None if kind is None else f"keras.{kind}".removesuffix("."),
        "class_name": name,
        "config": serialize(thing.get_config()),
        "registered_name": registered_name(type(thing)) or (None if public else name),
    }
    if (numbers := _numbers.get()) is not None and hasattr(thing, "__held__"):
        config["shared_object_id"] = numbers.setdefault(id(thing), (len(numbers) + 1, thing))[0]
    for more in ("build_config", "compile_config"):  # what the constructor does not know
        method = getattr(thing, f"get_{more}", None)
        if method is not None and (value := method()) is not None:
            config[more] = serialize(value)
    return config


@contextmanager
def numbering() -> Iterator[None]:
    """Give each object that holds variables or other objects a number, so that one in two places is known."""
    token = _numbers.set({})
    try:
        yield
    finally:
        _numbers.reset(token)


def _serialize_callable(thing: Any) -> Any:
    thing = getattr(thing, "without_remat", thing)
    name = getattr(thing, "__name__", None)
    if name is None or name == "<lambda>":
        raise TypeError(
            f"{thing!r} cannot be written into a configuration: it is not a named function or class. "
            "Use a named function decorated with lamina.saving.register_keras_serializable()."
        )
    registered, place = registered_name(thing), _place_of(thing)
    if place and place[0] == "activations" and not registered:
        return name  # the only functions that Keras writes as bare names
    kind = "class" if inspect.isclass(thing) else "function"
    return {
        "module": "builtins",
        "class_name": kind,
        "config": name,
        "registered_name": registered or (kind if place else name),
    }


def _place_of(thing: Any) -> tuple[str, str] | None:
    """Return the shelf's kind and the name under which `thing` stands there."""
    own = getattr(thing, "__name__", "")
    for kind, shelf in shelves.items():
        if shelf.objects.get(own) is thing:
            return kind, own
        if thing in shelf.objects.values():
            return kind, next(name for name, other in shelf.objects.items() if other is thing)
    return None


def deserialize(config: Any, shelf: Shelf | None = None) -> Any:
    """Make the object that `config`, of lamina or Keras, describes; return other data as they are."""
    if isinstance(config, (list, tuple)):
        return [deserialize(x) for x in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize(value) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if name in ("__numpy__", "__tensor__"):  # Keras writes its own constants by the latter
        return np.asarray(inner["value"], inner["dtype"])
    if name == "__slice__":
        return slice(*(inner.get(part) for part in ("start", "stop", "step")))
    if name == "__ellipsis__":
        return Ellipsis
    if name in ("function", "class"):
        return _find(config.get("registered_name") or inner, inner, shelf, config.get("module"))
    cls = _find(config.get("registered_name"), name, shelf, config.get("module"))
    if not hasattr(cls, "from_config"):
        return cls
    with finishing() as unfinished:
        thing = cls.from_config(inner)
        unfinished.append((thing, config))
    return thing


@contextmanager
def finishing(compiles: bool = True) -> Iterator[list[tuple[Any, dict[str, Any]]]]:
    """Build and compile, as their configurations say, what is made within; the outermost counts.

    That is done in the end and the whole before its parts, since most parts are built with the whole, and have
    their places in it from then on.

    Args:
        compiles: whether models are compiled.

    Yields:
        The pairs of object and configuration so far.
    """
    outer = _unfinished.get()
    if outer is not None:
        yield outer
        return
    made: list[tuple[Any, dict[str, Any]]] = []
    token = _unfinished.set(made)
    try:
        yield made
        for thing, config in reversed(made):
            shapes = config.get("build_config")
            if shapes and not getattr(thing, "built", True) and hasattr(thing, "build_from_config"):
                thing.build_from_config(shapes)
        for thing, config in made if compiles else ():
            arguments = config.get("compile_config")
            if arguments and hasattr(thing, "compile_from_config"):
                thing.compile_from_config(arguments)
    finally:
        _unfinished.reset(token)


def _shelf_of(module: str) -> Shelf | None:
    """Return the shelf for a module of a configuration: `keras.losses`, or an inner one as Keras writes some."""
    kind = module.removeprefix("keras").removeprefix(".")
    return shelves.get(kind) or next(
        (shelves[part] for part in reversed(kind.split(".")) if part in shelves), None
    )


def _find(registered: str | None, name: str, shelf: Shelf | None, module: str | None) -> Any:
    custom = (registered and custom_object(registered)) or custom_object(name)
    if custom is not None:
        return custom
    if module is not None:
        shelf = _shelf_of(module) or shelf
    if shelf is None and module == "builtins":  # a function, which does not say where it lives
        shelf = next((each for each in shelves.values() if name in each.objects), None)
    if shelf is None:
        raise ValueError(
            f"A configuration names {name!r} of {module!r}, which this program does not offer. If it is "
            "yours, decorate it with lamina.saving.register_keras_serializable(), or pass `custom_objects`."
        )
    return shelf.find(name)
