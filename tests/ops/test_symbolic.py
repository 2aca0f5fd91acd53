"""Every op on symbolic tensors gives the shape and dtype that it has on values, whatever the shapes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from lamina import ops
from lamina.core import dtypes, tree
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import numpy_dtype
from lamina.engine.current import engine

words = str.split
DTYPES = ["bool", "uint8", "int32", "float16", "bfloat16", "float32"]
FLOATS = ["float16", "bfloat16", "float32"]

# Drawing arguments. A row of the table draws `(args, kwargs)`; NumPy arrays among them are tensors.


def array(draw: Callable, shape: Any, kinds: list[str]) -> np.ndarray:
    """Values that are in the domain of every function: from 0.1 to 0.9, or whole."""
    dtype = draw(st.sampled_from(kinds))
    values = np.random.default_rng(0).uniform(0.1, 0.9, shape)
    return (values if dtypes.is_float(dtype) else np.round(values * 2 + 1)).astype(
        numpy_dtype(dtype)
    )


def shapes(least: int = 0, most: int = 3) -> st.SearchStrategy:
    return st.lists(st.integers(1, 4), min_size=least, max_size=most).map(tuple)


def unary(kinds: list[str] = DTYPES, **kwargs: Any) -> Callable:
    return lambda draw: ([array(draw, draw(shapes()), kinds)], kwargs)


def binary(kinds: list[str] = DTYPES) -> Callable:
    """Two tensors that broadcast, or a tensor and a Python number."""

    def row(draw: Callable) -> tuple:
        shape = draw(shapes())
        other = tuple(
            draw(st.sampled_from([1, n])) for n in shape[draw(st.integers(0, len(shape))) :]
        )
        x, y = array(draw, shape, kinds), array(draw, other, kinds)
        y = draw(st.sampled_from([y, 2, 0.5]))
        return ([y, x] if draw(st.booleans()) else [x, y]), {}

    return row


def along(
    kinds: list[str] = DTYPES, several: bool = True, none: bool = True, keep: bool = True
) -> Callable:
    """A tensor and an axis: an integer, or (`several`) a tuple of them, or (`none`) `None`."""

    def row(draw: Callable) -> tuple:
        x = array(draw, draw(shapes(1)), kinds)
        one = st.integers(-x.ndim, x.ndim - 1)
        choices = [one]
        if several:
            choices.append(st.lists(st.integers(0, x.ndim - 1), min_size=1, unique=True).map(tuple))
        if none:
            choices.append(st.none())
        kwargs = {"axis": draw(st.one_of(choices))}
        return [x], ({**kwargs, "keepdims": draw(st.booleans())} if keep else kwargs)

    return row


def windows(extra: Callable) -> Callable:
    """Images `(batch, rows, columns, channels)` and what `extra(draw)` says of the window."""

    def row(draw: Callable) -> tuple:
        shape = (2, draw(st.integers(3, 7)), draw(st.integers(3, 7)), 4)
        first = draw(st.booleans())
        x = array(draw, shape, ["float32"])
        args, kwargs = extra(draw)
        x = np.moveaxis(x, -1, 1) if first else x
        layout = {"data_format": "channels_first" if first else "channels_last"}
        return [x, *args], {**kwargs, "padding": draw(st.sampled_from(["valid", "same"])), **layout}

    return row


def _conv(draw: Callable) -> tuple:
    depth = draw(st.sampled_from([4, 2]))
    kernel = array(draw, (2, draw(st.integers(1, 3)), depth, 6), ["float32"])
    if draw(st.booleans()):
        return [kernel], {"strides": draw(st.integers(1, 3))}
    return [kernel], {"dilation_rate": draw(st.integers(1, 2)) if kernel.shape[1] < 3 else 1}


def _pool(draw: Callable) -> tuple:
    return [draw(st.integers(1, 3))], {"strides": draw(st.sampled_from([None, 1, 2, (1, 2)]))}


def _matmul(draw: Callable) -> tuple:
    n, k, m = (draw(st.integers(1, 4)) for _ in range(3))
    batch = draw(shapes(0, 2))
    x = array(draw, draw(st.sampled_from([(k,), (n, k), (*batch, n, k)])), ["float32", "bfloat16"])
    y = array(draw, draw(st.sampled_from([(k,), (k, m), (*batch, k, m)])), ["float32"])
    return [x, y], {}


def _dot(draw: Callable) -> tuple:
    k = draw(st.integers(1, 4))
    x = array(draw, (*draw(shapes(0, 2)), k), ["float32"])
    y = array(draw, draw(st.sampled_from([(k,), (k, 3), (2, k, 3)])), ["float32"])
    return [x, y], {}


def _einsum(draw: Callable) -> tuple:
    b, i, j, k = (draw(st.integers(1, 4)) for _ in range(4))
    x, y = array(draw, (b, i, j), FLOATS), array(draw, (b, j, k), FLOATS)
    return [draw(st.sampled_from(["bij,bjk->bik", "bij,bjk->k", "bij,bjk->bikj"])), x, y], {}


def _normalized(draw: Callable) -> tuple:
    x = array(draw, draw(shapes(1)), ["float32"])
    axis = draw(st.integers(0, x.ndim - 1))
    vectors = [array(draw, (x.shape[axis],), ["float32"]) for _ in range(4)]
    return [x, vectors[0], vectors[1], axis, *draw(st.sampled_from([[], vectors[2:]]))], {}


def _targets(kind: str) -> Callable:
    def row(draw: Callable) -> tuple:
        shape = draw(shapes(1))
        output = array(draw, shape, ["float32"])
        target = array(draw, shape[:-1] if kind == "sparse" else shape, ["int32"])
        return [target, output], {"from_logits": draw(st.booleans())}

    return row


def _joined(new_axis: bool) -> Callable:
    def row(draw: Callable) -> tuple:
        shape = draw(shapes(1))
        axis = draw(st.integers(-len(shape), len(shape) - 1))
        xs = []
        for _ in range(draw(st.integers(1, 3))):
            own = list(shape)
            if not new_axis:
                own[axis] = draw(st.integers(1, 3))
            xs.append(array(draw, tuple(own), DTYPES))
        return [xs], {"axis": axis}

    return row


def _cut(draw: Callable) -> tuple:
    x = array(draw, (*draw(shapes(0, 1)), 6, *draw(shapes(0, 1))), DTYPES)
    axis = x.shape.index(6)
    return [x, draw(st.sampled_from([2, 3, [1, 4], [2]]))], {"axis": axis}


def _indexed(draw: Callable) -> tuple:
    x = array(draw, (4, 5, 3), DTYPES)
    keys = [
        1,
        slice(1, 3),
        slice(None, None, 2),
        None,
        ...,
        (0, 1),
        (..., 2),
        (slice(None), None, -1),
    ]
    return [x, draw(st.sampled_from(keys))], {}


def _reshaped(draw: Callable) -> tuple:
    target = draw(st.sampled_from([(24,), (-1,), (2, 12), (4, -1), (2, 3, -1, 1), -1]))
    return [array(draw, (2, 3, 4), DTYPES), target], {}


def fixed(*choices: tuple, shape: tuple = (2, 3, 4), kinds: list[str] = DTYPES) -> Callable:
    """A tensor of one shape, with one of several lists of further arguments."""

    def row(draw: Callable) -> tuple:
        return [array(draw, shape, kinds), *draw(st.sampled_from(choices))], {}

    return row


def _taken(draw: Callable) -> tuple:
    x, indices = array(draw, (4, 5, 3), DTYPES), array(draw, draw(shapes()), ["int32", "uint8"])
    return [np.concatenate([x, x]), indices], {"axis": draw(st.sampled_from([0, 1, -2, None]))}


def _taken_along(draw: Callable) -> tuple:
    axis = draw(st.sampled_from([0, 1, -1]))
    return [array(draw, (4, 5, 4), DTYPES), np.zeros((4, 5, 4), "int32")], {"axis": axis}


def _moments(draw: Callable) -> tuple:
    (x,), kwargs = along(FLOATS, none=False)(draw)
    return [x, kwargs["axis"]], {"keepdims": kwargs["keepdims"]}


def _where(draw: Callable) -> tuple:
    (x, y), _ = binary()(draw)
    shape = x.shape if isinstance(x, np.ndarray) else y.shape
    return [array(draw, shape, ["bool"]), x, y], {}


SIGNED = [name for name in DTYPES if name not in ("bool", "uint8")]
TABLE: dict[str, Callable] = {
    **dict.fromkeys(["abs", "absolute", "negative", "sign", "square"], unary(SIGNED)),
    **dict.fromkeys(
        words(
            "ceil cos erf exp expm1 floor isfinite isinf isnan log log1p logical_not "
            "ones_like ravel rsqrt sin sqrt stop_gradient tanh zeros_like elu gelu "
            "hard_sigmoid leaky_relu log_sigmoid relu6 selu sigmoid silu softplus softsign "
            "transpose flip squeeze round"
        ),
        unary(),
    ),
    "relu": unary(SIGNED),
    "cast": fixed(*[(name,) for name in DTYPES]),
    "full_like": fixed((2,), (0.5,), (1, "int32")),
    **dict.fromkeys(
        words(
            "add multiply divide true_divide divide_no_nan maximum minimum equal not_equal "
            "less less_equal greater greater_equal logical_and logical_or logical_xor"
        ),
        binary(),
    ),
    **dict.fromkeys(["subtract", "floor_divide", "mod", "power"], binary(SIGNED)),
    "clip": fixed((1, 2), (0.5, 0.75), (np.float32(0), np.float32(1)), kinds=SIGNED),
    "where": _where,
    **dict.fromkeys(words("sum mean var std prod max min any all"), along()),
    "logsumexp": along(FLOATS),
    "norm": along(),
    "count_nonzero": along(keep=False),
    **dict.fromkeys(["argmax", "argmin"], along(several=False)),
    **dict.fromkeys(["argsort", "sort", "cumsum"], along(several=False, keep=False)),
    **dict.fromkeys(["softmax", "log_softmax"], along(none=False, keep=False)),
    "normalize": along(FLOATS, several=False, none=False, keep=False),
    "moments": _moments,
    "matmul": _matmul,
    "dot": _dot,
    "einsum": _einsum,
    "conv": windows(_conv),
    "max_pool": windows(_pool),
    "average_pool": windows(_pool),
    "batch_normalization": _normalized,
    "binary_crossentropy": _targets("dense"),
    "categorical_crossentropy": _targets("dense"),
    "sparse_categorical_crossentropy": _targets("sparse"),
    "broadcast_to": fixed(((5, 2, 3, 4),), ((2, 3, 4),)),
    "concatenate": _joined(new_axis=False),
    "stack": _joined(new_axis=True),
    "split": _cut,
    "unstack": fixed((None, 0), (None, -1), (3, 1)),
    "expand_dims": fixed((0,), (-1,), ((0, 2),)),
    "getitem": _indexed,
    "moveaxis": fixed((0, -1), ((0, 1), (1, 0))),
    "swapaxes": fixed((0, -1), (1, 2)),
    "one_hot": fixed((3,), (5, 0), (5, -1, "int32"), kinds=["int32", "uint8"]),
    "pad": fixed((1,), (((1, 2), (0, 0), (2, 0)),), (((1, 2),), "constant", 3)),
    "repeat": fixed((2,), (3, 1), (1, -1)),
    "reshape": _reshaped,
    "take": _taken,
    "take_along_axis": _taken_along,
    "tile": fixed((2,), ((2, 1),), ((2, 1, 1, 3),)),
}
# What takes no tensor, or is for values only.
WITHOUT = {
    *("arange", "eye", "full", "ones", "zeros"),
    *("convert_to_numpy", "convert_to_tensor", "is_tensor", "ndim", "shape", "size"),
    *("cond", "scan", "while_loop"),
}
# Ops for which an unknown first size is no question: they cut or join along it, or say it.
FIXED_SIZES = {"broadcast_to", "concatenate", "stack", "split", "unstack", "squeeze"}
FIXED_SIZES |= {"conv", "matmul", "dot", "reshape", "take_along_axis"}


def test_every_op_is_in_the_table():
    public = {
        name
        for name, thing in vars(ops).items()
        if inspect.isfunction(thing) and thing.__module__.startswith("lamina.ops")
    }
    assert public == set(TABLE) | WITHOUT


def symbolic(x: Any, unknown: bool = False) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    shape = (None, *x.shape[1:]) if unknown and x.ndim else x.shape
    return KerasTensor(shape, dtypes.standardize(x.dtype))


def facts(found: Any) -> list:
    return [
        (tuple(x.shape), x.dtype if isinstance(x, KerasTensor) else engine().dtype(x))
        for x in tree.flatten(found)
    ]


@pytest.mark.parametrize("name", TABLE)
def test_symbolic_facts_are_those_of_values(name, backend):
    from lamina.engine.current import using

    op = getattr(ops, name)

    @settings(
        max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def check(data: Any) -> None:
        args, kwargs = TABLE[name](data.draw)
        native = tree.map_structure(
            lambda x: engine().asarray(x) if isinstance(x, np.ndarray) else x, args
        )
        expected = facts(op(*native, **kwargs))
        assert facts(op(*tree.map_structure(symbolic, args), **kwargs)) == expected
        leaders = {x.shape[0] for x in tree.flatten(args) if isinstance(x, np.ndarray) and x.ndim}
        ranks = {x.ndim for x in tree.flatten(args) if isinstance(x, np.ndarray)}
        if name in FIXED_SIZES or len(leaders) != 1 or len(ranks) != 1 or leaders == {1}:
            return
        found = facts(op(*tree.map_structure(lambda x: symbolic(x, True), args), **kwargs))
        for (shape, dtype), (known, expected_dtype) in zip(found, expected, strict=True):
            assert dtype == expected_dtype and len(shape) == len(known)
            assert all(n in (None, m) for n, m in zip(shape, known, strict=True))

    with using(backend):
        check()
