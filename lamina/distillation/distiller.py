"""`Distiller`: a model that trains another one by the answers of a third."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import registry, tree
from lamina.core.naming import described
from lamina.core.tracebacks import warn
from lamina.distillation.distillation_loss import DistillationLoss
from lamina.metrics import Mean
from lamina.models import Model
from lamina.models.capturing import called, layer_of


class Distiller(Model):
    """Trains `student` on the labels and on what `teacher` gives, which stays as it is.

    The model is the student: calling it and `predict` give the student's outputs. `fit` minimizes
    `student_loss_weight * loss + (1 - student_loss_weight) * sum(weight_i * distillation_loss_i)`, where
    `loss` is the one of `compile`. The logs show `student_loss`, `distillation_loss` and `total_loss`.

    Args:
        teacher: a trained model; it is frozen.
        student: the model that learns.
        distillation_losses: a `DistillationLoss`, or a list of them.
        distillation_loss_weights: a number for each, 1 by default.
        student_loss_weight: the share of the loss on the labels, from 0 to 1; at 0 none is compiled.

    Raises:
        ValueError: what is given is not models or distillation losses, the inputs of the models differ, a
            layer is not there, or a weight is out of range.

    Example:
        >>> import lamina
        >>> from lamina.distillation import LogitsDistillation
        >>> def network(units):
        ...     hidden = lamina.layers.Dense(units, "relu")
        ...     return lamina.Sequential([lamina.layers.Input((4,)), hidden, lamina.layers.Dense(3)])
        >>> distiller = Distiller(network(64), network(2), LogitsDistillation(temperature=2.0))
        >>> distiller.compile("adam", lamina.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> history = distiller.fit(np.ones((8, 4)), np.arange(8) % 3, verbose=0).history
        >>> sorted(history)
        ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    __load_schema__ = {  # noqa: RUF012
        "teacher": "layers",
        "student": "layers",
        "distillation_losses": "distillation | list[distillation]",
        "distillation_loss_weights": "float | list[float] | None",
        "student_loss_weight": "float",
    }

    def __init__(
        self,
        teacher: Any,
        student: Any,
        distillation_losses: Any,
        distillation_loss_weights: Any = None,
        student_loss_weight: float = 0.5,
        name: str = "distiller",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        _check_models(teacher, student)
        self.teacher, self.student = teacher, student
        several = isinstance(distillation_losses, (list, tuple))
        self.distillation_losses = [*distillation_losses] if several else [distillation_losses]
        _check_losses(self.distillation_losses, teacher, student)
        if distillation_loss_weights is None:
            distillation_loss_weights = [1.0] * len(self.distillation_losses)
        listed = isinstance(distillation_loss_weights, (list, tuple))
        self.distillation_loss_weights = (
            [*distillation_loss_weights] if listed else [distillation_loss_weights]
        )
        if len(self.distillation_loss_weights) != len(self.distillation_losses):
            raise ValueError(
                f"There are {len(self.distillation_losses)} `distillation_losses`, but "
                f"{len(self.distillation_loss_weights)} `distillation_loss_weights`."
            )
        if not 0 <= student_loss_weight <= 1:
            raise ValueError(
                f"`student_loss_weight` must be from 0 to 1, not {student_loss_weight!r}."
            )
        self.student_loss_weight = student_loss_weight
        teacher.trainable = False
        self.student_loss_tracker = Mean(name="student_loss")
        self.distillation_loss_tracker = Mean(name="distillation_loss")
        self.total_loss_tracker = Mean(name="total_loss")

    def compile(
        self, optimizer: Any = "adam", loss: Any = None, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Say how the student learns; arguments as for any model's `compile`.

        Raises:
            ValueError: there is no loss, though the labels have a share in training.
        """
        if loss is None and self.student_loss_weight:
            raise ValueError(
                f"{described(self)}: `loss` is None, but the loss on the labels has the weight "
                f"{self.student_loss_weight}. Give one, or student_loss_weight=0."
            )
        super().compile(optimizer, loss, metrics=metrics, **kwargs)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as `get_compile_config` says. Files of Keras leave the loss out: then a warning says so."""
        if config.get("loss") is None and self.student_loss_weight:
            warn(
                f"{described(self)}: the file does not say by which loss the student learns. "
                "Call `compile` before it goes on."
            )
            return
        self.compile(**registry.deserialize(config))

    def call(self, inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Return the student's outputs."""
        if not self.teacher.built:
            self.teacher(inputs, training=False)
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the weighted sum of the loss on the labels and the distillation losses."""
        share = self.student_loss_weight
        on_labels = on_teacher = ops.zeros(())
        if share > 0:
            on_labels = super().compute_loss(x, y, y_pred, sample_weight, training)
        if share < 1:
            on_teacher = self.__distillation_loss(x, y_pred, training)
        total = share * on_labels + (1 - share) * on_teacher
        for tracker, loss in (
            (self.student_loss_tracker, on_labels),
            (self.distillation_loss_tracker, on_teacher),
            (self.total_loss_tracker, total),
        ):
            tracker.update_state(ops.stop_gradient(loss))
        return total

    def __distillation_loss(self, x: Any, y_pred: Any, training: bool) -> Any:
        of_teacher = self.__features("teacher", x, None, training=False)
        of_student = self.__features("student", x, y_pred, training=training)
        total: Any = ops.zeros(())
        pairs = zip(self.distillation_losses, self.distillation_loss_weights, strict=True)
        for loss, weight in pairs:
            teacher = of_teacher[loss.teacher_layer_name]
            student = of_student[loss.student_layer_name]
            total = total + weight * loss.compute_loss(teacher, student)
        return total

    def __features(self, role: str, x: Any, outputs: Any, training: bool) -> dict[Any, Any]:
        """Return the outputs of the layers that are compared by name; those of the model by `None`.

        Args:
            outputs: of the model, if it was called already.
        """
        model, attribute = getattr(self, role), f"{role}_layer_name"
        names = {getattr(loss, attribute) for loss in self.distillation_losses} - {None}
        if not names:
            values = {None: model(x, training=training) if outputs is None else outputs}
        else:
            layers = {name: layer_of(model, name) for name in sorted(names)}
            found, seen = called(model, x, layers, training)
            values = {None: found if outputs is None else outputs}
            values |= {name: calls[-1] for name, calls in seen.items()}
        return tree.map_structure(ops.stop_gradient, values) if role == "teacher" else values

    def get_config(self) -> dict[str, Any]:
        """Return both models, the losses and their weights as data."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype_policy}
        config |= {"teacher": self.teacher, "student": self.student}
        config |= {"distillation_losses": self.distillation_losses}
        config |= {"distillation_loss_weights": self.distillation_loss_weights}
        config |= {"student_loss_weight": self.student_loss_weight}
        return registry.serialize(config)


def _check_models(teacher: Any, student: Any) -> None:
    for role, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, Model):
            raise ValueError(f"`{role}` must be a model, not {model!r} ({type(model).__name__}).")
    shapes = []
    for model in (teacher, student):
        try:
            shapes.append(tree.map_structure(lambda x: tuple(x.shape), model.input))
        except (AttributeError, ValueError):
            return  # of a subclass that was not called yet nobody knows it
    if not _agree(*shapes):
        raise ValueError(
            f"Teacher and student must take the same inputs, but their shapes are {shapes[0]} and {shapes[1]}."
        )


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_agree(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_agree, one, other))
    return one is None or other is None or one == other


def _check_losses(losses: list[Any], teacher: Model, student: Model) -> None:
    for loss in losses:
        if not isinstance(loss, DistillationLoss):
            raise ValueError(
                f"`distillation_losses` must be a DistillationLoss, or a list of them, not {loss!r}. "
                "There are LogitsDistillation and FeatureDistillation."
            )
        loss.validate_model_compatibility(teacher, student)
