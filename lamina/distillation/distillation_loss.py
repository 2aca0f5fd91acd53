"""`DistillationLoss`: how far a student is from its teacher."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import losses, ops
from lamina.core import registry, tree


class DistillationLoss:
    """The base of all; write `compute_loss` in a class of your own.

    Attributes:
        teacher_layer_name, student_layer_name: the layers whose outputs it compares; `None` for
            the models' outputs.
    """

    teacher_layer_name: str | None = None
    student_layer_name: str | None = None

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """Return one number, the smaller the nearer the student's outputs are to the teacher's."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `compute_loss`. "
            "Write one: def compute_loss(self, teacher_outputs, student_outputs, **kwargs): ..."
        )

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """See that both outputs have one structure.

        Raises:
            ValueError: they do not.
        """
        self.compared(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """See that both models have what the loss compares.

        Raises:
            ValueError: they do not.
        """

    def compared(self, teacher_outputs: Any, student_outputs: Any) -> list[tuple[Any, Any]]:
        """Return the pairs of tensors in both outputs.

        Raises:
            ValueError: their structures differ.
        """
        paths = tree.paths(teacher_outputs)
        if paths != tree.paths(student_outputs):
            raise ValueError(
                f"{type(self).__name__}: the outputs of teacher and student have different structures: "
                f"{paths} and {tree.paths(student_outputs)}."
            )
        flat = map(tree.flatten, (teacher_outputs, student_outputs))
        return [*zip(*flat, strict=True)]


class Comparing(DistillationLoss):
    """A distillation loss that applies ordinary losses to each output.

    Args:
        loss: a name, a function or a `Loss`; or a list or dict of these, as the outputs are, in which
            `None` leaves an output out.
    """

    def __init__(self, loss: Any):
        flat = [None if x is None else losses.get(x) for x in tree.flatten(loss)]
        if not any(x is not None for x in flat):
            raise ValueError(
                f"{type(self).__name__}: `loss` must hold at least one loss, not {loss!r}."
            )
        self.loss = flat[0] if tree.paths(loss) == [()] else tree.pack_like(loss, flat)

    def summed(
        self,
        teacher_outputs: Any,
        student_outputs: Any,
        compare: Callable[[Any, Any, Any], Any],
    ) -> Any:
        """Return the sum over all outputs with a loss of the mean of `compare(loss, teacher, student)`."""
        pairs = self.compared(teacher_outputs, student_outputs)
        if tree.paths(self.loss) != tree.paths(teacher_outputs):
            raise ValueError(
                f"{type(self).__name__}: `loss` must have the structure of the outputs, {tree.paths(teacher_outputs)}, "
                f"but has {tree.paths(self.loss)}."
            )
        total: Any = None
        for loss, (teacher, student) in zip(tree.flatten(self.loss), pairs, strict=True):
            if loss is None:
                continue
            if tuple(ops.shape(teacher)) != tuple(ops.shape(student)):
                raise ValueError(
                    f"{type(self).__name__}: the teacher gives {tuple(ops.shape(teacher))} where the student gives "
                    f"{tuple(ops.shape(student))}; the shapes must be equal."
                )
            value = ops.mean(compare(loss, teacher, student))
            total = value if total is None else total + value
        return total

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as data."""
        return {"loss": registry.serialize(self.loss)}

    @classmethod
    def __audit_config__(cls, walk: Any, config: dict[str, Any], where: str) -> dict[str, Any]:
        """Look at a configuration, in which `loss` may be a tree of losses."""
        rest = {name: value for name, value in config.items() if name != "loss"}
        values = walk.checked(cls, rest, where)
        if "loss" in config:
            values["loss"] = _looked_at(walk, config["loss"], f"{where}.loss")
        return values

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the loss that `get_config` (or Keras') describes."""
        return cls(**registry.deserialize(registry.arguments(cls, config)))


def _looked_at(walk: Any, x: Any, where: str) -> Any:
    if isinstance(x, list):
        return [_looked_at(walk, part, f"{where}[{i}]") for i, part in enumerate(x)]
    if isinstance(x, dict) and "class_name" not in x:
        return {name: _looked_at(walk, part, f"{where}.{name}") for name, part in x.items()}
    return walk.reference(x, where, ("losses",))
