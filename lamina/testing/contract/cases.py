"""The table: for every primitive that computes, calls, and NumPy's word on what they should give.

Here what a row is, and the rows that compute; `cases_structure` and `cases_windows` add theirs.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOATS = ("float32", "float16", "bfloat16", "float64")
FLOAT = ("float32",)
INTEGER = ("int32",)


@dataclass(frozen=True)
class Case:
    """One call of a primitive.

    `call(engine, *arrays)` is held against `reference(*arrays)`, which is given float64 for
    floating inputs. `dtypes` are those that the floating inputs are tried in; indices and
    conditions keep theirs. `smooth`: finite differences at these inputs mean something.
    """

    primitive: str
    label: str
    call: Callable[..., Any]
    reference: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]
    dtypes: tuple[str, ...] = FLOATS
    smooth: bool = True

    def __str__(self) -> str:
        return f"{self.primitive}-{self.label}"


CASES: list[Case] = []


def case(primitive, label, inputs, reference=None, call=None, args=(), named=None, **options):
    """Add one row. `call(engine, ...)` is the primitive by default, `reference(...)` NumPy's function of that name.

    Both get the inputs, then `args`, and `named` by name.
    """
    reference, named = reference or getattr(np, primitive), named or {}
    call = call or (lambda e, *xs, **named: getattr(e, primitive)(*xs, **named))
    row = Case(
        *(primitive, label),
        lambda e, *xs: call(e, *xs, *args, **named),
        lambda *xs: reference(*xs, *args, **named),
        *(tuple(inputs),),
        **options,
    )
    CASES.append(row)


def with_scalar(name, x, scalar, **options):
    """Add rows with the Python scalar on either side; those used are exact in every dtype."""
    numpys, args = getattr(np, name), (scalar,)
    case(name, f"{x.dtype}-scalar-right", [x], args=args, **options)
    case(
        *(name, f"{x.dtype}-scalar-left", [x], lambda x, scalar: numpys(scalar, x)),
        *(lambda e, x, scalar: getattr(e, name)(scalar, x), args),
        **options,
    )


def draw(*shape, low=-2.0, high=2.0, seed=0):
    """Floats in [low, high), none of them close to another or to an integer: no ties, no kinks."""
    size = math.prod(shape)
    values = np.linspace(low, high, size, endpoint=False) + (high - low) / max(size, 1) * 0.37
    return np.random.default_rng(seed + size).permutation(values).reshape(shape)


def name_of(shape):
    """A shape in a label: `2x3`."""
    return "x".join(map(str, shape)) or "scalar"


def elementwise(names, low, high, reference=None):
    """Add rows for functions of numbers in [low, high), on arrays of several shapes."""
    shapes = ((), (3,), (2, 3, 4), (0,), (2, 0, 3))
    for name, shape in itertools.product(names.split(), shapes):
        dtypes = FLOATS if len(shape) == 3 and 0 not in shape else FLOAT
        case(name, name_of(shape), [draw(*shape, low=low, high=high)], reference, dtypes=dtypes)


def _elementwise():
    elementwise("negative abs sign exp expm1 square", -2, 2)
    elementwise("log sqrt", 0.1, 3)
    elementwise("log1p", -0.9, 3)
    elementwise("sin cos", -4, 4)
    elementwise("tanh floor ceil", -3, 3)
    elementwise("round", -3, 3, np.rint)
    elementwise("rsqrt", 0.1, 3, lambda x: 1 / np.sqrt(x))
    elementwise("sigmoid", -6, 6, lambda x: 1 / (1 + np.exp(-x)))
    elementwise("erf", -3, 3, np.vectorize(math.erf, otypes=[np.float64]))
    elementwise("relu", -2, 2, lambda x: np.maximum(x, 0))
    for name in ("negative", "abs", "sign", "square"):
        case(name, "int", [np.array([-3, 0, 5])], dtypes=INTEGER)
    odd = np.array([1.0, -np.inf, np.inf, np.nan, 0.0])
    case("isfinite", "odd", [odd], smooth=False)
    case("isnan", "odd", [odd], smooth=False)
    case("logical_not", "bool", [np.array([[True], [False]])])


ARITHMETIC = (
    *("add", "subtract", "multiply", "divide", "maximum", "minimum"),
    *("floor_divide", "remainder", "power"),
)
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


def _binary():
    pairs = (((2, 3), (2, 3)), ((2, 1, 3), (4, 1)), ((), (3,)), ((0, 2), (1, 2)), ((), ()))
    for name in ARITHMETIC + COMPARISONS:
        smooth = name not in COMPARISONS
        for left, right in pairs:
            x, y = draw(*left, low=0.6, high=3.9), draw(*right, low=0.3, high=2, seed=1)
            if name in ("floor_divide", "remainder"):
                x = -x
            # A quotient near an integer falls on either side of it in half precision.
            dtypes = FLOATS if left == (2, 3) and name != "floor_divide" else FLOAT
            case(name, f"{name_of(left)}-{name_of(right)}", [x, y], dtypes=dtypes, smooth=smooth)
        with_scalar(name, draw(2, 3, low=0.6, high=3.9), 2.0, dtypes=FLOATS, smooth=smooth)
        if name != "divide":
            pair = [np.array([7, -7, 7, 2, 0]), np.array([2, 2, 3, 2, 5])]
            case(name, "int", pair, dtypes=INTEGER)
    for name in ("equal", "less", "add", "maximum"):
        with_scalar(name, np.array([1, 2, 3]), 2, dtypes=INTEGER)
    column, row = np.array([[True], [False]]), np.array([True, False])
    for name in ("logical_and", "logical_or"):
        case(name, "broadcast", [column, row])
        with_scalar(name, column, True)
    case("where", "broadcast", [column, draw(2, 3), draw(3, seed=1)])
    case("where", "scalar-right", [column, draw(2, 3)], args=(0.5,))
    case(
        *("where", "scalar-left", [column, draw(2, 3)], lambda c, x: np.where(c, 0.5, x)),
        lambda e, c, x: e.where(c, 0.5, x),
    )


def _reduction():
    rows = (((2, 3, 4), None), ((2, 3, 4), 1), ((2, 3, 4), (0, -1)), ((), None), ((2, 3), ()))
    for name in ("sum", "mean", "prod", "max", "min"):
        for shape, axis in rows:
            for keepdims in (False, True):
                label = f"{name_of(shape)}-{axis}-{keepdims}"
                how = {"axis": axis, "keepdims": keepdims}
                dtypes = FLOATS if axis == 1 else FLOAT
                case(name, label, [draw(*shape, low=0.5, high=1.6)], named=how, dtypes=dtypes)
        if name != "mean":
            x = np.array([[1, -2], [3, 4]])
            case(name, "int", [x], named={"axis": (0, 1)}, dtypes=INTEGER)
    for name in ("sum", "prod"):
        case(name, "empty", [draw(2, 0)], named={"axis": 1}, dtypes=FLOAT)
    bits = np.array([[True, False], [False, False]])
    for axis in (None, 1, (0, 1), (-1,)):
        case("any", str(axis), [bits], named={"axis": axis, "keepdims": True})
    for axis in (0, -1):
        for name in ("argmax", "argsort", "cumsum"):
            case(name, str(axis), [draw(3, 4)], named={"axis": axis})
    case("argmax", "keepdims", [draw(3, 4)], named={"axis": 1, "keepdims": True})
    case("argmax", "tie", [np.array([[1.0, 3, 3], [2, 2, 2]])], named={"axis": 1}, smooth=False)
    case("argmax", "bool", [bits], named={"axis": 0})
    ties = np.array([2.0, 1, 2, 1, 2] * 9)
    case(
        *("argsort", "stable", [ties], lambda x, axis: np.argsort(x, axis, "stable")),
        args=(0,),
        smooth=False,
    )
    case("cumsum", "int", [np.array([1, 2, 3])], named={"axis": 0}, dtypes=INTEGER)


_elementwise()
_binary()
_reduction()
