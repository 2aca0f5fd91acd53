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

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, Protocol

Array = Any  # an engine's native array
Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]


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


class Creation(Protocol):
    def full(self, shape: Shape, value: Any, dtype: str) -> Array: ...
    def arange(self, start: float, stop: float, step: float, dtype: str) -> Array: ...
    def eye(self, rows: int, columns: int, k: int, dtype: str) -> Array: ...


class Elementwise(Protocol):
    """One array in, one of the same shape out. Floating input unless said otherwise."""

    def negative(self, x: Array) -> Array: ...
    def abs(self, x: Array) -> Array: ...
    def sign(self, x: Array) -> Array: ...
    def exp(self, x: Array) -> Array: ...
    def expm1(self, x: Array) -> Array: ...
    def log(self, x: Array) -> Array: ...
    def log1p(self, x: Array) -> Array: ...
    def sqrt(self, x: Array) -> Array: ...
    def rsqrt(self, x: Array) -> Array: ...
    def square(self, x: Array) -> Array: ...
    def sin(self, x: Array) -> Array: ...
    def cos(self, x: Array) -> Array: ...
    def tanh(self, x: Array) -> Array: ...
    def sigmoid(self, x: Array) -> Array: ...
    def erf(self, x: Array) -> Array: ...
    def floor(self, x: Array) -> Array: ...
    def ceil(self, x: Array) -> Array: ...
    def round(self, x: Array) -> Array:
        """To the nearest integer, halves to even."""
        ...

    def isfinite(self, x: Array) -> Array: ...
    def isnan(self, x: Array) -> Array: ...
    def logical_not(self, x: Array) -> Array:
        """Boolean in, boolean out."""
        ...

    def relu(self, x: Array) -> Array:
        """`max(x, 0)` with gradient 0 at 0 and NaN kept: no composition gives both."""
        ...


class Binary(Protocol):
    """Two arrays that broadcast, of one dtype, or an array and a Python scalar."""

    def add(self, x: Array, y: Array) -> Array: ...
    def subtract(self, x: Array, y: Array) -> Array: ...
    def multiply(self, x: Array, y: Array) -> Array: ...
    def divide(self, x: Array, y: Array) -> Array: ...
    def floor_divide(self, x: Array, y: Array) -> Array: ...
    def remainder(self, x: Array, y: Array) -> Array:
        """Sign of the divisor, as in Python."""
        ...

    def power(self, x: Array, y: Array) -> Array: ...
    def maximum(self, x: Array, y: Array) -> Array: ...
    def minimum(self, x: Array, y: Array) -> Array: ...
    def equal(self, x: Array, y: Array) -> Array: ...
    def not_equal(self, x: Array, y: Array) -> Array: ...
    def less(self, x: Array, y: Array) -> Array: ...
    def less_equal(self, x: Array, y: Array) -> Array: ...
    def greater(self, x: Array, y: Array) -> Array: ...
    def greater_equal(self, x: Array, y: Array) -> Array: ...
    def logical_and(self, x: Array, y: Array) -> Array: ...
    def logical_or(self, x: Array, y: Array) -> Array: ...
    def where(self, condition: Array, x: Array, y: Array) -> Array: ...


class Trigonometry(Protocol):
    """Circular and hyperbolic functions and their inverses, in radians; floating input."""

    def tan(self, x: Array) -> Array: ...
    def arcsin(self, x: Array) -> Array: ...
    def arccos(self, x: Array) -> Array: ...
    def arctan(self, x: Array) -> Array: ...
    def sinh(self, x: Array) -> Array: ...
    def cosh(self, x: Array) -> Array: ...
    def arcsinh(self, x: Array) -> Array: ...
    def arccosh(self, x: Array) -> Array: ...
    def arctanh(self, x: Array) -> Array: ...
    def arctan2(self, x: Array, y: Array) -> Array:
        """Angle of the point `(y, x)`: binary; the signs, those of zeros too, tell the quadrant."""
        ...


class Bits(Protocol):
    """Integers (or booleans, but for the shifts) bit by bit; binary ones as in `Binary`."""

    def bitwise_and(self, x: Array, y: Array) -> Array: ...
    def bitwise_or(self, x: Array, y: Array) -> Array: ...
    def bitwise_xor(self, x: Array, y: Array) -> Array: ...
    def bitwise_not(self, x: Array) -> Array: ...
    def left_shift(self, x: Array, y: Array) -> Array: ...
    def right_shift(self, x: Array, y: Array) -> Array:
        """The sign bit is copied in from the left."""
        ...


class ComplexNumbers(Protocol):
    """Between complex arrays and their real parts. Arithmetic on complex arrays is in `Binary`."""

    def make_complex(self, real: Array, imag: Array) -> Array:
        """`real + i imag` from two arrays of float32 or float64."""
        ...

    def real(self, x: Array) -> Array:
        """Complex input."""
        ...

    def imag(self, x: Array) -> Array:
        """Complex input."""
        ...

    def conj(self, x: Array) -> Array:
        """Complex input."""
        ...


class SpecialFunctions(Protocol):
    """One array in, one of the same shape out; floating input."""

    def i0(self, x: Array) -> Array:
        """Modified Bessel function of the first kind, order 0."""
        ...

    def nextafter(self, x: Array, y: Array) -> Array:
        """The next number of the dtype after `x` in the direction of `y`: binary, two arrays."""
        ...


class Searching(Protocol):
    def searchsorted(self, ordered: Array, x: Array, right: bool) -> Array:
        """Where `x` would be put into the ascending 1-d `ordered` to keep it so, int32.

        Before equal elements, or after them if `right`; NaN comes last.
        """
        ...

    def argwhere(self, x: Array) -> Array:
        """Indices `(n, ndim)` of the true elements of a boolean array, int32. n depends on values."""
        ...


class Reduction(Protocol):
    """Along `axis`; the dtype stays (the op above has cast already)."""

    def sum(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array: ...
    def mean(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array: ...
    def prod(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array: ...
    def max(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array: ...
    def min(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array: ...
    def any(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """Boolean in, boolean out."""
        ...

    def argmax(self, x: Array, axis: int, keepdims: bool = False) -> Array:
        """Index of the first largest element, int32."""
        ...

    def argsort(self, x: Array, axis: int) -> Array:
        """Indices that sort ascending, equal elements in their order, int32."""
        ...

    def cumsum(self, x: Array, axis: int) -> Array: ...
    def cumprod(self, x: Array, axis: int) -> Array: ...


class Structure(Protocol):
    """Moving elements without computing."""

    def copy(self, x: Array) -> Array:
        """The same values in memory of their own, where memory can be written to."""
        ...

    def view(self, x: Array, dtype: str) -> Array:
        """The bytes of `x` as another dtype; of another width, the last axis changes with it."""
        ...

    def reshape(self, x: Array, shape: Shape) -> Array: ...
    def transpose(self, x: Array, axes: Sequence[int]) -> Array: ...
    def broadcast_to(self, x: Array, shape: Shape) -> Array: ...
    def concatenate(self, xs: Sequence[Array], axis: int) -> Array: ...
    def stack(self, xs: Sequence[Array], axis: int) -> Array: ...
    def pad(self, x: Array, widths: Sequence[tuple[int, int]], value: float = 0) -> Array: ...
    def flip(self, x: Array, axis: Axis) -> Array: ...
    def getitem(self, x: Array, key: Any) -> Array:
        """NumPy's basic and advanced indexing, `x[key]`."""
        ...

    def take(self, x: Array, indices: Array, axis: int) -> Array:
        """Slices of `x` at non-negative integer `indices`; out of range is undefined."""
        ...

    def take_along_axis(self, x: Array, indices: Array, axis: int) -> Array: ...
    def scatter_add(self, x: Array, indices: Array, updates: Array) -> Array:
        """`x` with `updates` added at `indices` `(n, d)`, which name the first d axes of `x`."""
        ...


class Segments(Protocol):
    """Writing and combining where indices say."""

    def scatter_set(self, x: Array, indices: Array, updates: Array) -> Array:
        """Like `scatter_add`, with `updates` in the place of what was there; of several for one
        place it is not said which.
        """
        ...

    def segment(self, x: Array, ids: Array, count: int, how: str) -> Array:
        """Rows `x[i]` with one `ids[i]` combined into row `ids[i]` of `count`: `how` is "sum",
        "prod", "max" or "min". Rows with ids out of [0, count) are left out; a row without any is
        the neutral element (of max the lowest value). Equal largest elements share the gradient.
        """
        ...


class Contraction(Protocol):
    def matmul(self, x: Array, y: Array) -> Array: ...
    def einsum(self, subscripts: str, *xs: Array) -> Array: ...

    def conv(
        self,
        x: Array,
        kernel: Array,
        strides: Sequence[int],
        padding: Sequence[tuple[int, int]],
        dilation: Sequence[int],
        groups: int,
    ) -> Array:
        """Cross-correlation of `x (batch, *space, channels)` with `kernel (*window, channels / groups, filters)`."""
        ...

    def conv_transpose(
        self,
        x: Array,
        kernel: Array,
        strides: Sequence[int],
        crop: Sequence[tuple[int, int]],
        dilation: Sequence[int],
    ) -> Array:
        """The transpose of `conv`: each cell of `x` adds its channels' part of `kernel (*window,
        filters, channels)` to the output, in steps of `strides`; then `crop` cuts the ends.

        A negative crop adds zeros.
        """
        ...

    def max_pool(
        self,
        x: Array,
        size: Sequence[int],
        strides: Sequence[int],
        padding: Sequence[tuple[int, int]],
    ) -> Array:
        """Largest element of each window; padding counts as minus infinity."""
        ...

    def sum_pool(
        self,
        x: Array,
        size: Sequence[int],
        strides: Sequence[int],
        padding: Sequence[tuple[int, int]],
    ) -> Array:
        """Sum of each window; padding counts as zero."""
        ...


class LinearAlgebra(Protocol):
    """Of matrices in the last two axes, float32 or float64; leading axes are batches, equal in all.

    A matrix that has no result (a singular one to invert, say) raises `ValueError`, or gives
    infinities or NaN where a program cannot stop for a value.
    """

    def cholesky(self, x: Array) -> Array:
        """The lower triangle L with `L Lᵀ = x`, of a symmetric positive definite `x`."""
        ...

    def qr(self, x: Array, complete: bool) -> tuple[Array, Array]:
        """Q with orthonormal columns, as many as `x` has or (`complete`) rows; R upper triangular."""
        ...

    def svd(self, x: Array, full: bool) -> tuple[Array, Array, Array]:
        """U, the singular values descending, and Vᵀ; U and V square if `full`."""
        ...

    def singular_values(self, x: Array) -> Array:
        """Descending, without vectors: cheaper, and its slope exists where that of vectors does not."""
        ...

    def eigh(self, x: Array) -> tuple[Array, Array]:
        """Eigenvalues ascending, and the eigenvectors as columns, of a symmetric `x`."""
        ...

    def eig(self, x: Array) -> tuple[Array, Array]:
        """Complex eigenvalues in any order, and the eigenvectors as columns."""
        ...

    def solve(self, a: Array, b: Array) -> Array:
        """`(..., n, n)` and `(..., n, k)`: x with `a x = b`."""
        ...

    def solve_triangular(self, a: Array, b: Array, lower: bool) -> Array:
        """As `solve`; only that triangle of `a` is read."""
        ...

    def lu_factor(self, x: Array) -> tuple[Array, Array]:
        """L without its diagonal of ones and U, in one matrix; int32 pivots: the i-th row was exchanged with that."""
        ...

    def det(self, x: Array) -> Array: ...
    def slogdet(self, x: Array) -> tuple[Array, Array]:
        """Sign of the determinant, and the logarithm of its size."""
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
    ProbabilityFunctions,
    Control,
    Running,
    Protocol,
):
    """All groups together, and the overrides."""

    overrides: Mapping[str, Callable]
    """Op name -> native function with the op's own signature, faster or more exact than the default.

    `each(fn, rows)` and `lerp(x, y, weight)` belong to no op: optimizers use them where they are offered.
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


class Engine:
    """An engine assembled from its modules: each member of the contract becomes an attribute.

    Raises:
        TypeError: members of the contract are missing; the message lists them all.
    """

    def __init__(self, *modules: ModuleType):
        members = [name for names in primitives().values() for name in names]
        offered = {name: value for module in modules for name, value in vars(module).items()}
        if missing := [name for name in members if name not in offered]:
            raise TypeError(
                f"engine {offered.get('name', modules)}: missing from the contract: {missing}"
            )
        vars(self).update({name: offered[name] for name in members})

    def __repr__(self) -> str:
        return f"<engine {vars(self).get('name', 'not chosen yet')}>"
