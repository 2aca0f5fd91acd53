"""Warps: where each pixel of the result lies in the image, and the value there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec
from lamina.ops.image.filters import bell, blurred
from lamina.ops.image.layout import at_once, by_batch, narrow, wide, with_options
from lamina.ops.image.planes import Plane, inverse, square_to
from lamina.ops.image.sampling import FILL_MODES, fill_in, sample
from lamina.ops.random import Seed, normal

__all__ = ["affine_transform", "elastic_transform", "perspective_transform"]

ORDERS = {"nearest": 0, "bilinear": 1}


def _order(name: str, interpolation: str) -> int:
    one_of(f"ops.image.{name}", "interpolation", interpolation, ORDERS)
    return ORDERS[interpolation]


def grid(x: Any) -> tuple[Any, Any]:
    """Return row and column of each pixel, `(1, height, 1)` and `(1, 1, width)`."""
    e = engine()
    _, height, width, _ = e.sizes(x)
    rows, columns = (e.arange(0, n, 1, "float32") for n in (height, width))
    return e.reshape(rows, (1, -1, 1)), e.reshape(columns, (1, 1, -1))


def look_up(x: Any, rows: Any, columns: Any, order: int, fill_mode: str, value: Any) -> Any:
    """Read `x (batch, height, width, channels)` at `rows` and `columns`, each `(batch, height, width)`."""
    e = engine()
    batch, height, width, channels = e.sizes(x)
    cells = e.reshape(wide(x), (-1, channels))
    # Counted in this way, as a batch of unknown size has no range.
    start = e.multiply(e.subtract(e.cumsum(e.full((batch,), 1, "int32"), 0), 1), height * width)
    start = e.reshape(start, (-1, 1, 1))
    shape = (batch, height, width)
    rows, columns = (e.broadcast_to(c, shape) for c in (rows, columns))
    value = fill_in(e.dtype(x), value)
    values = sample(cells, (height, width), (rows, columns), order, fill_mode, value, start)
    return narrow(values, e.dtype(x))


def _projected(rows: Any, columns: Any, factors: Sequence[Any]) -> tuple[Any, Any]:
    """Map rows and columns projectively by the nine `factors`, x before y."""
    e = engine()

    def plane(a: Any, b: Any, c: Any) -> Any:
        return e.add(e.add(e.multiply(a, columns), e.multiply(b, rows)), c)

    across, down, depth = (plane(*factors[i : i + 3]) for i in (0, 3, 6))
    return e.divide(down, depth), e.divide(across, depth)


@op
def affine_transform(
    images: Tensor,
    transform: Tensor,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Transform images by a map of the plane, from each pixel of the result to its source.

    For a transform `[a0, a1, a2, b0, b1, b2, c0, c1]` the pixel at `(x, y)` comes from
    `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)` with `k = c0 x + c1 y + 1`. (Of Keras' engines
    only TensorFlow minds c0 and c1.)

    Shapes: images `(batch, height, width, channels)`, transform `(batch, 8)` or `(8,)`; or one image.

    Args:
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode, fill_value: what lies beyond the image, as in `map_coordinates`.

    Raises:
        ValueError: an argument is none of these, or the shapes do not agree.

    Example:
        >>> image = np.array([[[1.0], [2.0], [3.0]]], "float32")
        >>> affine_transform(image, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0])[0, :, 0].tolist()
        [2.0, 3.0, 0.0]
    """
    e = engine()
    order = _order("affine_transform", interpolation)
    one_of("ops.image.affine_transform", "fill_mode", fill_mode, FILL_MODES)
    if len(e.shape(transform)) not in (1, 2) or e.shape(transform)[-1] != 8:
        raise ValueError(
            f"ops.image.affine_transform: `transform` must be (8,) or (batch, 8), not "
            f"{tuple(e.shape(transform))}."
        )
    transform = e.reshape(e.cast(transform, "float32"), (-1, 8))

    options = order, fill_mode, fill_value
    definition = with_options(_warp, *options)

    def warp(x: Any) -> Any:
        native = e.overrides.get("warp")
        warped = native and native(x, transform, *options, definition)
        return at_once(definition, x, transform) if warped is None else warped

    return by_batch("affine_transform", images, data_format, warp)


def _warp(x: Any, transform: Any, order: int, fill_mode: str, fill_value: float) -> Any:
    e = engine()
    transform = e.reshape(transform, (-1, 8, 1, 1))
    factors = [e.getitem(transform, (slice(None), i)) for i in range(8)]
    place = _projected(*grid(x), [*factors, e.full((), 1, "float32")])
    return look_up(x, *place, order, fill_mode, fill_value)


def _square_to(points: Any) -> Plane:
    """Return the map of the unit square to four points `(batch, 4, 2)`."""
    e = engine()
    corners = [[e.getitem(points, (slice(None), k, i)) for i in (0, 1)] for k in range(4)]
    rows = square_to([(x, y) for x, y in corners])
    rows[2][2] = e.full(e.sizes(rows[0][0]), 1, "float32")
    return rows


def _matrix(rows: Plane) -> Any:
    e = engine()
    return e.stack([e.stack(row, -1) for row in rows], -2)


@op
def perspective_transform(
    images: Tensor,
    start_points: Tensor,
    end_points: Tensor,
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Show images from another side: four points of each move to four others.

    Shapes: images `(batch, height, width, channels)`, points `(batch, 4, 2)` or `(4, 2)`, each x
    before y: top left, top right, bottom left, bottom right; or one image.

    Args:
        interpolation: `"nearest"` or `"bilinear"`.
        fill_value: what lies beyond the image.

    Raises:
        ValueError: the interpolation is unknown, or the points are not four of two.

    Example:
        >>> image = np.array([[[1.0], [2.0]], [[3.0], [4.0]]], "float32")
        >>> corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
        >>> bool(np.allclose(perspective_transform(image, corners, corners), image))
        True

    Source: Heckbert 1989, "Fundamentals of texture mapping and image warping".
    """
    e = engine()
    order = _order("perspective_transform", interpolation)
    for points in (start_points, end_points):
        if len(e.shape(points)) not in (2, 3) or tuple(e.shape(points)[-2:]) != (4, 2):
            raise ValueError(
                "ops.image.perspective_transform: points must be (4, 2) or (batch, 4, 2), not "
                f"{tuple(e.shape(points))}."
            )
    start, end = (e.reshape(e.cast(p, "float32"), (-1, 4, 2)) for p in (start_points, end_points))
    matrix = e.matmul(_matrix(_square_to(start)), _matrix(inverse(_square_to(end))))

    def warp(x: Any) -> Any:
        definition = with_options(_project, order, fill_value)
        return at_once(definition, x, e.reshape(matrix, (-1, 9, 1, 1)))

    return by_batch("perspective_transform", images, data_format, warp)


def _project(x: Any, matrix: Any, order: int, fill_value: float) -> Any:
    e = engine()
    place = _projected(*grid(x), [e.getitem(matrix, (slice(None), i)) for i in range(9)])
    return look_up(x, *place, order, "constant", fill_value)


def _same(images: KerasTensor, *_: Any, **__: Any) -> Spec:
    return Spec(images.shape, images.dtype)


@op(shape=_same)
def elastic_transform(
    images: Tensor,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Seed = None,
    data_format: str | None = None,
) -> Tensor:
    """Distort images as if printed on rubber: each pixel moves at random, neighbours alike.

    Shapes: images `(batch, height, width, channels)` or without batch.

    Args:
        alpha: how far pixels move; noise of this size is smoothed.
        sigma: how far neighbours move alike, in pixels.
        interpolation, fill_mode, fill_value: as in `affine_transform`.
        seed: an integer, a `SeedGenerator`, or `None`.

    Raises:
        ValueError: an argument is none of these.

    Example:
        >>> elastic_transform(np.ones((8, 8, 3), "float32"), seed=1).shape
        (8, 8, 3)

    Source: Simard et al. 2003, "Best practices for convolutional neural networks applied to visual
    document analysis".
    """
    e = engine()
    order = _order("elastic_transform", interpolation)
    one_of("ops.image.elastic_transform", "fill_mode", fill_mode, FILL_MODES)
    weights = bell(2 * int(np.ceil(3 * sigma)) + 1, sigma)  # beyond three sigmas there is nothing

    def warp(x: Any) -> Any:
        batch, height, width, _ = e.shape(x)
        noise = normal((batch, height, width, 2), stddev=alpha, dtype="float32", seed=seed)
        moved = blurred(noise, weights, weights)
        rows, columns = grid(x)
        rows = e.add(rows, e.getitem(moved, (..., 0)))
        columns = e.add(columns, e.getitem(moved, (..., 1)))
        return look_up(x, rows, columns, order, fill_mode, fill_value)

    return by_batch("elastic_transform", images, data_format, warp)
