"""Layers that bend images: seen from another side, or printed on rubber."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image import boxes, planes
from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer, per_image
from lamina.layers.preprocessing.image.draws import between
from lamina.layers.preprocessing.image.warping import Warping, check_reading
from lamina.ops.image import warping


@from_fields
class RandomPerspective(Warping):
    """In training, show some images from another side.

    Args:
        factor: the probability of it, or (low, high) between which it is drawn for each image.
        scale: from 0 to 1: how far corners may move inwards, as a share of half the image.
        interpolation, fill_value, seed, data_format: as in `RandomRotation`.

    Raises:
        ValueError: the factor or the scale is beyond 0 and 1.
    """

    factor_bounds = (0, 1)
    fill_mode = "constant"

    factor: Any = 1.0
    scale: float = 1.0
    interpolation: str = "bilinear"
    fill_value: float = 0.0
    seed: Any = None
    data_format: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)
        self.limits("scale", self.scale)

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw where each of the four corners comes to lie."""
        chance, choice, *moves = self.draw(data, 10, seed)
        applied = ops.cast(choice < between(chance, self.factor), "float32")
        right, bottom = (n * 2 for n in planes.middle_of(size))
        corners = []
        for i, (x, y) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
            across = moves[2 * i] * applied * (self.scale / 2)
            down = moves[2 * i + 1] * applied * (self.scale / 2)
            corners.append(
                (x * right + (1 - 2 * x) * across * right, y * bottom + (1 - 2 * y) * down * bottom)
            )
        square = [[1 / right, 0.0, 0.0], [0.0, 1 / bottom, 0.0], [0.0, 0.0, 1.0]]
        return planes.inverse(planes.product(planes.square_to(corners), square))


@from_fields
class RandomElasticTransform(BaseImagePreprocessingLayer):
    """In training, distort some images as if printed on rubber.

    Args:
        factor: the probability of it, or (low, high) between which it is drawn for each image.
        scale: from 0 to 1, or (low, high): how far pixels move; by a tenth of the image at 1.
        interpolation, fill_mode, fill_value: as in `ops.image.affine_transform`.
        value_range: of the images.
        seed, data_format: as in `RandomRotation`.

    Raises:
        ValueError: the factor or the scale is beyond 0 and 1.

    Source: Ronneberger et al. 2015, "U-Net", section 3.1: displacements on a coarse grid, smooth between.
    """

    factor_bounds = (0, 1)

    factor: Any = 1.0
    scale: Any = 1.0
    interpolation: str = "bilinear"
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    value_range: Any = (0, 255)
    seed: Any = None
    data_format: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        check_reading(self)
        self.factor = self.limits("factor", self.factor)
        self.scale = self.limits("scale", self.scale)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw how far each pixel moves: `(batch, height, width, 2)`, rows before columns."""
        if not training:
            return None
        chance, choice, scale, *moves = self.draw(data, 3 + 2 * _KNOTS**2, seed)
        height, width = self.size(data)
        reach = between(scale, self.scale) * 0.1
        reach = ops.where(choice < between(chance, self.factor), reach, 0.0)
        knots = ops.reshape(ops.stack(moves, axis=-1) * 2 - 1, (-1, _KNOTS, _KNOTS, 2))
        smooth = ops.image.resize(
            knots, (height, width), "bicubic", data_format="channels_last"
        ) * per_image(reach)
        sides = [ops.cast(n, "float32") for n in (height, width)]
        return {"moves": [smooth[..., i] * sides[i] for i in range(2)], "size": (height, width)}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Read the images a little aside."""
        if transformation is None:
            return ops.cast(images, self.compute_dtype)
        order = warping.ORDERS[self.interpolation]
        return self.with_channels_last(images, lambda x: self.read(x, transformation, order))

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Read the masks in the same places; classes are not mixed."""
        if transformation is None:
            return segmentation_masks
        dtype = engine().dtype(segmentation_masks)
        read = self.with_channels_last(
            segmentation_masks, lambda x: self.read(x, transformation, 0)
        )
        return ops.cast(read, dtype)

    def read(self, x: Any, transformation: Any, order: int) -> Any:
        """Return images read at the moved places."""
        rows, columns = warping.grid(x)
        down, across = transformation["moves"]
        return warping.look_up(
            x, rows + down, columns + across, order, self.fill_mode, self.fill_value
        )

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Move boxes as the pixels in their middles move."""
        if transformation is None:
            return bounding_boxes
        height, width = transformation["size"]
        form = self.bounding_box_format
        corners = boxes.convert_format(bounding_boxes["boxes"], form, "xyxy", height, width)
        places = [
            ops.minimum(ops.maximum((corners[..., i] + corners[..., i + 2]) / 2, 0), n - 1)
            for i, n in ((1, height), (0, width))
        ]
        flat = ops.cast(places[0], "int32") * width + ops.cast(places[1], "int32")
        down, across = (
            ops.take_along_axis(ops.reshape(move, (-1, height * width)), flat, axis=1)
            for move in transformation["moves"]
        )
        moved = corners - ops.stack([across, down, across, down], axis=-1)
        clipped = boxes.clip_to_image_size({**bounding_boxes, "boxes": moved}, height, width)
        return boxes.convert_format(clipped, "xyxy", form, height, width)


_KNOTS = 4  # of the coarse grid, along each side
