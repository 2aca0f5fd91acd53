"""The engine contract: every primitive, typed and documented, in groups.

An engine is a namespace of functions on *its own native arrays* (a `jax.Array`, a `torch.Tensor`,
a `numpy.ndarray`). Above this floor dtypes are strings (`"float32"`), shapes are tuples of ints,
and nobody asks which engine is in force.

Every engine offers the core: arrays, mathematics, control flow, abstract evaluation. The rest are
capabilities (`capabilities.py`), which an engine declares by name. An engine that records, or that
only predicts, is a whole engine with fewer capabilities.

Rules that hold for every primitive, so that they are said once:

* Binary primitives get two arrays of one dtype, or one array and one Python scalar that takes the
  array's dtype. Promotion happened above (`core/dtypes.py`); engines never promote.
* `axis` is an int, a tuple of ints or `None` (all axes), negative counts from the end.
* `keepdims` keeps reduced axes with size 1.
* A function that makes an array takes its dtype; no engine default leaks through.
* Images and sequences are channels-last: `(batch, *space, channels)`.

A primitive enters only if two ops need it or one cannot do without it, and only with a contract test
on every engine (`lamina/testing/contract`). A composite in `ops/` that an engine can do faster or more
exactly goes into that engine's `overrides`, by the op's name.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Generic, Protocol

from lamina.engine.array_contract import Array as Array, Axis as Axis, Computes, Shape as Shape
from lamina.engine.capabilities import CAPABILITIES, Capabilities, Overrides
from lamina.engine.fallbacks import Fallbacks
from lamina.engine.names import DTYPES


@dataclass(frozen=True, slots=True)
class Spec:
    """Shape and dtype of an array that is not there. `None` stands for an unknown size."""

    shape: tuple[int | None, ...]
    dtype: str
    sparse: bool = False  # of what comes out of an evaluation; the engines' own are dense


class Arrays(Protocol):
    """Making, reading and moving native arrays."""

    name: str
    array_types: tuple[type, ...]

    itself: Contract
    """The engine for good, even if another is put in force."""

    capabilities: frozenset[str]
    """Names of the capabilities that the engine offers, from `CAPABILITIES`."""

    untraced: Mapping[str, str]
    """Members of the core, and dtypes, that the engine has only where arrays have values, each with the reason.

    In a program (`compile`, `value_and_grad`) they raise `MissingCapabilityError` (`refusal`).
    """

    def asarray(self, x: Any, dtype: str | None = None) -> Array:
        """A native array from a NumPy array, a scalar, nested lists or a native array.

        Without `dtype`, Python floats take float32, Python ints int32; arrays keep theirs.
        """
        ...

    def to_numpy(self, x: Array) -> Any:
        """A NumPy array of the same shape and dtype (bfloat16 through `ml_dtypes`); may share memory."""
        ...

    def cast(self, x: Array, dtype: str) -> Array: ...

    def dtype(self, x: Array) -> str: ...

    def shape(self, x: Array) -> Shape:
        """Sizes; `None` for one that is known only when a graph of the user's own (`tf.data`) runs."""
        ...

    def sizes(self, x: Array) -> tuple:
        """Like `shape`, with a native integer scalar in place of `None`."""
        ...

    def synchronize(self, x: Any) -> None:
        """Wait until every array in the tree `x` is computed."""
        ...

    def is_mismatch(self, error: Exception) -> bool:
        """Tell whether the library raised `error` since arrays do not fit an operation or each other.

        Python's own `TypeError`, `ValueError` and `LookupError` say that anyway.
        """
        ...


class Fourier(Protocol):
    """Discrete Fourier transforms, unnormalized forward and divided by the size backward.

    Complex arrays are complex64 or complex128, real ones float32 or float64.
    """

    def fft(self, x: Array, *, axes: tuple[int, ...]) -> Array: ...
    def ifft(self, x: Array, *, axes: tuple[int, ...]) -> Array: ...
    def rfft(self, x: Array, n: int) -> Array:
        """Of real `x` along the last axis, cut or filled with zeros to `n`: `n // 2 + 1` numbers."""
        ...

    def irfft(self, x: Array, n: int) -> Array:
        """The `n` real numbers of which the last axis of `x`, cut or filled to `n // 2 + 1`, is the
        transform; the imaginary parts of the first and (for even n) the last number do not count.
        """
        ...


class ProbabilityFunctions(Protocol):
    """Integrals of the normal and the gamma density; floating input."""

    def erfc(self, x: Array) -> Array:
        """`1 - erf(x)`, exact where that is small."""
        ...

    def erfinv(self, x: Array) -> Array:
        """The inverse of `erf`; infinite at -1 and 1, NaN beyond."""
        ...

    def gammainc(self, a: Array, x: Array) -> Array:
        """The regularized lower incomplete gamma function P(a, x); two arrays of one shape."""
        ...


class Control(Protocol):
    """Flow that depends on values."""

    def cond(self, predicate: Array, when_true: Callable, when_false: Callable) -> Any: ...
    def while_loop(self, condition: Callable, body: Callable, state: tuple) -> tuple: ...

    def scan(self, fn: Callable, init: Any, xs: Any, length: int) -> tuple[Any, Any]:
        """Carry `init` through `fn(carry, x) -> (carry, y)` over axis 0 of `xs`; the ys are stacked."""
        ...

    def vmap(self, fn: Callable) -> Callable:
        """`fn`, from one tree of arrays to another, on each row (axis 0) of a tree's arrays."""
        ...


class Abstract(Protocol):
    """Shapes without values."""

    def abstract(self, fn: Callable, *specs: Any) -> Any:
        """The result of `fn` on arrays that have only shape and dtype: a tree of `Spec`.

        `specs` are trees (lists, tuples, dicts) of `Spec` with known sizes.
        """
        ...

    def outside_trace(self) -> AbstractContextManager:
        """Within, computing gives real arrays even if a trace is running around it."""
        ...


class Contract(
    Arrays, Computes, Fourier, ProbabilityFunctions, Control, Abstract, Capabilities, Protocol
):
    """All groups together, and the overrides."""

    overrides: Overrides
    """Native functions, faster or more exact than a composition, by name."""


def members(group: type) -> list[str]:
    """Return the names of the members of one group of the contract, in order."""
    return [name for name in (*vars(group), *group.__annotations__) if not name.startswith("_")]


def primitives() -> dict[str, list[str]]:
    """Return the names of the contract's members by group, in order."""
    groups = [g for g in inspect.getmro(Contract) if g not in (Protocol, Generic, object)]
    return {group.__name__: members(group) for group in groups}


def capability_of(name: str) -> str | None:
    """Return the capability that a member belongs to; `None` for one of the core."""
    return next((key for key, group in CAPABILITIES.items() if name in members(group)), None)


def is_of_core(name: str) -> bool:
    """Tell whether a member is one that every engine has."""
    return capability_of(name) is None and any(name in names for names in primitives().values())


def modules(package: str, names: str) -> list[ModuleType]:
    """Return the modules of an engine's package that `names`, one string, lists."""
    return [importlib.import_module(f"{package}.{name}") for name in names.split()]


def named(library: Any, names: str, wrap: Callable[[Any], Any] = lambda fn: fn) -> SimpleNamespace:
    """Return the functions of a library that are primitives, listed in one string.

    `"exp erf=Erf"`: `exp` has the same name there, `erf` is the library's `Erf`.
    """
    pairs = (name.split("=") for name in names.split())
    return SimpleNamespace(**{name: wrap(getattr(library, *own or [name])) for name, *own in pairs})


class MissingCapabilityError(NotImplementedError, AttributeError):
    """A primitive was used that the engine in force does not offer."""


def refusal(who: str, primitive: str, reason: str) -> MissingCapabilityError:
    """Return the error of a member of `untraced` that meets an array without a value."""
    return MissingCapabilityError(
        f"The engine {who!r} computes `{primitive}` only where arrays have values, not in a compiled program: "
        f"{reason} Switch to another engine with lamina.config.set_backend(...)."
    )


class Engine:
    """An engine assembled from its parts: each member of the contract becomes an attribute.

    Parts are modules, and `named` functions of the engine's library; of two members with one name the
    later counts. One of the parts says in `capabilities`, a string of names, what the engine offers
    beyond the core. For a member that is not there `fallbacks.py` stands in where that has a meaning
    (`compile` gives the function itself), unless its capability is declared; any other member of a
    capability that is not declared raises `MissingCapabilityError`. `untraced` may name members of the core
    that it lacks in programs.

    Raises:
        TypeError: members of the core or of a declared capability are missing (the message lists them
            all), a capability is declared that there is not, or `untraced` names what is not of the core.
    """

    def __init__(self, *parts: ModuleType | SimpleNamespace):
        offered = {name: value for part in parts for name, value in vars(part).items()}
        declared = frozenset(offered.get("capabilities", "").split())
        who = f"engine {offered.get('name', parts)}"
        if unknown := sorted(declared - CAPABILITIES.keys()):
            raise TypeError(
                f"{who}: there is no capability {unknown}. "
                f"Those that an engine may declare: {list(CAPABILITIES)}."
            )
        untraced = dict(offered.get("untraced", {}))
        if unknown := sorted(x for x in untraced if not is_of_core(x) and x not in DTYPES):
            raise TypeError(
                f"{who}: `untraced` names {unknown}, which the contract's core does not have."
            )
        # `itself` stays this one also in the engine of the process, which has the attributes of another.
        offered |= {"itself": self, "capabilities": declared, "overrides": _merged(parts)}
        offered["untraced"] = untraced
        stand_ins, missing = Fallbacks(self), []
        for name in (name for names in primitives().values() for name in names):
            capability = capability_of(name)
            if name in offered:
                setattr(self, name, offered[name])
            elif capability not in declared and hasattr(stand_ins, name):
                setattr(self, name, getattr(stand_ins, name))
            elif capability in declared or capability is None:
                missing.append(name)
        if missing:
            raise TypeError(f"{who}: missing from the contract: {missing}")

    def __getattr__(self, name: str) -> Any:
        if capability := capability_of(name):
            raise MissingCapabilityError(
                f"The engine {self.name!r} does not {capability.removesuffix('s')}: it has no `{name}`. "
                "Switch to an engine that does with lamina.config.set_backend(...)."
            )
        raise AttributeError(f"{self!r} has no member {name!r}")

    def __repr__(self) -> str:
        return f"<engine {vars(self).get('name', 'not chosen yet')}>"


def _merged(parts: Sequence[ModuleType | SimpleNamespace]) -> dict[str, Callable]:
    return {name: fn for part in parts for name, fn in getattr(part, "overrides", {}).items()}
