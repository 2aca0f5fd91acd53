"""What a loop written by hand has, whatever its engine."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

Weights = dict[str, np.ndarray]


class Loop(Protocol):
    """Training, evaluation and prediction of one network; arrays come from and go to NumPy.

    `train` runs one epoch over arrays that `place` has put on the device, in the order that it is given;
    it returns when all is computed.
    """

    def place(self, x: np.ndarray, y: np.ndarray) -> Any: ...
    def train(self, placed: Any, order: np.ndarray, batch: int) -> None: ...
    def train_on_batch(self, x: np.ndarray, y: np.ndarray) -> float: ...
    def evaluate(self, x: np.ndarray, y: np.ndarray) -> float: ...
    def predict(self, x: np.ndarray) -> np.ndarray: ...
    def native(self, x: np.ndarray) -> Any: ...
    def call(self, x: Any) -> Any: ...


class Drawn:
    """Weights by name, drawn once: the same numbers on every engine."""

    def __init__(self) -> None:
        self.weights: Weights = {}
        self.rng = np.random.default_rng(0)

    def kernel(self, name: str, *shape: int) -> None:
        """Normal numbers, scaled by all axes but the last."""
        scale = np.sqrt(1 / np.prod(shape[:-1]))
        self.weights[name] = (self.rng.normal(size=shape) * scale).astype("float32")

    def dense(self, name: str, inputs: int, outputs: int) -> None:
        """A kernel, and a bias of zeros."""
        self.kernel(name, inputs, outputs)
        self.zeros(f"{name}_bias", outputs)

    def zeros(self, name: str, *shape: int) -> None:
        self.weights[name] = np.zeros(shape, "float32")

    def ones(self, name: str, *shape: int) -> None:
        self.weights[name] = np.ones(shape, "float32")


def batches(order: np.ndarray, batch: int) -> list[np.ndarray]:
    """The indices of each batch; the last may be shorter."""
    return [order[i : i + batch] for i in range(0, len(order), batch)]
