"""`Concatenate`: tensors one after the other along an axis."""

from __future__ import annotations

import functools
from typing import Any, Unpack

from lamina import ops
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer
from lamina.layers.merging.base import list_of_tensors


class Concatenate(Layer):
    """Tensors one after the other along `axis`; their other sizes must agree.

    Args:
        axis: along which they are joined.

    Raises:
        ValueError: the input is not a list, or the shapes do not go together.

    Example:
        >>> import lamina
        >>> lamina.layers.Concatenate()([np.ones((2, 3)), np.ones((2, 4))]).shape
        (2, 7)
    """

    supports_masking = True

    def __init__(self, axis: int = -1, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see the class."""
        xs = list_of_tensors(self, inputs)
        shapes = [tuple(x.shape) for x in xs]
        n = len(shapes[0])
        if not -n <= self.axis < n:
            raise ValueError(
                f"Concatenate {self.name!r}: axis {self.axis} does not exist in shape {shapes[0]}."
            )
        at = self.axis % n
        if len({(len(shape), shape[:at], shape[at + 1 :]) for shape in shapes}) > 1:
            raise ValueError(
                f"Concatenate {self.name!r}: the inputs' shapes {shapes} differ in another axis "
                f"than axis {self.axis}, along which they are joined."
            )
        return ops.concatenate(xs, self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Join the masks likewise; along an axis that they lack, true where any input counts."""
        if mask is None or all(part is None for part in mask):
            return None
        ndim = next(len(part.shape) for part in mask if part is not None)
        masks = [
            ops.ones(x.shape[:ndim], "bool") if part is None else ops.convert_to_tensor(part)
            for x, part in zip(inputs, mask, strict=True)
        ]
        axis = self.axis % len(inputs[0].shape)
        if axis < ndim:
            return ops.concatenate(masks, axis)
        return functools.reduce(ops.logical_or, masks)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)
