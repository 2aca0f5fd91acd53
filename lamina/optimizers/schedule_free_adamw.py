"""ScheduleFreeAdamW."""

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.arguments import UP_TO_1_ABOVE_0, Common
from lamina.optimizers.gradients import rounded, running_mean
from lamina.optimizers.optimizer import Optimizer, Update


class ScheduleFreeAdamW(Optimizer):
    """Adam whose weights lie between the newest point and the mean of all points: no schedule needed.

        velocity = beta_2 * velocity + (1 - beta_2) * gradient²
        mean = (value - (1 - beta_1) * point) / beta_1
        point -= rate * min(1, count / warmup_steps) * gradient / (sqrt(velocity / (1 - beta_2^count)) + epsilon)
        mean += (point - mean) / count
        value = beta_1 * mean + (1 - beta_1) * point

    Gradients are taken at `value`, which is what the variable holds.

    Args:
        learning_rate: length of a step.
        beta_1: how far the weights are from the newest point, in (0, 1].
        beta_2: share of the running mean square that is kept.
        epsilon: added to the root.
        warmup_steps: so many steps grow linearly to the learning rate.
        common, options: see `Optimizer`.

    Raises:
        ValueError: `beta_1` is out of range.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.ScheduleFreeAdamW(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Defazio et al. 2024, "The road less scheduled", algorithm 1, with equal weights.
    """

    own_ranges: ClassVar = {"beta_1": UP_TO_1_ABOVE_0}

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.warmup_steps = warmup_steps

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the newest point (Keras calls it momentum) and the running mean square."""
        return [("momentum", "velocity")]

    def make_slot(self, name: str, variable: Variable) -> Variable:
        """Let the newest point start at the variable."""
        slot = self.add_variable_from_reference(variable, name)
        if name == "momentum":
            slot.assign(variable.value)
        return slot

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e, point, beta_2 = engine(), slots["momentum"], rounded(self.beta_2)
        if self.warmup_steps:
            rate = rate * e.minimum(count / self.warmup_steps, 1.0)
        velocity = running_mean(slots["velocity"], e.square(gradient), beta_2)
        root = e.sqrt(velocity / (1 - beta_2**count))
        mean = (value - (1 - self.beta_1) * point) / self.beta_1
        point = point - rate * gradient / (root + self.epsilon)
        mean = mean + (point - mean) / count
        after = {"momentum": point, "velocity": velocity}
        return self.beta_1 * mean + (1 - self.beta_1) * point, after
