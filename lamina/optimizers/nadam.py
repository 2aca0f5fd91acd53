"""Nadam."""

from collections.abc import Iterable, Sequence
from typing import Any

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.initializers.constant import Constant
from lamina.optimizers.gradients import rounded, running_mean
from lamina.optimizers.moments import Moments
from lamina.optimizers.optimizer import Update


class Nadam(Moments):
    """Adam with Nesterov's momentum, which grows over time.

        mu(t) = beta_1 * (1 - 0.96^t / 2),    product(t) = mu(1) * ... * mu(t)
        momentum, velocity: as in Adam
        ahead = mu(t+1) * momentum / (1 - product(t+1)) + (1 - mu(t)) * gradient / (1 - product(t))
        value -= rate * ahead / (sqrt(velocity / (1 - beta_2^t)) + epsilon)

    Args:
        learning_rate: length of a step.
        beta_1, beta_2: shares of the running means that are kept.
        epsilon: added to the root.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Nadam(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.8937], dtype=float32)

    Source: Dozat 2016, "Incorporating Nesterov momentum into Adam".
    """

    product: Any = None
    """The product of the momentums so far; `build` makes it."""

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the two running means; `build` adds the product of the momentums."""
        return [("momentum", "velocity")]

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots, and after them the product, where Keras has it."""
        super().build(variables)
        if self.product is None:
            self.product = self.add_variable((), Constant(1.0), name="product")

    def _mu(self, count: Any) -> Any:
        return rounded(self.beta_1) * (1 - 0.5 * 0.96**count)

    def begin_update(self, count: Any) -> None:
        """Multiply the product by the momentum of this update."""
        self.product.assign(self.product.value * self._mu(count))

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e, beta_2 = engine(), rounded(self.beta_2)
        momentum = running_mean(slots["momentum"], gradient, rounded(self.beta_1))
        velocity = running_mean(slots["velocity"], e.square(gradient), beta_2)
        product = e.cast(self.product.value, e.dtype(count))
        now, following = self._mu(count), self._mu(count + 1)
        ahead = momentum * (following / (1 - product * following))
        ahead = ahead + gradient * ((1 - now) / (1 - product))
        root = e.sqrt(velocity / (1 - beta_2**count))
        after = {"momentum": momentum, "velocity": velocity}
        return value - rate * ahead / (root + self.epsilon), after
