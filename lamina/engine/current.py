"""Which engine is in force: for the process, or for a stretch of code.

`engine()` is the one question that ops ask. It is a context variable's own `get`, so it costs 20 ns
and no Python frame. Its default, the process-wide engine, is one object whose attributes *are* those
of the engine last named by `use`; `using` puts another engine in force for one context only.

A call ends on the engine on which it began, whatever other threads `use` meanwhile: the outermost op,
layer or training loop of a context pins the engine until it returns:

    token = pin(PROCESS.itself) if engine() is PROCESS else None
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lamina import home
from lamina.engine.contract import Engine

if TYPE_CHECKING:
    from lamina.engine.contract import Contract

# engine -> (the package it needs, the extra that installs it); in order of preference.
BUILT_IN = {
    "jax": ("jax", None),
    "torch": ("torch", "torch"),
    "tensorflow": ("tensorflow", "tensorflow"),
    "numpy": ("numpy", None),
    "onnx": ("onnxruntime", "onnx"),
    "mlx": ("mlx", "mlx"),
}
WITHOUT_GRADIENTS = frozenset(("numpy", "onnx"))  # of these
Call = TypeVar("Call", bound=Callable)
_loaded: dict[str, Engine] = {}
_deterministic = False
_admitted: dict[type, Callable[[Any], Any]] = {}
_lock = threading.RLock()


class _ProcessEngine(Engine):
    """The engine of the process, for every context that has none of its own."""

    def __init__(self) -> None:
        pass

    def __getattr__(self, attribute: str) -> Any:
        # Reached while the dictionary is still empty (nothing chose an engine yet), or for a member
        # that the chosen engine does not offer.
        if attribute.startswith("__") or "name" in vars(self):
            return super().__getattr__(attribute)
        use(default_name())
        return getattr(self, attribute)


PROCESS = _ProcessEngine()
_in_force: ContextVar[Engine] = ContextVar("lamina_engine", default=PROCESS)
engine = cast("Callable[[], Contract]", _in_force.get)
pin, unpin = _in_force.set, _in_force.reset


def on_one_engine(fn: Call) -> Call:
    """Decorate a function: each call ends on the engine on which it began."""

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        if engine() is not PROCESS:
            return fn(*args, **kwargs)
        token = pin(PROCESS.itself)
        try:
            return fn(*args, **kwargs)
        finally:
            unpin(token)

    return cast("Call", call)


def use(name: str) -> None:
    """Put the engine `name` in force for the whole process, from now on.

    Raises:
        ValueError: there is no engine of that name.
        ImportError: the engine's package is not installed; the message names the extra.
    """
    PROCESS.__dict__ = dict(vars(load(name)))  # in one step, for other threads' sake


@contextmanager
def using(name: str) -> Iterator[None]:
    """Put the engine `name` in force within a `with` block, for the current context only."""
    token = _in_force.set(cast("Engine", load(name)))
    try:
        yield
    finally:
        _in_force.reset(token)


def load(name: str) -> Contract:
    """Return the engine `name`; it is imported on first use."""
    with _lock:
        if name not in _loaded:
            _loaded[name] = _import(name)
            if _deterministic:
                cast("Contract", _loaded[name]).make_deterministic(True)
            for kind, value_of in _admitted.items():
                _loaded[name].admit(kind, value_of)
        return cast("Contract", _loaded[name])


def make_deterministic(on: bool) -> None:
    """Let every engine, those loaded later included, compute the same bits every time, or no longer."""
    global _deterministic
    with _lock:
        for engine in _loaded.values():
            cast("Contract", engine).make_deterministic(on)
        _deterministic = on


def admit(kind: type, value_of: Callable[[Any], Any]) -> None:
    """Let every engine's library take objects of `kind` for the native arrays that `value_of` gives."""
    with _lock:
        _admitted[kind] = value_of
        for engine in _loaded.values():
            engine.admit(kind, value_of)


def add(engine: Engine) -> str:
    """Let `load` know an engine that is not installed as an entry point; returns its name."""
    with _lock:
        _loaded[engine.name] = engine
    return engine.name


def _import(name: str) -> Engine:
    if name in BUILT_IN:
        package, extra = BUILT_IN[name]
        if importlib.util.find_spec(package) is None:
            command = f"pip install 'lamina[{extra}]'" if extra else f"pip install {package}"
            raise ImportError(
                f"The engine {name!r} needs the package {package!r}, which is not installed. Install it with: {command}"
            )
        return importlib.import_module(f"lamina.engine.{name}").ENGINE
    for point in importlib.metadata.entry_points(group="lamina.engines"):
        if point.name == name:
            return point.load()
    raise ValueError(
        f"There is no engine named {name!r}. Engines that can be used here: {available()}."
    )


def owner_of(kind: type) -> str | None:
    """Return the name of the engine whose arrays have this type; `None` for NumPy's and other types."""
    package = kind.__module__.partition(".")[0].replace("jaxlib", "jax")
    if package in BUILT_IN and issubclass(kind, load(package).array_types):
        return package if package != "numpy" else None
    for engine in list(_loaded.values()):
        if engine.name != "numpy" and issubclass(kind, engine.array_types):
            return engine.name
    return None


def to_host(x: Any) -> Any:
    """Return a NumPy array for an array of any engine, in force or not; return anything else as it is."""
    owner = owner_of(type(x))
    return x if owner is None else load(owner).to_numpy(x)


def available() -> list[str]:
    """Return the names of the engines whose packages are installed, in order of preference."""
    own = [name for name, (package, _) in BUILT_IN.items() if importlib.util.find_spec(package)]
    return own + [point.name for point in importlib.metadata.entry_points(group="lamina.engines")]


def default_name() -> str:
    """Return the name of the engine that the environment, `~/.lamina/lamina.json` or the packages call for."""
    for variable in ("LAMINA_BACKEND", "KERAS_BACKEND"):
        if os.environ.get(variable):
            return os.environ[variable]
    configured = home.settings().get("backend")
    return configured or available()[0]
