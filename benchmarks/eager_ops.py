"""The cost of one op on small arrays: lamina's beside the engine's own call, in turns, best of many.

Prints a row of RESULTS.md for each op: `python -m benchmarks.eager_ops ENGINE`. The best of many
short runs is what the code costs; everything above it is the machine's noise.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np

FACTOR, MORE = 1.3, 3.0  # asked for: at most FACTOR times the engine's own, and MORE microseconds
_ROUNDS, _CALLS = 60, 200
_INPUTS = {"add": ((8,), (8,)), "matmul": ((32, 32), (32, 32)), "softmax": ((32, 32),)}


def own(engine: str) -> dict[str, Callable]:
    """The engine's own calls."""
    if engine == "jax":
        import jax

        return {"add": jax.numpy.add, "matmul": jax.numpy.matmul, "softmax": jax.nn.softmax}
    if engine == "torch":
        import torch

        return {
            "add": torch.add,
            "matmul": torch.matmul,
            "softmax": lambda x: torch.softmax(x, -1),
        }
    if engine == "tensorflow":
        import tensorflow as tf

        return {"add": tf.add, "matmul": tf.matmul, "softmax": tf.nn.softmax}

    def softmax(x: np.ndarray) -> np.ndarray:
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return {"add": np.add, "matmul": np.matmul, "softmax": softmax}


def seconds(ours: Callable, theirs: Callable, inputs: list[Any]) -> tuple[float, float]:
    """The best times of one call of each; the two take turns, so that noise hits both."""
    best = [float("inf")] * 2
    for _ in range(_ROUNDS):
        for i, call in enumerate((ours, theirs)):
            best[i] = min(best[i], timeit.timeit(lambda call=call: call(*inputs), number=_CALLS))
    return best[0] / _CALLS, best[1] / _CALLS


def main(name: str) -> None:
    import lamina
    from lamina import ops

    lamina.config.set_backend(name)
    rng = np.random.default_rng(0)
    for op, call in own(name).items():
        arrays = [rng.random(shape, dtype="float32") for shape in _INPUTS[op]]
        inputs = [ops.convert_to_tensor(x) for x in arrays]
        ours, theirs = (1e6 * t for t in seconds(getattr(ops, op), call, inputs))
        allowed = FACTOR * theirs + MORE
        print(
            f"| `ops.{op}` | {name} | {ours:.1f} | the engine's own call {theirs:.1f} | "
            f"**{ours / theirs:.2f}** | <= {allowed:.1f} us |"
        )


if __name__ == "__main__":
    main(sys.argv[1])
