"""`Permute`: the axes of each sample in another order."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.layers.arguments import Options
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
        dims: the axes in their new order, counted from 1: `(2, 1)` exchanges two axes.

    Raises:
        ValueError: `dims` does not name every axis once.

    Example:
        >>> import lamina
        >>> lamina.layers.Permute((2, 1))(np.zeros((5, 10, 64), "float32")).shape
        (5, 64, 10)
    """

    passes_on = True

    def __init__(self, dims: Any, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute: `dims` must name each of the axes 1 to {len(self.dims)} once, not {dims!r}."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Transpose each sample."""
        return ops.transpose(inputs, (0, *self.dims))
