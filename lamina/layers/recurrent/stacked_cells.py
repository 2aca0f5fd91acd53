"""`StackedRNNCells`: several cells as one."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer


class StackedRNNCells(Layer):
    """Several cells as one: each is fed the output of the one before.

    Args:
        cells: a list of cells.

    Raises:
        ValueError: one of them is not a cell.

    Example:
        >>> import lamina
        >>> cells = [lamina.layers.LSTMCell(4), lamina.layers.LSTMCell(2)]
        >>> lamina.layers.RNN(cells)(np.zeros((3, 5, 8), "float32")).shape
        (3, 2)
    """

    def __init__(self, cells: Any, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        self.cells = list(cells)
        for cell in self.cells:
            refuse_no_cell("StackedRNNCells", cell)

    def build(self, input_shape: Any) -> None:
        """Build each cell for the output of the one before."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], _output_size(cell))

    @property
    def state_size(self) -> list[Any]:
        """For each cell the size, or sizes, of its states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """Size of the last cell's output."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return for each cell the list of its states."""
        states = []
        for cell in self.cells:
            if hasattr(cell, "get_initial_state"):
                states.append(list(cell.get_initial_state(batch_size=batch_size)))
            else:
                sizes = sizes_of(cell.state_size)
                states.append([ops.zeros((batch_size, n), self.compute_dtype) for n in sizes])
        return states

    def call(self, inputs: Any, states: Any, training: bool = False, **kwargs: Any) -> Any:
        """Return the last cell's output, and for each cell its new states."""
        following = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, new = (cell if isinstance(cell, Layer) else cell.call)(inputs, state, **kwargs)
            following.append(list(new) if isinstance(new, (list, tuple)) else [new])
        return inputs, following


def refuse_no_cell(owner: str, cell: Any) -> None:
    """Refuse what lacks a cell's two necessary parts, for the layer class `owner`.

    Raises:
        ValueError: it does.
    """
    if missing := [name for name in ("call", "state_size") if not hasattr(cell, name)]:
        raise ValueError(
            f"{owner}: a cell needs `call` and `state_size`; {cell!r} lacks {missing}."
        )


def sizes_of(size: Any) -> tuple[int, ...]:
    """Return `state_size`, or a part of it, as a tuple."""
    return tuple(size) if isinstance(size, (list, tuple)) else (size,)


def _output_size(cell: Any) -> Any:
    size = getattr(cell, "output_size", None)
    return sizes_of(cell.state_size)[0] if size is None else size
