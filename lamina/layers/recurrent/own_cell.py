"""`OwnCell`: an `RNN` that makes its cell from its own arguments."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from lamina.core.naming import to_snake_case
from lamina.layers.input_spec import InputSpec
from lamina.layers.recurrent.rnn import RNN
from lamina.layers.signatures import facts_of


class OwnCell(RNN):
    """`RNN` over a cell that is made from this layer's arguments, and keeps them.

    Args:
        cell_class: class of the cell, whose constructor takes some of the arguments.
        arguments: of the subclass's constructor, by name.
    """

    axes = 3  # of the input

    def __init__(self, cell_class: type, arguments: dict[str, Any]):
        kwargs = arguments["kwargs"]
        kwargs.pop("implementation", None)  # of Keras 2: which of two equal ways computes
        names = [p for p in inspect.signature(cell_class).parameters if p != "kwargs"]
        cell = cell_class(
            **{name: arguments[name] for name in names},
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name=to_snake_case(cell_class.__name__),
        )
        own = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")
        super().__init__(
            cell,
            **{name: arguments[name] for name in own if name in arguments},
            activity_regularizer=arguments["activity_regularizer"],
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.axes, meaning="(batch, time, ...)")

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
