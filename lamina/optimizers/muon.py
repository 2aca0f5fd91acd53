"""Muon."""

import math
import re
from collections.abc import Sequence
from typing import Any, Unpack

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.adam import adam_step
from lamina.optimizers.arguments import Rest
from lamina.optimizers.optimizer import Optimizer, Update


class Muon(Optimizer):
    """Momentum made orthogonal for matrices of hidden layers; AdamW for everything else.

        momentum = momentum * kept + gradient
        direction = gradient + kept * momentum           (with `nesterov`, else the momentum)
        value -= rate * rms_rate * sqrt(max(rows, columns)) * orthogonal(direction)

    `orthogonal` brings all singular values near 1, by `ns_steps` of the iteration
    `X = a * X + (b * A + c * A²) * X`, `A = X Xᵀ`. Variables with other than 2 axes, embeddings and
    `exclude_layers` are updated by Adam.

    Args:
        learning_rate: length of a step.
        adam_beta_1, adam_beta_2, epsilon: of Adam.
        adam_weight_decay: weight decay of the variables that Adam updates.
        weight_decay: weight decay of the others.
        exclude_layers: patterns of paths that Adam updates.
        exclude_embeddings: let Adam update variables with "embedding" in their path.
        muon_a, muon_b, muon_c: coefficients of the iteration.
        adam_lr_ratio: factor of Adam's learning rate.
        momentum: share of the momentum that is kept.
        ns_steps: number of iterations.
        nesterov: look ahead.
        rms_rate: root mean square of a step per unit of rate; Adam's has about 0.2. `None`: no factor.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Muon(0.1, adam_weight_decay=0.0).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers"; Liu et al. 2025, "Muon is
    scalable for LLM training", for `rms_rate`.
    """

    elementwise = False

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *common: Any,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **options: Unpack[Rest],
    ):
        super().__init__(learning_rate, weight_decay, *common, **options)
        self.adam_beta_1, self.adam_beta_2, self.epsilon = adam_beta_1, adam_beta_2, epsilon
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.ns_steps, self.nesterov = momentum, ns_steps, nesterov
        self.rms_rate = rms_rate

    def _by_adam(self, variable: Variable) -> bool:
        path = variable.path
        return (
            len(variable.shape) != 2
            or (self.exclude_embeddings and "embedding" in path.lower())
            or any(re.search(pattern, path) for pattern in self.exclude_layers)
        )

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the momentum, and Adam's velocity where Adam is used."""
        return [("momentum", "velocity")]

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """Make a velocity only for Adam."""
        if name == "velocity" and not self._by_adam(variable):
            return None
        return super().make_slot(name, variable)

    def decay_of(self, variable: Variable) -> float | None:
        """Return the weight decay, which is another for the variables that Adam updates."""
        return self.adam_weight_decay if self._by_adam(variable) else self.weight_decay

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class; a variable with a velocity is updated by Adam."""
        if "velocity" in slots:
            adam = self.adam_beta_1, self.adam_beta_2, self.epsilon
            return adam_step(gradient, value, rate * self.adam_lr_ratio, count, *adam, **slots)
        momentum = self.momentum * slots["momentum"] + gradient
        direction = gradient + self.momentum * momentum if self.nesterov else momentum
        move = self.lr_adjust(self._orthogonal(direction))
        return value - rate * move, {"momentum": momentum}

    def lr_adjust(self, x: Any) -> Any:
        """Return a native matrix times `rms_rate * sqrt(max(rows, columns))`, with `rms_rate`."""
        if self.rms_rate is None:
            return x
        return x * (self.rms_rate * math.sqrt(max(engine().shape(x))))

    def _orthogonal(self, x: Any) -> Any:
        """Return a matrix with the singular vectors of `x` and singular values near 1."""
        e = engine()
        rows, columns = e.shape(x)
        if rows > columns:  # the smaller product
            return e.transpose(self._orthogonal(e.transpose(x, (1, 0))), (1, 0))
        x = x / (e.sqrt(e.sum(e.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            square = e.matmul(x, e.transpose(x, (1, 0)))
            mix = self.muon_b * square + self.muon_c * e.matmul(square, square)
            x = self.muon_a * x + e.matmul(mix, x)
        return x
