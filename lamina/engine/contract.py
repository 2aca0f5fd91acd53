"""What an engine must offer: every primitive, typed and documented, in groups.

An engine is a namespace of functions on *its own native arrays* (a `jax.Array`, a `torch.Tensor`,
a `numpy.ndarray`). Above this floor dtypes are strings (`"float32"`), shapes are tuples of ints,
and nobody asks which engine is in force.

Rules that hold for every primitive, so that they are said once:

* Binary primitives get two arrays of one dtype, or one array and one Python scalar that takes the
  array's dtype. Promotion happened above (`core/dtypes.py`); engines never promote.
* `axis` is an int, a tuple of ints or `None` (all axes), negative counts from the end.
* `keepdims` keeps reduced axes with size 1.
* A function that makes an array takes its dtype; no engine default leaks through.
* Images and sequences are channels-last: `(batch, *space, channels)`.

A primitive enters only if two ops need it or one cannot do without, and only with a contract test
on every engine (`tests/contract`). A composite in `ops/` that an engine can do faster or more
exactly goes into that engine's `overrides`, by the op's name.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Generic, Protocol

from lamina.engine.array_contract import (
    Array as Array,
    Axis as Axis,
    Binary,
    Bits,
    ComplexNumbers,
    Contraction,
    Creation,
    Elementwise,
    LinearAlgebra,
    Reduction,
    Searching,
    Segments,
    Shape as Shape,
    SpecialFunctions,
    Structure,
    Trigonometry,
)


@dataclass(frozen=True, slots=True)
class Spec:
    """Shape and dtype of an array that is not there. `None` stands for an unknown size."""

    shape: tuple[int | None, ...]
    dtype: str


class Arrays(Protocol):
    """Making, reading and moving native arrays."""

    name: str
    array_types: tuple[type, ...]
    differentiable: bool

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

    def shape(self, x: Array) -> Shape: ...

    def place(self, x: Any) -> Array:
        """Like `asarray` for a whole data set that is to lie on the compute device."""
        ...

    def synchronize(self, x: Any) -> None:
        """Wait until every array in the tree `x` is computed."""
        ...


class Random(Protocol):
    """Draws from an explicit key, a native uint32 array `(2,)`. One key, one draw; no hidden state."""

    def uniform(self, key: Array, shape: Shape, dtype: str) -> Array:
        """From [0, 1)."""
        ...

    def normal(self, key: Array, shape: Shape, dtype: str) -> Array: ...
    def integers(self, key: Array, shape: Shape, low: int, high: int, dtype: str) -> Array:
        """From [low, high)."""
        ...

    def gamma(self, key: Array, alpha: Array) -> Array:
        """From the gamma distribution of shape `alpha` (float32 or float64) and rate 1."""
        ...

    def binomial(self, key: Array, counts: Array, probabilities: Array) -> Array:
        """How many of `counts` trials succeed, as floats; both float32 or float64, of one shape."""
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

    def stop_gradient(self, x: Array) -> Array: ...
    def custom_gradient(self, fn: Callable) -> Callable:
        """`fn(*args) -> (result, backward)`, where `backward(upstream)` gives the gradients of args."""
        ...


class Running(Protocol):
    """Abstract evaluation, differentiation, compilation."""

    def abstract(self, fn: Callable, *specs: Any) -> Any:
        """The result of `fn` on arrays that have only shape and dtype: a tree of `Spec`.

        `specs` are trees (lists, tuples, dicts) of `Spec` with known sizes.
        """
        ...

    def outside_trace(self) -> AbstractContextManager:
        """Within, computing gives real arrays even if a trace is running around it."""
        ...

    def value_and_grad(self, fn: Callable) -> Callable:
        """`fn(values) -> (scalar, aux)` becomes `values -> ((scalar, aux), gradients)`.

        `values` is a list of floating arrays; a gradient that does not exist is zero.
        """
        ...

    def no_grad(self) -> AbstractContextManager:
        """Within, nothing records what a gradient would need."""
        ...

    def compile(self, fn: Callable) -> Callable:
        """`fn`, a pure function of trees of arrays, made fast. Nothing is donated.

        NumPy arrays among the arguments are taken in as `place` does.
        """
        ...

    def repeat(self, step: Callable) -> Callable:
        """Run a pure `step(state, batch) -> (state, logs)` over many batches of placed data.

        Returns `run(state, data, indices) -> (state, logs)`: `data` is a tree of arrays with one
        sample per entry of axis 0, `indices` a NumPy int32 array `(steps, batch)`; the logs are
        those of the last step.
        """
        ...

    steps_per_call: int
    """How many steps `repeat` is best given in one call; 1 where a Python loop is as good."""


class Contract(
    Arrays,
    Creation,
    Elementwise,
    Binary,
    Trigonometry,
    Bits,
    ComplexNumbers,
    SpecialFunctions,
    Searching,
    Reduction,
    Structure,
    Segments,
    Contraction,
    LinearAlgebra,
    Random,
    Fourier,
    ProbabilityFunctions,
    Control,
    Running,
    Protocol,
):
    """All groups together, and the overrides."""

    overrides: Mapping[str, Callable]
    """Op name -> native function with the op's own signature, faster or more exact than the default.

    `each(fn, rows)`, `lerp(x, y, weight)` and `adam(gradient, value, momentum, velocity, rate, beta_1,
    beta_2, epsilon)` belong to no op: optimizers use them where they are offered; and so are
    `layer_norm(x, sizes, gamma, beta, epsilon)` over the last axes and `attend` by ops.
    """


def primitives() -> dict[str, list[str]]:
    """Names of the contract's members by group, in their order."""
    groups = [g for g in inspect.getmro(Contract) if g not in (Protocol, Generic, object)]
    return {
        group.__name__: [
            name for name in (*vars(group), *group.__annotations__) if not name.startswith("_")
        ]
        for group in groups
    }


def modules(package: str, names: str) -> list[ModuleType]:
    """The modules of an engine's package, named in one string."""
    return [importlib.import_module(f"{package}.{name}") for name in names.split()]


def named(library: Any, names: str, wrap: Callable[[Any], Any] = lambda fn: fn) -> SimpleNamespace:
    """The functions of a library that are primitives under their own names, named in one string."""
    return SimpleNamespace(**{name: wrap(getattr(library, name)) for name in names.split()})


class Engine:
    """An engine assembled from its parts: each member of the contract becomes an attribute.

    Parts are modules, and `named` functions of its library; of two with one name the later counts.

    Raises:
        TypeError: members of the contract are missing; the message lists them all.
    """

    def __init__(self, *parts: ModuleType | SimpleNamespace):
        members = [name for names in primitives().values() for name in names]
        offered = {name: value for part in parts for name, value in vars(part).items()}
        if missing := [name for name in members if name not in offered]:
            raise TypeError(
                f"engine {offered.get('name', parts)}: missing from the contract: {missing}"
            )
        overrides = [getattr(part, "overrides", {}) for part in parts]
        offered["overrides"] = {name: fn for part in overrides for name, fn in part.items()}
        vars(self).update({name: offered[name] for name in members})

    def __repr__(self) -> str:
        return f"<engine {vars(self).get('name', 'not chosen yet')}>"
