"""Learning one small batch, to see whether the model can learn at all; then all is put back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lamina import ops
from lamina.core import autodiff, tree
from lamina.layers.weights import flatten_layers, own_weights
from lamina.preflight.finding import Finding, hint, warning
from lamina.training.as_before import as_before

SAMPLES, STEPS = 32, 100
_ENOUGH = 0.9  # the loss should fall below this share of its first value


class Overfit(NamedTuple):
    """The outcome of learning one batch.

    Attributes:
        samples, steps: how many there were.
        first, last: the loss on these samples before and after, without dropout.
        without_gradient: paths of layers whose weights got no gradient, neither before nor after.
    """

    samples: int
    steps: int
    first: float
    last: float
    without_gradient: list[str]

    def __str__(self) -> str:
        """One line."""
        return (
            f"one batch of {self.samples}: the loss went from {self.first:.4g} to {self.last:.4g} in "
            f"{self.steps} steps"
        )

    def findings(self) -> Iterator[Finding]:
        """Tell the mistakes that it shows."""
        if not np.isfinite(self.last):
            yield warning(
                "The model",
                f"diverges on {self.samples} samples: the loss is {self.last} after {self.steps} "
                "steps.",
                "More data will not help.",
                "Lower the learning rate, and look at the data's range.",
            )
        elif self.last > _ENOUGH * self.first and self.first > 0:
            yield warning(
                "The model",
                f"cannot learn {self.samples} samples: the loss went from {self.first:.4g} to "
                f"{self.last:.4g} in {self.steps} steps.",
                "A net that cannot learn one batch by heart does not learn from more data, either.",
                "Look at the loss, the learning rate, the targets and the layers without gradient.",
            )
        for path in self.without_gradient:
            yield hint(
                f"Layer {path!r}",
                "gets no gradient:",
                "its weights do not change.",
                "Are its units dead (relu of numbers below 0), or is its output not used?",
            )


def overfit(model: Any, batch: tuple[Any, Any, Any], steps: int = STEPS) -> Overfit:
    """Learn the first samples of `batch` for some steps.

    Weights, the optimizer's state, metrics and keys of random draws are afterwards as before.
    """
    x, y, weight = tree.map_structure(lambda leaf: None if leaf is None else leaf[:SAMPLES], batch)
    batch = x, y, weight
    samples = len(next(leaf for leaf in tree.flatten(x) if leaf is not None))
    with as_before(model):
        first, dead = _loss(model, batch), _without_gradient(model, batch)
        for _ in range(steps):
            model.train_on_batch(*batch)
        last = _loss(model, batch)
        if dead:
            dead &= _without_gradient(model, batch)
    paths = [layer.path for layer in flatten_layers(model) if layer.path in dead]
    return Overfit(samples, steps, first, last, paths)


def _loss(model: Any, batch: Any) -> float:
    return model.test_on_batch(*batch, return_dict=True).get("loss", np.nan)


def _without_gradient(model: Any, batch: Any) -> set[str]:
    """Paths of layers with trained weights of their own, all of whose gradients are 0."""
    x, y, weight = batch
    variables = model.trainable_variables

    def objective() -> Any:
        y_pred = model(x, training=True)
        return model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight, training=True)

    _, grads = autodiff.value_and_grad(objective, variables=variables)()
    none = {id(v) for v, g in zip(variables, grads, strict=True) if _is_zero(g)}
    trained = {id(v) for v in variables}
    own = {layer.path: {id(v) for v in own_weights(layer)} for layer in flatten_layers(model)}
    return {
        path for path, weights in own.items() if weights & trained and weights & trained <= none
    }


def _is_zero(gradient: Any) -> bool:
    return gradient is None or not np.any(ops.convert_to_numpy(gradient))
