"""Layers that move pixels by a map of the plane: turned, zoomed, shifted, sheared images."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from lamina import ops
from lamina.core.choices import one_of
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image import boxes, planes
from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer
from lamina.layers.preprocessing.image.draws import between
from lamina.ops.image.sampling import FILL_MODES
from lamina.ops.image.warping import ORDERS


class Warping(BaseImagePreprocessingLayer):
    """Abstract: each image is read by a map of the plane of its own; its masks and boxes, too.

    Subclasses write `plane`. All of a batch is one gather.
    """

    interpolation: str = "bilinear"
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    permutes: ClassVar[bool] = False
    """Whether pixels only change places, so that nothing lies between them or beyond the border."""

    def check_arguments(self) -> None:
        """Complete the arguments, and check how images are read."""
        super().check_arguments()
        check_reading(self)

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw the maps of all images of `data`, which are `size` high and wide."""
        raise NotImplementedError(f"{type(self).__name__} has no `plane`.")

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw a map for each image; `None` at inference."""
        if not training:
            return None
        size = self.size(data)
        return {"plane": self.plane(data, size, seed), "size": size}

    def plane_of(self, transformation: Any) -> planes.Plane:
        """Return the maps of a transformation."""
        return transformation["plane"]

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Read the images by the maps."""
        images = ops.cast(images, self.compute_dtype)
        if transformation is None:
            return images
        return self.read(images, transformation, self.interpolation)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Read the masks by the maps; classes are not mixed."""
        if transformation is None:
            return segmentation_masks
        return self.read(segmentation_masks, transformation, "nearest")

    def read(self, images: Any, transformation: Any, interpolation: str) -> Any:
        """Return images read by the maps of a transformation."""
        packed = planes.packed(self.plane_of(transformation))
        packed = packed[:, :8] / packed[:, 8:]
        if self.fill_mode == "constant" and interpolation != self.interpolation:
            return self.warped(images, packed, interpolation, 0.0)
        return self.warped(images, packed, interpolation, self.fill_value)

    def warped(self, images: Any, packed: Any, interpolation: str, fill_value: float) -> Any:
        """Return the warped images; see `ops.image.affine_transform`."""
        return ops.image.affine_transform(
            images, packed, interpolation, self.fill_mode, fill_value, self.data_format
        )

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Return the upright boxes around the moved ones, cut at the image's borders."""
        if transformation is None:
            return bounding_boxes
        height, width = transformation["size"]
        form = self.bounding_box_format
        corners = boxes.convert_format(bounding_boxes["boxes"], form, "xyxy", height, width)
        back = planes.packed(planes.inverse(self.plane_of(transformation)))
        moved = boxes.mapped(corners - 0.5, back) + 0.5  # a pixel's middle is half a pixel in
        clipped = boxes.clip_to_image_size({**bounding_boxes, "boxes": moved}, height, width)
        return boxes.convert_format(clipped, "xyxy", form, height, width)


def check_reading(layer: Any) -> None:
    """Check how a layer reads between pixels, and beyond the border.

    Raises:
        ValueError: `interpolation` or `fill_mode` is none of those that there are.
    """
    one_of(type(layer).__name__, "interpolation", layer.interpolation, ORDERS)
    one_of(type(layer).__name__, "fill_mode", layer.fill_mode, FILL_MODES)


@from_fields
class RandomRotation(Warping):
    """In training, turn each image by an angle of its own.

    Args:
        factor: (low, high) as shares of a full turn, counter-clockwise; a number `f` means (-f, f).
        fill_mode, fill_value, interpolation: as in `ops.image.affine_transform`.
        seed: an integer for the same draws in every run.
        data_format: where the channels lie.

    Raises:
        ValueError: the factor is beyond -1 and 1.

    Example:
        >>> import lamina
        >>> image = np.array([[[1.0], [2.0]], [[3.0], [4.0]]], "float32")
        >>> quarter = lamina.layers.RandomRotation((0.25, 0.25))
        >>> np.round(quarter(image)[..., 0]).tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """

    factor: Any
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: Any = None
    fill_value: float = 0.0
    data_format: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw angles."""
        angle = between(self.draw(data, 1, seed)[0], self.factor) * (2 * math.pi)
        cos, sin = ops.cos(angle), ops.sin(angle)
        return planes.about(planes.middle_of(size), [[cos, -sin], [sin, cos]])


@from_fields
class RandomZoom(Warping):
    """In training, zoom each image in or out about its middle.

    Args:
        height_factor: (low, high): by how much of its height more the image shows; negative zooms in.
            A number `f` means (-f, f).
        width_factor: the same for the width; without it both sides are zoomed alike.
        fill_mode, fill_value, interpolation, seed, data_format: as in `RandomRotation`.

    Raises:
        ValueError: a factor is beyond -1 and 1.
    """

    height_factor: Any
    width_factor: Any = None
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: Any = None
    fill_value: float = 0.0
    data_format: Any = None

    def check_arguments(self) -> None:
        """Check the factors, which are kept as they are given."""
        super().check_arguments()
        self.limits("height_factor", self.height_factor)
        if self.width_factor is not None:
            self.limits("width_factor", self.width_factor)

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw scales."""
        draws = self.draw(data, 2, seed)
        down = between(draws[0], self.limits("height_factor", self.height_factor)) + 1
        across = down
        if self.width_factor is not None:
            across = between(draws[1], self.limits("width_factor", self.width_factor)) + 1
        return planes.about(planes.middle_of(size), [[across, 0.0], [0.0, down]])


@from_fields
class RandomTranslation(Warping):
    """In training, shift each image.

    Args:
        height_factor: (low, high): how far down, as a share of the height. A number `f` means (-f, f).
        width_factor: the same to the right.
        fill_mode, fill_value, interpolation, seed, data_format: as in `RandomRotation`.

    Raises:
        ValueError: a factor is beyond -1 and 1.
    """

    height_factor: Any
    width_factor: Any
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: Any = None
    fill_value: float = 0.0
    data_format: Any = None

    def check_arguments(self) -> None:
        """Check the factors, which are kept as they are given."""
        super().check_arguments()
        self.limits("height_factor", self.height_factor)
        self.limits("width_factor", self.width_factor)

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw shifts."""
        draws = self.draw(data, 2, seed)
        factors = (self.height_factor, self.width_factor)
        down, across = (
            between(draw, self.limits(name, factor)) * ops.cast(n, "float32")
            for draw, name, factor, n in zip(
                draws, ("height_factor", "width_factor"), factors, size, strict=True
            )
        )
        return [[1.0, 0.0, -across], [0.0, 1.0, -down], [0.0, 0.0, 1.0]]


@from_fields
class RandomShear(Warping):
    """In training, shear each image about its first pixel, to the one side or the other.

    Args:
        x_factor: (low, high): how far columns move for each row. A number `f` means (0, f).
        y_factor: the same for rows.
        fill_mode, fill_value, interpolation, seed, data_format: as in `RandomRotation`.

    Raises:
        ValueError: a factor is beyond -1 and 1.
    """

    x_factor: Any = 0.0
    y_factor: Any = 0.0
    interpolation: str = "bilinear"
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    data_format: Any = None
    seed: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        for name in ("x_factor", "y_factor"):
            low, high = self.limits(name, getattr(self, name), low=0)
            # Keras writes (-f, f), which it does not read; the side is drawn anyway.
            setattr(self, name, (0.0, high) if low == -high else (low, high))

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw shears."""
        side, across, down = self.draw(data, 3, seed)
        side = ops.where(side < 0.5, 1.0, -1.0)
        across, down = between(across, self.x_factor) * side, between(down, self.y_factor) * side
        return [[1.0, across, 0.0], [down, 1.0, 0.0], [0.0, 0.0, 1.0]]
