"""LossScaleOptimizer: gradients of half precision that neither vanish nor overflow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lamina.core import registry
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.initializers.constant import Constant
from lamina.optimizers.gradients import conditionally
from lamina.optimizers.optimizer import Optimizer


class LossScaleOptimizer(Optimizer):
    """Another optimizer, with the loss multiplied by a scale that adapts itself.

    Gradients are divided by the scale again. If one of them is not finite, nothing is updated and the
    scale is halved; after `dynamic_growth_steps` good steps in a row it is doubled.

    Args:
        inner_optimizer: makes the updates.
        initial_scale: where the scale starts.
        dynamic_growth_steps: after so many good steps the scale is doubled.
        name: of the optimizer, for paths.

    Raises:
        ValueError: `inner_optimizer` is not an optimizer, or scales losses itself; an argument that belongs
            to the inner one.

    Example:
        >>> import lamina
        >>> optimizer = lamina.optimizers.LossScaleOptimizer(lamina.optimizers.SGD(0.5), 8.0)
        >>> v = lamina.Variable([1.0])
        >>> optimizer.apply([np.array([8.0], "float32")], [v])
        >>> v.numpy(), optimizer.scale_loss(2.0)
        (array([0.5], dtype=float32), 16.0)

    Source: Micikevicius et al. 2017, "Mixed precision training", section 3.2.
    """

    hands_nothing_on = True

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 32768.0,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ):
        if not isinstance(inner_optimizer, Optimizer):
            raise ValueError(
                f"LossScaleOptimizer: `inner_optimizer` must be an Optimizer, not {inner_optimizer!r}."
            )
        if inner_optimizer.loss_scale_factor is not None:
            raise ValueError(
                "LossScaleOptimizer scales the loss: its inner optimizer must not have a `loss_scale_factor`."
            )
        if misplaced := sorted(key for key, value in kwargs.items() if value not in (None, False)):
            raise ValueError(f"LossScaleOptimizer: give {misplaced} to the inner optimizer.")
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable((), Constant(initial_scale), name="dynamic_scale")

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the inner optimizer's slots."""
        self.inner_optimizer.build(variables)
        self.built = True

    @property
    def inner_optimizers(self) -> Sequence[Optimizer]:
        """The inner optimizer."""
        return (self.inner_optimizer,)

    @property
    def trained_variables(self) -> list[Variable]:
        """The variables that the inner optimizer was built for."""
        return self.inner_optimizer.trained_variables

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Variable] | None = None,
        samples: float | None = None,
    ) -> None:
        """Update by scaled gradients, if all of them are finite."""
        e, inner = engine(), self.inner_optimizer
        grads, variables = inner.paired(grads, trainable_variables)
        self.ensure_built(variables)
        scale = self.dynamic_scale.value
        wrong = [e.any(e.logical_not(e.isfinite(g))) for g in grads]
        finite = e.logical_not(e.any(e.stack(wrong, 0)))

        def good() -> None:
            inner.apply([g / e.cast(scale, e.dtype(g)) for g in grads], variables, samples)
            grown = e.equal(self.step_counter.value, self.dynamic_growth_steps - 1)
            self.step_counter.assign(e.where(grown, 0, self.step_counter.value + 1))
            doubled = scale * 2
            self.dynamic_scale.assign(
                e.where(e.logical_and(grown, e.isfinite(doubled)), doubled, scale)
            )

        def bad() -> None:
            self.step_counter.assign(self.step_counter.value * 0)
            self.dynamic_scale.assign(scale / 2)

        conditionally(finite, good, bad, [*self.variables, *variables])

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times the scale of the moment."""
        scale = self.dynamic_scale.value
        if isinstance(loss, (int, float)):
            return float(scale) * loss
        return loss * engine().cast(scale, engine().dtype(loss))

    @property
    def iterations(self) -> Any:
        """The number of the inner optimizer's updates."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's learning rate."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def schedule(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.schedule

    @property
    def gradient_accumulation_steps(self) -> int | None:
        """The inner optimizer's."""
        inner = getattr(self, "inner_optimizer", None)
        return None if inner is None else inner.gradient_accumulation_steps

    @gradient_accumulation_steps.setter
    def gradient_accumulation_steps(self, value: int | None) -> None:
        if value is not None:  # the base's constructor sets `None`
            self.inner_optimizer.gradient_accumulation_steps = value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as data."""
        return {
            "name": self.name,
            "inner_optimizer": registry.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }
