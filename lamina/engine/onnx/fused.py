"""Ops and layers' kernels as few nodes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.engine.onnx.value import Value, in_graph, node

_LOWEST = -1e38  # finite: a row that sees no key takes the mean
_one_softmax = in_graph("negative", lambda x: node("Softmax", x, axis=-1))


def _softmax(x: Any, axis: Any = -1) -> Any:
    e = engine()
    if axis == -1 and isinstance(x, Value):
        return _one_softmax(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    scaled = e.exp(e.subtract(x, e.max(x, axis=axis, keepdims=True)))
    return e.divide(scaled, e.sum(scaled, axis=axis, keepdims=True))


def _layer_norm(x: Any, sizes: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    def emit(x: Any) -> Any:
        weights = [np.ones(sizes, np.float32) if gamma is None else gamma]
        weights += (
            [] if beta is None else [beta]
        )  # left out: ONNX Runtime does not bear an empty name
        weights = [engine().cast(w, "float32") for w in weights]
        return node("LayerNormalization", x, *weights, axis=-len(sizes), epsilon=epsilon)

    return in_graph("negative", emit)(x)


def _affine(x: Any, kernel: Any, bias: Any, axes: int) -> Any:
    e, rows = engine(), x.shape[: x.ndim - axes]
    depth, columns = math.prod(kernel.shape[:axes]), kernel.shape[axes:]
    x = x if axes == 1 else e.reshape(x, (*rows, depth))
    y = e.matmul(x, e.reshape(kernel, (depth, math.prod(columns))))
    y = y if bias is None else e.add(y, e.reshape(bias, (-1,)))
    return y if len(columns) == 1 else e.reshape(y, (*rows, *columns))


def _attend(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float = 1.0,
    is_causal: bool = False,
) -> Any:
    e, dtype = engine(), query.dtype.name
    wide = dtype if dtype == "float64" else "float32"
    (batch, queries, heads, size), (_, keys, groups, depth) = query.shape, value.shape
    query = e.transpose(e.cast(query, wide), (0, 2, 1, 3))
    key, value = (
        e.transpose(e.cast(key, wide), (0, 2, 3, 1)),
        e.transpose(e.cast(value, wide), (0, 2, 1, 3)),
    )
    if heads != groups:  # each head of the keys serves neighbouring ones of the queries
        query = e.reshape(query, (batch, groups, heads // groups, queries, size))
        key, value = (e.reshape(x, (*x.shape[:2], 1, *x.shape[2:])) for x in (key, value))
    scores = e.reshape(e.multiply(e.matmul(query, key), scale), (batch, heads, queries, keys))
    if bias is not None:
        scores = e.add(scores, e.cast(bias, wide))
    for seen in (mask, np.tri(queries, keys, dtype=bool) if is_causal else None):
        scores = scores if seen is None else e.where(seen, scores, _LOWEST)
    weights = _softmax(scores)
    if heads != groups:
        weights = e.reshape(weights, (batch, groups, heads // groups, queries, keys))
    result = e.reshape(e.matmul(weights, value), (batch, heads, queries, depth))
    return e.cast(e.transpose(result, (0, 2, 1, 3)), dtype)


overrides = {"softmax": _softmax, "layer_norm": _layer_norm, "affine": _affine, "attend": _attend}
