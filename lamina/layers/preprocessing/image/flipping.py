"""`RandomFlip`: mirror images."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.core.choices import one_of
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image import planes
from lamina.layers.preprocessing.image.base import per_image
from lamina.layers.preprocessing.image.warping import Warping
from lamina.ops.image.layout import at_once, with_options

_MODES = {
    "horizontal": (False, True),
    "vertical": (True, False),
    "horizontal_and_vertical": (True, True),
}


@from_fields
class RandomFlip(Warping):
    """In training, mirror each image with probability 1/2.

    Args:
        mode: `"horizontal"` (left to right), `"vertical"` (top to bottom), or
            `"horizontal_and_vertical"`: each of both with probability 1/2.
        seed: an integer for the same draws in every run.
        data_format: where the channels lie.

    Raises:
        ValueError: the mode is none of these.

    Example:
        >>> import lamina
        >>> flip = lamina.layers.RandomFlip("horizontal", seed=1)
        >>> images = np.tile(np.array([[[1.0], [2.0]]], "float32"), (8, 1, 1, 1))
        >>> sorted(set(map(tuple, flip(images)[:, 0, :, 0].tolist())))
        [(1.0, 2.0), (2.0, 1.0)]
    """

    permutes = True

    mode: str = "horizontal_and_vertical"
    seed: Any = None
    data_format: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        one_of("RandomFlip", "mode", self.mode, _MODES)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw which images are turned upside down, and which are mirrored."""
        if not training:
            return None
        flips = [draw < 0.5 for draw in self.draw(data, 2, seed)]
        size = self.size(data)
        flips = [
            flip if is_on else None for flip, is_on in zip(flips, _MODES[self.mode], strict=True)
        ]
        return {"flips": flips, "size": size}

    def plane_of(self, transformation: Any) -> planes.Plane:
        """Return the same as maps of the plane."""
        return _plane(transformation["flips"], transformation["size"])

    def read(self, images: Any, transformation: Any, interpolation: str) -> Any:
        """Return images with rows or columns reversed: nothing is gathered."""
        first = 2 if self.is_first else 1
        flips = transformation["flips"]
        axes = tuple(first + i for i, flip in enumerate(flips) if flip is not None)
        chosen = [flip for flip in flips if flip is not None]
        way = _chosen if engine().compiles_by_shape else _gathered
        return at_once(with_options(way, axes), images, *chosen)


def _chosen(images: Any, *flips_and_axes: Any) -> Any:
    """Reverse each axis of those images for which its flip is true, in a program that reads each pixel once."""
    *flips, axes = flips_and_axes
    for flip, axis in zip(flips, axes, strict=True):
        images = ops.where(per_image(flip), engine().flip(images, axis), images)
    return images


def _gathered(images: Any, *flips_and_axes: Any) -> Any:
    """Do the same where each operation runs by itself: one of them reads all pixels."""
    *flips, axes = flips_and_axes
    e, last = engine(), axes[-1]
    shape = tuple(images.shape)
    by_axis = dict(zip(axes, flips, strict=True))
    place = e.reshape(e.arange(0, shape[0], 1, "int32"), (-1, *(1,) * last))
    for axis in range(1, last + 1):
        order = e.reshape(e.arange(0, shape[axis], 1, "int32"), (1, -1))
        if axis in by_axis:
            turned = e.reshape(by_axis[axis], (-1, 1))
            order = e.where(turned, e.subtract(shape[axis] - 1, order), order)
        order = e.reshape(order, (-1, *(1,) * (axis - 1), shape[axis], *(1,) * (last - axis)))
        place = e.add(e.multiply(place, shape[axis]), order)
    cells = e.reshape(images, (math.prod(shape[: last + 1]), *shape[last + 1 :]))
    return e.take(cells, place, 0)


def _plane(flips: list[Any], size: tuple[Any, Any]) -> planes.Plane:
    (down, last_row), (across, last_column) = (
        (1.0, 0.0)
        if flip is None
        else (ops.where(flip, -1.0, 1.0), ops.where(flip, ops.cast(n, "float32") - 1, 0.0))
        for flip, n in zip(flips, size, strict=True)
    )
    return [[across, 0.0, last_column], [0.0, down, last_row], [0.0, 0.0, 1.0]]
