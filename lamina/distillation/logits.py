"""`LogitsDistillation`: the student gives the shares that the teacher gives."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.distillation.distillation_loss import Comparing


class LogitsDistillation(Comparing):
    """Compares the logits of both models, divided by a temperature.

    A loss of distributions (`kl_divergence`, `categorical_crossentropy`) compares the shares that a softmax
    makes of them, and is multiplied by `temperature**2`, so that its gradients keep their size. Other losses
    compare the divided logits themselves.

    Keras takes the softmax for an object `losses.KLDivergence()` only; given by name, as by default, the
    divergence is computed there of the logits as they are, which is not one of distributions.

    Args:
        temperature: by which logits are divided; higher ones show more of what the teacher thinks of the
            classes that it does not choose.
        loss: a name, a function or a `Loss`; for models with several outputs a list or dict of these.

    Raises:
        ValueError: `temperature` is not a positive number, or there is no loss.

    Example:
        >>> logits = np.array([[1.0, 2.0, 4.0]], "float32")
        >>> float(LogitsDistillation(2.0).compute_loss(logits, logits + 1))
        0.0
    """

    def __init__(self, temperature: float = 3.0, loss: Any = "kl_divergence"):
        super().__init__(loss)
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
            raise ValueError(f"`temperature` must be a number, not {temperature!r}.")
        if not temperature > 0:
            raise ValueError(f"`temperature` must be positive, not {temperature!r}.")
        self.temperature = temperature

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """Return the loss of the student's logits, one number; see the class."""
        return self.summed(teacher_outputs, student_outputs, self.__compared)

    def __compared(self, loss: Any, teacher: Any, student: Any) -> Any:
        takes, t = getattr(loss, "takes", None), self.temperature
        teacher, student = teacher / t, student / t
        if takes is None or takes.targets not in ("one_hot", "distributions"):
            return loss(teacher, student)
        axis = getattr(loss, "axis", -1)
        teacher = ops.softmax(teacher, axis=axis)
        if not getattr(loss, "from_logits", False):
            student = ops.softmax(student, axis=axis)
        return loss(teacher, student) * t**2

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as data."""
        return {"temperature": self.temperature, **super().get_config()}
