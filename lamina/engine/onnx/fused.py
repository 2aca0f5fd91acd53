"""Ops and layers' kernels as few nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.engine.onnx.value import Value, in_graph, node

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


overrides = {"softmax": _softmax, "layer_norm": _layer_norm}
