"""A training loop in plain JAX and Optax."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.by_hand.loop import Weights, batches


class JaxLoop:
    """`apply(weights, moving, x, training)` gives outputs and new moving statistics.

    Each step is one program; with `is_scanned` all steps of an epoch are.
    """

    def __init__(
        self,
        apply: Callable,
        weights: Weights,
        moving: Weights | None = None,
        *,
        loss: str = "cross_entropy",
        optimizer: str = "adam",
        is_scanned: bool = False,
    ) -> None:
        self.apply, self.is_scanned = apply, is_scanned
        self.loss = {"cross_entropy": cross_entropy, "mse": mse}[loss]
        self.optimizer = {"adam": optax.adam, "rmsprop": optax.rmsprop, "sgd": optax.sgd}[
            optimizer
        ](1e-3)
        trained, moving = jax.device_put((weights, moving or {}))
        self.state = trained, moving, self.optimizer.init(trained)
        self.one_step = jax.jit(self.step, donate_argnums=0)
        self.gathered = jax.jit(self.step_of, donate_argnums=0)
        self.epoch = jax.jit(self.scan, donate_argnums=0)
        self.forward = jax.jit(lambda w, m, x: apply(w, m, x, False)[0])
        self.measured = jax.jit(lambda w, m, x, y: self.loss(apply(w, m, x, False)[0], y))

    def step(self, state: Any, x: Any, y: Any) -> tuple[Any, Any]:
        weights, moving, slots = state

        def objective(weights: Any) -> tuple[Any, Any]:
            outputs, new = self.apply(weights, moving, x, True)
            return self.loss(outputs, y), new

        (loss, moving), grads = jax.value_and_grad(objective, has_aux=True)(weights)
        updates, slots = self.optimizer.update(grads, slots)
        return (optax.apply_updates(weights, updates), moving, slots), loss

    def step_of(self, state: Any, x: Any, y: Any, indices: Any) -> tuple[Any, Any]:
        return self.step(state, x[indices], y[indices])

    def scan(self, state: Any, x: Any, y: Any, order: Any) -> tuple[Any, Any]:
        return jax.lax.scan(lambda s, indices: self.step_of(s, x, y, indices), state, order)

    def place(self, x: np.ndarray, y: np.ndarray) -> Any:
        return jax.device_put((x, y))

    def train(self, placed: Any, order: np.ndarray, batch: int) -> None:
        whole = len(order) // batch * batch if self.is_scanned else 0
        if whole:
            self.state, losses = self.epoch(self.state, *placed, order[:whole].reshape(-1, batch))
        for indices in batches(order[whole:], batch):
            self.state, losses = self.gathered(self.state, *placed, indices)
        jax.block_until_ready((self.state, losses))

    def train_on_batch(self, x: np.ndarray, y: np.ndarray) -> float:
        self.state, loss = self.one_step(self.state, x, y)
        return float(loss)

    def evaluate(self, x: np.ndarray, y: np.ndarray) -> float:
        return float(self.measured(*self.state[:2], x, y))

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.forward(*self.state[:2], x))

    native = staticmethod(functools.partial(jax.device_put))

    def call(self, x: Any) -> Any:
        return jax.block_until_ready(self.forward(*self.state[:2], x))


def cross_entropy(logits: Any, y: Any) -> Any:
    """The mean over all labels."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def mse(outputs: Any, y: Any) -> Any:
    return jnp.mean((outputs - y) ** 2)
