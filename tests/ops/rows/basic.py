"""Rows for the ops that the first networks needed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import (
    DTYPES,
    FLOATS,
    SIGNED,
    along,
    array,
    binary,
    case,
    fixed,
    shapes,
    unary,
    words,
)


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


def _moments(draw: Callable) -> tuple:
    (x,), kwargs = along(FLOATS, none=False)(draw)
    return [x, kwargs["axis"]], {"keepdims": kwargs["keepdims"]}


def _where(draw: Callable) -> tuple:
    (x, y), _ = binary()(draw)
    shape = x.shape if isinstance(x, np.ndarray) else y.shape
    return [array(draw, shape, ["bool"]), x, y], {}


TABLE: dict[str, Callable] = {
    **dict.fromkeys(["abs", "absolute", "negative", "sign", "square"], unary(SIGNED)),
    **dict.fromkeys(
        words(
            "ceil cos erf exp expm1 floor isfinite isinf isnan log log1p logical_not "
            "rsqrt sin sqrt stop_gradient tanh elu gelu "
            "hard_sigmoid leaky_relu log_sigmoid relu6 selu sigmoid silu softplus softsign "
        ),
        unary(),
    ),
    "relu": unary(SIGNED),
    "cast": fixed(*[(name,) for name in DTYPES]),
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
    "count_nonzero": along(keep=False),
    **dict.fromkeys(["argmax", "argmin"], along(several=False)),
    **dict.fromkeys(["argsort", "sort", "cumsum"], along(several=False, keep=False)),
    **dict.fromkeys(["softmax", "log_softmax"], along(none=False, keep=False)),
    "normalize": along(FLOATS, several=False, none=False, keep=False),
    "moments": _moments,
    "conv": windows(_conv),
    "max_pool": windows(_pool),
    "average_pool": windows(_pool),
    "batch_normalization": _normalized,
    "binary_crossentropy": _targets("dense"),
    "categorical_crossentropy": _targets("dense"),
    "sparse_categorical_crossentropy": _targets("sparse"),
    "unstack": fixed((None, 0), (None, -1), (3, 1)),
    "one_hot": fixed((3,), (5, 0), (5, -1, "int32"), kinds=["int32", "uint8"]),
}
# What takes no tensor, or is for values only.
WITHOUT_SYMBOLIC = {
    *("convert_to_numpy", "convert_to_tensor", "is_tensor", "shape"),
    *("cond", "scan", "while_loop"),
}
# Ops for which an unknown first size does not matter: they cut or join along it, or say it.
FIXED_SIZES = {"unstack", "conv"}


RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
Y = RNG.normal(size=(3, 1)).astype("float32")
P = RNG.uniform(0.1, 0.9, (2, 3, 4)).astype("float32")
J = RNG.integers(-3, 4, (2, 3, 4)).astype("int32")
N = RNG.integers(1, 5, (3, 4)).astype("int32")
B = X > 0
SPECIAL = np.array([0.0, -0.0, 1e30, -1e30, np.inf, -np.inf, np.nan, 1e-30], "float32")
IMAGE = RNG.normal(size=(2, 6, 7, 4)).astype("float32")
FIRST = np.moveaxis(IMAGE, -1, 1)
KERNEL = RNG.normal(size=(3, 2, 4, 6)).astype("float32")
THIN = RNG.normal(size=(3, 2, 2, 6)).astype("float32")
VECTOR = RNG.uniform(0.5, 1.5, 4).astype("float32")
ONE_HOT = np.eye(4, dtype="float32")[RNG.integers(0, 4, (2, 3))]
LABELS = RNG.integers(0, 4, (2, 3)).astype("int32")


UNARY = words(
    "abs absolute ceil cos exp expm1 floor isfinite isinf isnan logical_not negative "
    "sign sin square tanh elu gelu hard_sigmoid leaky_relu "
    "log_sigmoid relu relu6 selu sigmoid silu softplus softsign "
    "erf stop_gradient"
)
BINARY = words(
    "add subtract multiply divide true_divide divide_no_nan maximum minimum equal "
    "not_equal less less_equal greater greater_equal logical_and logical_or "
    "logical_xor"
)
REDUCE = words("sum mean var std prod max min any all")
INITIAL = [case(X, axis=1, initial=0.5), case(J, initial=2), case(X[:, :0], axis=1, initial=3.0)]
INITIAL += [case(X[:, :0], axis=(1, 2), keepdims=True, initial=3.0)]
AXES = [case(X), case(X, axis=1), case(X, axis=(0, -1), keepdims=True), case(J), case(B, axis=0)]

CASES: dict[str, list] = {
    **{name: [case(X), case(J), case(SPECIAL)] for name in UNARY},
    # Keras refuses integers here, against its own documentation.
    **{key: [case(X), case(SPECIAL)] for key in ("sigmoid", "silu", "erf")},
    **{name: [case(X, Y), case(J, N), case(X, N), case(X, 2), case(1.5, J)] for name in BINARY},
    **{key: [case(P), case(N), case(SPECIAL[:5])] for key in ("log", "log1p", "sqrt")},
    "rsqrt": [case(P), case(SPECIAL[:5])],
    **{key: [case(X, Y), case(J, N), case(X, 2), case(7, N)] for key in ("mod", "floor_divide")},
    **dict.fromkeys(REDUCE, AXES),
    **{key: [*AXES, *INITIAL] for key in ("max", "min")},
    "prod": [*AXES, case(J, axis=0, dtype="float32"), case(X, dtype="float16")],
    "power": [case(P, Y), case(X, 2), case(N, 2), case(2, X)],
    "clip": [
        case(X, -0.5, 0.5),
        case(J, -1, 2),
        case(J, -0.5, 1.5),
        case(X, None, 0.5),
        case(J, 0, None),
    ],
    "where": [case(B, X, 0.0), case(B, X, J), case(J, 1, 2), case(B), case(J)],
    "cast": [case(X, "int32"), case(J, "float16"), case(X, "bool"), case(X, "bfloat16")],
    "logsumexp": [case(X), case(X, axis=-1, keepdims=True), case(X, axis=(0, 1))],
    "count_nonzero": [case(J), case(J, axis=1)],
    **{
        key: [case(X), case(J, axis=1), case(X, axis=-1, keepdims=True)]
        for key in ("argmax", "argmin")
    },
    **{key: [case(X), case(X, axis=0), case(X, axis=None)] for key in ("argsort", "sort")},
    "cumsum": [case(X), case(J, axis=1), case(B, axis=-1), case(J, axis=0, dtype="float32")],
    **{key: [case(X), case(X, axis=0), case(100 * X)] for key in ("softmax", "log_softmax")},
    "normalize": [
        case(X),
        case(X, axis=1),
        case(X, axis=(0, 1)),  # of other orders Keras takes a matrix norm here
        case(X, order=3),
        case(X, 1, 4, epsilon=10.0),
        case(np.array([[3.0, 0.0, 0.0], [1e-9, 0.0, 1e-9]], "float32"), order=1),
        case(X.astype("float16")),
    ],
    "moments": [
        case(X, axes=[0, 1]),
        case(X, axes=[2], keepdims=True),
        case(J, axes=[0], synchronized=False),
        case(X.astype("float16"), axes=[0, 2]),
    ],
    "conv": [
        case(IMAGE, KERNEL),
        case(IMAGE, KERNEL, strides=2, padding="same"),
        case(IMAGE, KERNEL, dilation_rate=2),
        case(IMAGE, THIN, padding="same"),
        case(FIRST, KERNEL, strides=(2, 1), data_format="channels_first"),
        case(IMAGE, KERNEL, strides=2, dilation_rate=(2, 1), padding="same"),
        case(IMAGE[0], KERNEL[0], padding="same", strides=3),
        case(IMAGE[:, None], KERNEL[None], padding="same"),
        case(IMAGE.astype("float16"), KERNEL.astype("float16")),
    ],
    **{
        key: [
            case(IMAGE, 2, strides=2),
            case(IMAGE, (2, 3), strides=1, padding="same"),
            case(FIRST, 3, (1, 2), data_format="channels_first"),
            case(IMAGE[0], 3, 2, padding="same"),
            case(IMAGE[:, None], (1, 2, 2), (1, 2, 1)),
            case(IMAGE.astype("float16"), 2, 2),
        ]
        for key in ("max_pool", "average_pool")
    },
    "batch_normalization": [
        case(X, VECTOR, VECTOR, axis=-1),
        case(X, VECTOR, VECTOR, axis=-1, offset=VECTOR, scale=VECTOR, epsilon=0.1),
        case(X, VECTOR[:3], VECTOR[:3], axis=1),
        case(X.astype("float16"), VECTOR, VECTOR, axis=-1),
    ],
    "binary_crossentropy": [case(P, P), case(ONE_HOT, X, from_logits=True), case(ONE_HOT, ONE_HOT)],
    "categorical_crossentropy": [
        case(ONE_HOT, P),
        case(ONE_HOT, X, from_logits=True),
        case(ONE_HOT, ONE_HOT),
        case(ONE_HOT.swapaxes(1, 2), X.swapaxes(1, 2), from_logits=True, axis=1),
    ],
    "sparse_categorical_crossentropy": [
        case(LABELS, P),
        case(LABELS, X, from_logits=True),
        case(LABELS[..., None], ONE_HOT),
    ],
    "unstack": [case(X), case(X, axis=-1)],
    "one_hot": [case(J, 3), case(LABELS, 4, axis=0), case(LABELS, 4, dtype="int32")],
    "convert_to_tensor": [
        case(X),
        case(2.5),
        case(3),
        case([1, 2]),
        case([1.0, 2]),
        case(J, "float16"),
    ],
}
# Not in `keras.ops`, or not compared by value.
WITHOUT_ORACLE = WITHOUT_SYMBOLIC - set(CASES)
PAIRS = {*BINARY, "mod", "floor_divide", "power"}
ALONE = {*UNARY, *REDUCE, "log", "log1p", "sqrt", "rsqrt", "argmax", "argmin", "argsort", "sort"}
ALONE |= {"cumsum", "softmax", "log_softmax", "count_nonzero", "logsumexp"}
# Flat, or with steps, somewhere in their cases.
NOT_SMOOTH = set(words("ceil floor sign abs absolute relu relu6 leaky_relu mod floor_divide"))
NOT_SMOOTH |= {"log", "log1p", "sqrt", "rsqrt", "stop_gradient", "divide_no_nan"}
