"""Native versions of ops: few nodes for what would be many. On values they are compositions of NumPy's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.engine.onnx.value import Value, in_graph, node

_LOWEST = -1e38  # finite: a row without any key takes the mean


def _softmax(x: Any, axis: Any = -1) -> Any:
    if isinstance(x, Value) and isinstance(axis, int):
        return _one_softmax(x, axis)
    e, axis = engine(), tuple(axis) if isinstance(axis, list) else axis
    scaled = e.exp(e.subtract(x, e.max(x, axis=axis, keepdims=True)))
    return e.divide(scaled, e.sum(scaled, axis=axis, keepdims=True))


_one_softmax = in_graph(lambda x, axis: node("Softmax", x, axis=axis), like="negative")


def _layer_norm(x: Any, sizes: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    if isinstance(x, Value) and x.dtype == np.float32:
        return _one_layer_norm(x, sizes, gamma, beta, epsilon)
    e, axes = engine(), tuple(range(-len(sizes), 0))
    centered = e.subtract(x, e.mean(x, axis=axes, keepdims=True))
    variance = e.mean(e.square(centered), axis=axes, keepdims=True)
    y = e.multiply(centered, e.rsqrt(e.add(variance, epsilon)))
    y = y if gamma is None else e.multiply(y, gamma)
    return y if beta is None else e.add(y, beta)


def _layer_norm_node(x: Any, sizes: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    gamma = np.ones(sizes, np.float32) if gamma is None else gamma
    return node("LayerNormalization", x, gamma, beta, axis=-len(sizes), epsilon=epsilon)


_one_layer_norm = in_graph(_layer_norm_node, like="negative")


def _affine(x: Any, kernel: Any, bias: Any, axes: int) -> Any:
    e, rows, columns = engine(), e_shape(x)[: x.ndim - axes], kernel.shape[axes:]
    depth = math.prod(kernel.shape[:axes])
    x = x if axes == 1 else e.reshape(x, (*rows, depth))
    y = e.matmul(x, e.reshape(kernel, (depth, math.prod(columns))))
    y = y if len(columns) == 1 else e.reshape(y, (*rows, *columns))
    return y if bias is None else e.add(y, bias)


def _attend(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float = 1.0,
    is_causal: bool = False,
) -> Any:
    e = engine()
    batch, queries, heads, size = query.shape
    _, keys, groups, depth = value.shape
    scores = e.matmul(
        e.transpose(e.multiply(query, scale), (0, 2, 1, 3)), _of_heads(key, heads, (0, 2, 3, 1))
    )
    if bias is not None:
        scores = e.add(scores, bias)
    past = np.tri(queries, keys, dtype=bool) if is_causal else None
    for seen in (mask, past):
        scores = scores if seen is None else e.where(seen, scores, _LOWEST)
    weighted = e.matmul(_softmax(scores), _of_heads(value, heads, (0, 2, 1, 3)))
    return e.transpose(weighted, (0, 2, 1, 3))
