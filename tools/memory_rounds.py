"""Megabytes that stay of a model that was built, trained and dropped, again and again.

    python -m tools.memory_rounds ENGINE [--rounds 61]
    python -m tools.memory_rounds jax --alone      a step of the same network in plain JAX

The first ten rounds do not count: they import, and fill what is kept once. What a library keeps of each
program that it compiled is in the figure, too; `--alone` shows how much that is on JAX.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

X, Y = np.random.default_rng(0).random((2, 101, 8), "float32")
FIRST = 10  # rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine")
    parser.add_argument("--rounds", type=int, default=61)
    parser.add_argument("--alone", action="store_true")
    chosen = parser.parse_args()
    os.environ["LAMINA_BACKEND"] = chosen.engine
    sizes = grown(alone if chosen.alone else of_lamina, chosen.rounds)
    each = (sizes[-1] - sizes[FIRST - 1]) / (chosen.rounds - FIRST)
    steps = [round(size - sizes[FIRST - 1], 1) for size in sizes[FIRST - 1 :: 10]]
    print(f"{each:.2f} MB a round; since round {FIRST}, every tenth: {steps}")


def grown(round_: Callable[[], object], rounds: int) -> list[float]:
    """Return the resident megabytes after each round."""
    sizes = []
    for _ in range(rounds):
        round_()
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    return sizes


def of_lamina() -> None:
    import lamina
    from lamina import layers

    model = lamina.Sequential(
        [layers.Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    model.fit(X, Y[:, :1], verbose=0)


def alone() -> None:
    import jax
    import jax.numpy as jnp

    def loss(weights, x, y):
        hidden = jnp.maximum(x @ weights[0] + weights[1], 0)
        return jnp.mean((hidden @ weights[2] + weights[3] - y) ** 2)

    @jax.jit
    def step(weights, x, y):
        value, slopes = jax.value_and_grad(loss)(weights, x, y)
        return [w - 0.01 * slope for w, slope in zip(weights, slopes, strict=True)], value

    weights = [jnp.zeros(shape) for shape in ((8, 16), (16,), (16, 1), (1,))]
    for rows in (slice(32), slice(32, 64), slice(64, 96), slice(96, 101)):
        weights, value = step(weights, X[rows], Y[rows, :1])
    float(value)


if __name__ == "__main__":
    main()
