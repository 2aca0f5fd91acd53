"""Metrics that add up several numbers."""

from collections.abc import Iterable, Sequence
from typing import Any

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.metrics.metric import Metric


class Tally(Metric):
    """A metric that adds up numbers, each in a variable that is an attribute of its name.

    Attributes:
        attributes: their names.
        names: of the variables in files, where they differ.
    """

    attributes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def start(self, shape: Sequence[int]) -> None:
        """Make the variables, each of `shape`."""
        for attribute, name in zip(self.attributes, self.names or self.attributes, strict=True):
            setattr(self, attribute, self.add_variable(shape, "zeros", name=name))

    def start_with(self, shape: tuple[int, ...], columns: str, apart: bool = True) -> None:
        """Make the variables with the first batch: a number per column, or one if not `apart`.

        Args:
            shape: of the predictions.
            columns: what they are called in messages.

        Raises:
            ValueError: `shape` is not `(batch, columns)`, or earlier batches had other columns.
        """
        kind = type(self).__name__
        if len(shape) != 2:
            raise ValueError(
                f"{kind}: predictions must have shape (batch, {columns}), not {shape}."
            )
        own = shape[1:] if apart else ()
        if not self.counted:
            self.start(own)
        elif self.counted[0].shape != own:
            before = self.counted[0].shape[0]
            raise ValueError(
                f"{kind}: predictions had {before} {columns} before, and {shape[1]} now."
            )

    @property
    def counted(self) -> list[Variable]:
        """The variables, in order; none before the first batch if that decides their shape."""
        return [getattr(self, name) for name in self.attributes if name in vars(self)]

    def add(self, numbers: Iterable[Any]) -> None:
        """Add one number, or tensor of numbers, to each variable."""
        for variable, number in zip(self.counted, numbers, strict=True):
            variable.assign(engine().add(variable.value, number))

    def sums(self) -> list[Any]:
        """The numbers so far, native tensors."""
        return [variable.value for variable in self.counted]
