"""What the merging layers share: which shapes go together, and whose mask the result has."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

from lamina import ops
from lamina.layers.given_mask import check_mask
from lamina.layers.layer import Layer


class Merge(Layer):
    """Abstract: several tensors become one, element by element.

    Tensors with fewer axes get axes of size 1 after the batch axis; sizes of 1 broadcast, but
    never the batch. A place counts in the result if it counts in any input; where inputs disagree
    about a place, `combine` may leave out the masked ones.
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("activity_regularizer",)

    supports_masking = True

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """Combine tensors that broadcast; `masks`, if every input has one, broadcast, too."""
        raise NotImplementedError(f"{type(self).__name__} must define `combine`.")

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Bring the inputs to one number of axes and combine them."""
        xs = list_of_tensors(self, inputs)
        self._check([tuple(x.shape) for x in xs])
        for x, m in zip(xs, mask or (), strict=False):
            check_mask(self, m, x)
        ndim = max(len(x.shape) for x in xs)
        xs = [_with_axes(x, ndim) for x in xs]
        return self.combine(xs, _broadcasting(mask, ndim))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return true where any input counts; no mask if an input has none (all of it counts)."""
        if mask is None or any(part is None for part in mask):
            return None
        return functools.reduce(ops.logical_or, mask)

    def _check(self, shapes: list[tuple[int, ...]]) -> None:
        if len({shape[0] for shape in shapes if shape}) > 1:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the inputs differ in batch size, their shapes "
                f"are {shapes}."
            )
        ndim = max(len(shape) for shape in shapes)
        for axis in range(1, ndim):
            # Counted from the end: shorter shapes have no axis there.
            sizes = {shape[axis - ndim] for shape in shapes if len(shape) > ndim - axis} - {1}
            if len(sizes) > 1:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: the inputs' shapes {shapes} do not go "
                    f"together, along axis {axis - ndim} they have the sizes {sorted(sizes)}."
                )


def list_of_tensors(layer: Layer, inputs: Any, least: int = 1) -> list[Any]:
    """`inputs`, if they are a list of at least `least` tensors.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(inputs, (list, tuple)) or len(inputs) < least:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r} must be called on a list of at least {least} "
            f"tensor(s), such as layer([x, y]); not on {_described(inputs)}."
        )
    return list(inputs)


def _described(inputs: Any) -> str:
    if isinstance(inputs, (list, tuple)):
        return f"a list of {len(inputs)}"
    return (
        f"one tensor of shape {tuple(inputs.shape)}" if hasattr(inputs, "shape") else repr(inputs)
    )


def _with_axes(x: Any, ndim: int) -> Any:
    missing = ndim - len(x.shape)
    return ops.expand_dims(x, tuple(range(1, missing + 1))) if missing else x


def _broadcasting(masks: Any, ndim: int) -> list[Any] | None:
    if masks is None or any(mask is None for mask in masks):
        return None
    masks = [ops.convert_to_tensor(mask) for mask in masks]
    return [ops.reshape(m, (*m.shape, *(1,) * (ndim - len(m.shape)))) for m in masks]
