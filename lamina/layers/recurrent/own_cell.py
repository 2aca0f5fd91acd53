"""`OwnCell`: an `RNN` that makes its cell from its own arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lamina.core.constructors import parameters
from lamina.core.naming import to_snake_case
from lamina.layers.input_spec import InputSpec
from lamina.layers.recurrent.rnn import RNN
from lamina.layers.signatures import facts_of


class OwnCell(RNN):
    """Abstract: `RNN` over a cell that is made from this layer's arguments, and keeps them."""

    cell_class: ClassVar[type]  # its constructor takes some of the arguments
    rank = 0  # axes of space

    def __take__(self, defining: type, given: dict[str, Any], options: dict[str, Any]) -> None:
        """Make the cell, and hand on to `RNN` what is not the cell's."""
        if "use_cudnn" in given and given["use_cudnn"] not in ("auto", True, False):
            raise ValueError(
                f"{type(self).__name__}: `use_cudnn` must be 'auto', True or False, not {given['use_cudnn']!r}."
            )
        options.pop("implementation", None)  # of Keras 2: which of two equal ways computes
        given = {"rank": self.rank, **given}
        cell = self.cell_class(
            **{name: given[name] for name in parameters(self.cell_class) if name in given},
            dtype=options.get("dtype"),
            trainable=options.get("trainable", True),
            name=to_snake_case(self.cell_class.__name__),
        )
        own = {name: given[name] for name in parameters(RNN) if name in given}
        RNN.__init__(self, cell, **own, **options)
        self.input_spec = InputSpec(ndim=3 + self.rank, meaning="(batch, time, ...)")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments; the cell's are read from it."""
        config = super().get_config()
        config.pop("use_cudnn", None)
        return {
            **config,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }

    if not TYPE_CHECKING:  # else a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            # The cell keeps the arguments; `layer.units` and the like are read from there.
            cell = vars(self).get("cell")
            if cell is not None and name in facts_of(type(self)).constructor.parameters:
                return getattr(cell, name)
            return super().__getattr__(name)
