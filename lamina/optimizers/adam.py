"""Adam."""

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.gradients import running_mean
from lamina.optimizers.optimizer import Optimizer, Update


class Adam(Optimizer):
    """Running means of the gradient and of its square, corrected for their start at zero.

        momentum = beta_1 * momentum + (1 - beta_1) * gradient
        velocity = beta_2 * velocity + (1 - beta_2) * gradient²
        step = rate * sqrt(1 - beta_2^count) / (1 - beta_1^count)
        value -= step * momentum / (sqrt(velocity) + epsilon)

    Args:
        learning_rate: length of a step.
        beta_1, beta_2: shares of the running means that are kept.
        epsilon: added to the root; it is the paper's "epsilon hat", which PyTorch adds elsewhere.
        amsgrad: divide by the largest velocity so far.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Adam(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Kingma & Ba 2014, algorithm 1 with the note at the end of section 2; Reddi et al. 2018 for `amsgrad`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the two running means, and with `amsgrad` the largest velocity."""
        return [("momentum", "velocity"), *([("velocity_hat",)] if self.amsgrad else [])]

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        constants = self.beta_1, self.beta_2, self.epsilon
        return adam_step(gradient, value, rate, count, *constants, **slots)


def adam_step(
    gradient: Any,
    value: Any,
    rate: Any,
    count: Any,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    **slots: Any,
) -> Update:
    """Compute Adam's formula, which other algorithms use, too; with a `velocity_hat`, amsgrad's."""
    e = engine()
    rate = rate * e.sqrt(1 - beta_2**count) / (1 - beta_1**count)
    if "adam" in e.overrides and "velocity_hat" not in slots:
        row = gradient, value, slots["momentum"], slots["velocity"]
        done = e.overrides["adam"](*row, rate, beta_1, beta_2, epsilon)
        if done is not None:
            return done[0], {"momentum": done[1], "velocity": done[2]}
    momentum = running_mean(slots["momentum"], gradient, beta_1)
    velocity = running_mean(slots["velocity"], e.square(gradient), beta_2)
    after = {"momentum": momentum, "velocity": velocity}
    if "velocity_hat" in slots:
        velocity = after["velocity_hat"] = e.maximum(slots["velocity_hat"], velocity)
    return value - rate * momentum / (e.sqrt(velocity) + epsilon), after
