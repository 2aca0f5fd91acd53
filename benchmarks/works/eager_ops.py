"""One op on small arrays: `ops.add` of 8 numbers, `matmul` and `softmax` of 32 x 32."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

import numpy as np

_ROUNDS, _CALLS = 10, 200
_SHAPES = {"add": ((8,), (8,)), "matmul": ((32, 32), (32, 32)), "softmax": ((32, 32),)}


class Ops:
    """Each op is a measure: seconds of one call, the best of many short runs."""

    def __init__(self, calls: dict[str, Callable], native: Callable) -> None:
        self.calls, self.native = calls, native

    def add(self) -> float:
        return self.seconds("add")

    def matmul(self) -> float:
        return self.seconds("matmul")

    def softmax(self) -> float:
        return self.seconds("softmax")

    def seconds(self, name: str) -> float:
        rng = np.random.default_rng(0)
        inputs = [self.native(rng.random(shape, dtype="float32")) for shape in _SHAPES[name]]
        call = self.calls[name]
        times = timeit.repeat(lambda: call(*inputs), number=_CALLS, repeat=_ROUNDS)
        return min(times) / _CALLS


def side(library: str, engine: str) -> Ops:
    """The ops of lamina, or the engine's own."""
    if library == "hand":
        return Ops(*_own(engine))
    from benchmarks.side import import_library

    ops = import_library(library, engine).ops
    return Ops({name: getattr(ops, name) for name in _SHAPES}, ops.convert_to_tensor)


def _own(engine: str) -> tuple[dict[str, Callable], Callable[[np.ndarray], Any]]:
    if engine == "jax":
        import jax

        calls = {"add": jax.numpy.add, "matmul": jax.numpy.matmul, "softmax": jax.nn.softmax}
        return calls, jax.numpy.asarray
    if engine == "torch":
        import torch

        softmax = lambda x: torch.softmax(x, -1)  # noqa: E731 beside the two others
        return {"add": torch.add, "matmul": torch.matmul, "softmax": softmax}, torch.from_numpy
    if engine == "tensorflow":
        import tensorflow as tf

        return {"add": tf.add, "matmul": tf.matmul, "softmax": tf.nn.softmax}, tf.constant

    def plain(x: np.ndarray) -> np.ndarray:
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return {"add": np.add, "matmul": np.matmul, "softmax": plain}, np.asarray
