"""`FeatureDistillation`: a layer of the student gives what a layer of the teacher gives."""

from __future__ import annotations

from typing import Any

from lamina.distillation.distillation_loss import Comparing
from lamina.models.capturing import layer_of


class FeatureDistillation(Comparing):
    """Compares the outputs of two layers, one in each model, of equal shapes.

    Args:
        loss: a name, a function or a `Loss`; for layers with several outputs a list or dict of these.
        teacher_layer_name: of the teacher's layer, or its path; `None` for the model's outputs.
        student_layer_name: of the student's layer; `None` for the model's outputs.

    Raises:
        ValueError: there is no loss.

    Example:
        >>> float(FeatureDistillation("mae").compute_loss(np.ones((2, 3)), np.zeros((2, 3))))
        1.0
    """

    def __init__(
        self,
        loss: Any = "mse",
        teacher_layer_name: str | None = None,
        student_layer_name: str | None = None,
    ):
        super().__init__(loss)
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """Return the loss of the student's features, one number."""
        return self.summed(teacher_outputs, student_outputs, lambda loss, t, s: loss(t, s))

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """See that both models have the layers.

        Raises:
            ValueError: one has not.
        """
        for who, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is not None:
                try:
                    layer_of(model, name)
                except ValueError as error:
                    raise ValueError(f"FeatureDistillation, of the {who}: {error}") from None

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as data."""
        names = {
            "teacher_layer_name": self.teacher_layer_name,
            "student_layer_name": self.student_layer_name,
        }
        return {**super().get_config(), **names}
