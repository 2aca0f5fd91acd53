"""A training loop in plain PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.by_hand.loop import batches


class TorchLoop:
    """A `torch.nn.Module` with an optimizer of `torch.optim`."""

    def __init__(
        self,
        module: torch.nn.Module,
        *,
        loss: str = "cross_entropy",
        optimizer: str = "Adam",
    ) -> None:
        self.device = device = "cuda" if torch.cuda.is_available() else "cpu"
        self.module = module.to(device)
        self.loss = {"cross_entropy": cross_entropy, "mse": functional.mse_loss}[loss]
        self.optimizer = getattr(torch.optim, optimizer)(self.module.parameters(), 1e-3)

    def place(self, x: np.ndarray, y: np.ndarray) -> Any:
        return torch.from_numpy(x).to(self.device), torch.from_numpy(y).to(self.device)

    def train(self, placed: Any, order: np.ndarray, batch: int) -> None:
        x, y = placed
        for indices in batches(order, batch):
            chosen = torch.from_numpy(indices).to(self.device)
            self.step(x[chosen], y[chosen])
        if self.device != "cpu":
            torch.cuda.synchronize()

    def step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        self.module.train()
        self.optimizer.zero_grad()
        loss = self.loss(self.module(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def train_on_batch(self, x: np.ndarray, y: np.ndarray) -> float:
        return self.step(*self.place(x, y)).item()

    @torch.no_grad()
    def evaluate(self, x: np.ndarray, y: np.ndarray) -> float:
        self.module.eval()
        x, y = self.place(x, y)
        return self.loss(self.module(x), y).item()

    @torch.no_grad()
    def predict(self, x: np.ndarray) -> np.ndarray:
        self.module.eval()
        return self.module(self.native(x)).cpu().numpy()

    def native(self, x: np.ndarray) -> Any:
        return torch.from_numpy(x).to(self.device)

    def call(self, x: Any) -> Any:
        return self.module(x)


def cross_entropy(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean over all labels."""
    return functional.cross_entropy(logits.flatten(0, -2), y.flatten().long())
