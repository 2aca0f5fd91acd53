"""Shelves of names, with Keras' `get`, `serialize` and `deserialize`: from a configuration to an object, and back."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from lamina.core import audit, tables
from lamina.core.lookup import a
from lamina.core.naming import to_snake_case
from lamina.core.plan import Plan, build, finishing
from lamina.core.schema import is_own
from lamina.core.tables import (
    REGISTERED,
    SCOPE,
    custom_object as custom_object,
    custom_object_scope as custom_object_scope,
    place_of,
    register_keras_serializable as register_keras_serializable,
    registered as registered,
    registered_name as registered_name,
    shelves as shelves,
)

_notes: ContextVar[Notes | None] = ContextVar("lamina_notes", default=None)


class Shelf(tables.Table):
    """A table of names with Keras' functions `get` and `deserialize`.

    Args:
        default: what `get(None)` returns.
        arguments: see `Table`.
    """

    def __init__(
        self,
        kind: str,
        noun: str,
        objects: Mapping[str, Any],
        *arguments: Any,
        default: Any = None,
        **more: Any,
    ):
        super().__init__(kind, noun, objects, *arguments, **more)
        self.default = default

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
            plain = (
                not SCOPE.get() and identifier not in REGISTERED and self.spellings.get(identifier)
            )
            identifier = plain or self.find(identifier)
        elif isinstance(identifier, dict):
            made = (
                identifier if isinstance(identifier, Plan) else audit.audit(identifier, self.kind)
            )
            return build(made)
        if isinstance(identifier, type):
            try:
                return identifier()
            except TypeError:
                self._refuse_without_arguments(identifier)
                raise
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(
            f"{identifier!r} ({type(identifier).__name__}) is not {a(self.noun)}: "
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

        What a custom object scope offers comes first, then lamina's own, then what was registered.

        Raises:
            ValueError: there is none.
        """
        thing = SCOPE.get().get(name) or REGISTERED.get(name)
        thing = thing or self.spellings.get(name) or self.spellings.get(to_snake_case(name))
        thing = thing or custom_object(name)
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
            PolicyError: it names something unknown, or of another kind.
            FormatError: it is not a configuration, or an argument is not of its type.

        Example:
            >>> import lamina
            >>> config = lamina.layers.serialize(lamina.layers.Dense(3))
            >>> lamina.layers.deserialize(config).units
            3
        """
        with custom_object_scope(custom_objects):
            return self.get(audit.audit(config, self.kind))


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
    return shelves[kind]  # type: ignore[return-value]


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
        parts = [serialize(x) for x in thing]
        return tuple(parts) if isinstance(thing, tuple) else parts
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
    kind, name = place_of(type(thing)) or (None, type(thing).__name__)
    # Keras has no public name for what lies in `src`: it writes the class's own name as registered.
    public = kind is not None and not kind.startswith("src.")
    config = {
        "module": None if kind is None else f"keras.{kind}".removesuffix("."),
        "class_name": name,
        "config": serialize(thing.get_config()),
        "registered_name": registered_name(type(thing)) or (None if public else name),
    }
    if (notes := _notes.get()) is not None:
        if kind is None:
            notes.own[config["registered_name"]] = type(thing)
        if hasattr(thing, "__held__"):
            config["shared_object_id"] = notes.number(thing)
    for more in ("build_config", "compile_config"):  # what the constructor does not know
        method = getattr(thing, f"get_{more}", None)
        if method is not None and (value := method()) is not None:
            config[more] = serialize(value)
    return config


class Notes:
    """What is noted while objects are serialized.

    Attributes:
        own: classes and functions of the user's that configurations name, by these names.
        kept: whether these go with the configuration, as in a pickle.
    """

    def __init__(self, kept: bool) -> None:
        self.own: dict[str, Any] = {}
        self.kept = kept
        self._numbers: dict[int, tuple[int, Any]] = {}

    def number(self, thing: Any) -> int:
        """Return the number of an object, from 1, so that one in two places is known."""
        return self._numbers.setdefault(id(thing), (len(self._numbers) + 1, thing))[0]


@contextmanager
def noting(kept: bool = False) -> Iterator[Notes]:
    """Take notes of what is serialized within; objects with variables get their numbers. The outermost counts."""
    notes = _notes.get() or Notes(kept)
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def named(name: str, thing: Any) -> tuple[dict[str, Any], bool]:
    """Return the configuration of a function that has no name in files, but `name` by which its user gives it.

    Returns:
        It, and whether the function is kept beside the configuration.
    """
    config = {"module": "builtins", "class_name": "function"}
    if (notes := _notes.get()) is not None:
        notes.own[name] = thing
    return {**config, "config": name, "registered_name": name}, notes is not None and notes.kept


def _serialize_callable(thing: Any) -> Any:
    thing = getattr(thing, "without_remat", thing)
    name = getattr(thing, "__name__", None)
    if name is None or name == "<lambda>":
        raise TypeError(
            f"{thing!r} cannot be written into a configuration: it is not a named function or class. "
            "Use a named function decorated with lamina.saving.register_keras_serializable()."
        )
    registered, place = registered_name(thing), place_of(thing)
    if place and place[0] == "activations" and not registered:
        return name  # the only functions that Keras writes as bare names
    kind = "class" if inspect.isclass(thing) else "function"
    if not place and (notes := _notes.get()) is not None:
        notes.own[registered or name] = thing
    return {
        "module": "builtins",
        "class_name": kind,
        "config": name,
        "registered_name": registered or (kind if place else name),
    }


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Make the object that `config`, of lamina or Keras, describes; return other data as they are.

    Raises:
        PolicyError: it names something unknown.
        FormatError: an argument is not of its type.
    """
    with custom_object_scope(custom_objects):
        return build(audit.audit(config))


def make(cls: Any, config: Any) -> Any:
    """Make an object of `cls` from its configuration, which is audited; after an error nothing is used up.

    Raises:
        LoadError: the configuration is not one of `cls`, or names what nobody offers.
    """
    checked = audit.arguments(cls, config)
    with finishing(), Plan(cls, checked.where, {}, is_own(cls)).telling():
        return cls(**build(checked))


def arguments(
    cls: Any, config: Any, custom_objects: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the arguments for the constructor of `cls` that `config` describes, each made."""
    return build(audit.arguments(cls, config, custom_objects))
