"""Values between the cells of a grid."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.ops.image.layout import narrow, wide

__all__ = ["map_coordinates"]


def _clipped(i: Any, n: int) -> Any:
    return engine().minimum(engine().maximum(i, 0), n - 1)


def _mirrored(i: Any, n: int) -> Any:
    """Fold places back and forth, with the cells at the border once."""
    e = engine()
    i = e.remainder(i, max(2 * (n - 1), 1))
    return e.minimum(i, e.subtract(2 * (n - 1), i))


def _reflected(i: Any, n: int) -> Any:
    """Fold places back and forth, with the cells at the border twice."""
    e = engine()
    i = e.remainder(i, 2 * n)
    return e.minimum(i, e.subtract(2 * n - 1, i))


FILL_MODES: dict[str, Callable] = {
    "constant": _clipped,
    "nearest": _clipped,
    "wrap": lambda i, n: engine().remainder(i, n),
    "mirror": _mirrored,
    "reflect": _reflected,
}


def fill_in(dtype: str, value: float) -> float:
    """Return `value` as an image of `dtype` can hold it."""
    return value if dtypes.is_float(dtype) else int(value)


def _neighbours(places: Any, order: int) -> list[tuple[Any, Any]]:
    """Return the cells that count at `places` along one axis, and their weights."""
    e = engine()
    if order == 0:  # halves away from zero, as Keras' JAX engine does
        cell = e.multiply(e.sign(places), e.floor(e.add(e.abs(places), 0.5)))
        return [(e.cast(cell, "int32"), None)]
    below = e.floor(places)
    part, cell = e.subtract(places, below), e.cast(below, "int32")
    return [(cell, e.subtract(1.0, part)), (e.add(cell, 1), part)]


def sample(
    cells: Any,
    sizes: Sequence[int],
    coordinates: Sequence[Any],
    order: int,
    fill_mode: str,
    fill_value: Any,
    offset: Any = 0,
) -> Any:
    """Read a grid at `coordinates`, between its cells.

    Args:
        cells: the grid's values, `(offsets + product of sizes, *rest)`, floating.
        coordinates: for each axis of the grid where along it, all of one shape.
        order: 0 takes the nearest cell, 1 interpolates.
        offset: where in `cells` the grid of each coordinate starts.

    Returns:
        A tensor `(*coordinates, *rest)`.
    """
    e = engine()
    total, rest = None, len(e.shape(cells)) - 1
    ways = [
        [
            (
                e.multiply(FILL_MODES[fill_mode](cell, n), math.prod(sizes[axis + 1 :])),
                e.logical_and(e.greater_equal(cell, 0), e.less(cell, n)),
                part,
            )
            for cell, part in _neighbours(coordinates[axis], order)
        ]
        for axis, n in enumerate(sizes)
    ]
    for corner in itertools.product(*ways):
        place, inside, weight = offset, None, None
        for kept, within, part in corner:
            place = e.add(kept, place)
            inside = within if inside is None else e.logical_and(inside, within)
            weight = part if weight is None else e.multiply(weight, part)
        value = e.take(cells, place, 0)
        if fill_mode == "constant":
            value = e.where(_over(inside, rest), value, e.full((), fill_value, e.dtype(cells)))
        if weight is not None:
            value = e.multiply(value, e.cast(_over(weight, rest), e.dtype(value)))
        total = value if total is None else e.add(total, value)
    return total


def _over(x: Any, axes: int) -> Any:
    return engine().reshape(x, (*engine().shape(x), *(1,) * axes))


@op
def map_coordinates(
    inputs: Tensor,
    coordinates: Tensor,
    order: int,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
) -> Tensor:
    """Read `inputs` at `coordinates`, between its elements.

    Shapes: inputs of n axes; coordinates `(n, *shape)`; the result `shape`. The dtype is that of
    `inputs`; integers are rounded.

    Args:
        order: 0 takes the nearest element, 1 interpolates linearly.
        fill_mode: what lies beyond: `"constant"` is `fill_value`, `"nearest"` the border, `"wrap"`
            the other side, `"mirror"` and `"reflect"` what lies before the border, which counts
            once or twice.

    Raises:
        ValueError: the order or the mode is unknown, or the axes do not agree.

    Example:
        >>> map_coordinates(np.array([1.0, 3.0], "float32"), [[0.5, 1.0, 5.0]], 1).tolist()
        [2.0, 3.0, 0.0]
    """
    e = engine()
    sizes = tuple(e.shape(inputs))
    if order not in (0, 1):
        raise ValueError(f"ops.image.map_coordinates: `order` must be 0 or 1, not {order!r}.")
    one_of("ops.image.map_coordinates", "fill_mode", fill_mode, FILL_MODES)
    if e.shape(coordinates)[0] != len(sizes):
        raise ValueError(
            f"ops.image.map_coordinates: inputs of shape {sizes} need coordinates of shape "
            f"({len(sizes)}, ...), not {tuple(e.shape(coordinates))}."
        )
    coordinates = wide(coordinates)
    each = [e.getitem(coordinates, (i,)) for i in range(len(sizes))]
    dtype = e.dtype(inputs)
    cells, value = e.reshape(inputs, (-1,)), fill_in(dtype, fill_value)
    if order == 0:  # nothing is computed: large integers keep their digits
        return sample(cells, sizes, each, order, fill_mode, value)
    return narrow(sample(wide(cells), sizes, each, order, fill_mode, value), dtype)
