"""`Dot`: products of samples along an axis."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer
from lamina.layers.merging.base import list_of_tensors


class Dot(Layer):
    """Sum products of two tensors along one axis of each, sample by sample.

    Shapes: `(batch, a, n)` and `(batch, b, n)` with `axes=2` give `(batch, a, b)`; two vectors per
    sample give `(batch, 1)`.

    Args:
        axes: the axis of both tensors, or a pair of axes; never the batch axis.
        normalize: scale to length 1 along these axes first: the cosine of the angle.

    Raises:
        ValueError: the input is not a pair, an axis does not exist, or the axes differ in size.

    Example:
        >>> import lamina
        >>> x = np.array([[3.0, 4.0]], "float32")
        >>> float(lamina.layers.Dot(axes=1)([x, x])[0, 0])
        25.0
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        pair = axes if isinstance(axes, (list, tuple)) else (axes, axes)
        if len(pair) != 2 or any(isinstance(a, bool) or not isinstance(a, int) for a in pair):
            raise ValueError(f"Dot: `axes` must be an integer or two of them, not {axes!r}.")
        if 0 in pair:
            raise ValueError("Dot: axis 0 holds the samples; products are taken within each.")
        self.axes = list(axes) if isinstance(axes, (list, tuple)) else axes
        self.normalize = normalize

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see the class."""
        xs = list_of_tensors(self, inputs, 2)
        if len(xs) != 2:
            raise ValueError(f"Dot {self.name!r} takes exactly 2 tensors, not {len(xs)}.")
        axes = [a % len(x.shape) for a, x in zip(self._pair(), xs, strict=True)]
        self._check(xs, axes)
        if self.normalize:
            xs = [ops.normalize(x, axis=axis) for x, axis in zip(xs, axes, strict=True)]
        # The axis that is summed becomes the last of one, and the second of the other.
        x, y = ops.moveaxis(xs[0], axes[0], -1), ops.moveaxis(xs[1], axes[1], 1)
        n = x.shape[-1]
        left, right = ops.shape(x)[1:-1], ops.shape(y)[2:]
        product = ops.matmul(
            ops.reshape(x, (ops.shape(x)[0], -1, n)), ops.reshape(y, (ops.shape(y)[0], n, -1))
        )
        return ops.reshape(product, (ops.shape(product)[0], *((*left, *right) or (1,))))

    def _pair(self) -> list[int]:
        return self.axes if isinstance(self.axes, list) else [self.axes, self.axes]

    def _check(self, xs: list[Any], axes: list[int]) -> None:
        sizes = [x.shape[a] for x, a in zip(xs, axes, strict=True)]
        if sizes[0] != sizes[1] or 0 in axes:
            shapes = [tuple(x.shape) for x in xs]
            raise ValueError(
                f"Dot {self.name!r}: axes {self._pair()} of inputs with the shapes {shapes} have the "
                f"sizes {sizes}; they must be equal, and no batch axis."
            )

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: times are summed over, or paired."""
        return None


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """`Dot(axes, **kwargs)(inputs)`."""
    return Dot(axes=axes, **kwargs)(inputs)
