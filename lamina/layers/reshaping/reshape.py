"""`Reshape`: the elements of each sample in another shape."""

from __future__ import annotations

import math
from typing import Any, Unpack

from lamina import ops
from lamina.core import dtypes
from lamina.core.argument_kinds import integer
from lamina.core.symbolic import KerasTensor
from lamina.layers.arguments import Options
from lamina.layers.layer import Layer


class Reshape(Layer):
    """The elements of each sample, in their order, in another shape.

    Shapes: `(batch, ...)` to `(batch, *target_shape)`.

    Args:
        target_shape: sizes without the batch; one may be -1 (or `None`): what is left.

    Raises:
        ValueError: more than one size is left open, or the number of elements differs.
        TypeError: a size is not an integer.

    Example:
        >>> import lamina
        >>> lamina.layers.Reshape((2, -1))(np.zeros((5, 6), "float32")).shape
        (5, 2, 3)
    """

    passes_on = True

    def __init__(self, target_shape: Any, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        target = [target_shape] if isinstance(target_shape, int) else list(target_shape)
        self.target_shape = tuple(
            -1 if n is None else integer(self, "target_shape", n) for n in target
        )
        if self.target_shape.count(-1) > 1 or min(self.target_shape, default=0) < -1:
            raise ValueError(
                "Reshape: `target_shape` holds sizes, at most one of them -1; "
                f"not {tuple(target)!r}."
            )

    def call(self, inputs: Any) -> Any:
        """Reshape each sample."""
        sizes = self._resolved([*inputs.shape][1:])
        return ops.reshape(inputs, (ops.shape(inputs)[0], *(-1 if n is None else n for n in sizes)))

    def compute_output_spec(self, inputs: Any) -> Any:
        """Compute the shape by arithmetic: what is unknown about a sample may yet fit the target."""
        batch, *sizes = inputs.shape
        dtype = inputs.dtype
        if self.autocast and dtypes.is_float(dtype) and dtype != self.compute_dtype:
            dtype = ops.cast(inputs, self.compute_dtype).dtype  # JAX may have no float64
        return KerasTensor((batch, *self._resolved(sizes)), dtype)

    def _resolved(self, sizes: list[int | None]) -> tuple[int | None, ...]:
        """Return the target with -1 replaced, by `None` if it is unknown."""
        if None in sizes:
            return tuple(None if n == -1 else n for n in self.target_shape)
        given = math.prod(sizes)  # type: ignore[arg-type]  no size is None here
        known = math.prod(n for n in self.target_shape if n != -1)
        fits = given == known if -1 not in self.target_shape else known and given % known == 0
        if not fits:
            raise ValueError(
                f"Reshape {self.name!r}: {given} elements of a sample of shape {tuple(sizes)} "
                f"cannot take the shape {self.target_shape}."
            )
        return tuple(given // known if n == -1 else n for n in self.target_shape)
