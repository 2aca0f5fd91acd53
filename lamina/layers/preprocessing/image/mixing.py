"""Layers that mix images of a batch with each other, and their labels."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.argument_kinds import Count, Number
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image import draws
from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer, per_image
from lamina.layers.preprocessing.image.neighbourhoods import rectangles


class Mixing(BaseImagePreprocessingLayer):
    """Abstract: each image is mixed with another of its batch; labels must be floats, one-hot or such."""

    def partners(self, order: Any) -> Any:
        """Return, from one draw for each image, a permutation: the image that each is mixed with."""
        before = ops.cast(order[None] < order[:, None], "int32")
        return ops.sum(before, axis=1)  # ranks, as a batch of unknown size is not sorted

    def taken(self, x: Any, transformation: Any) -> Any:
        """Return the partners' entries."""
        return engine().take(ops.convert_to_tensor(x), transformation["partners"], 0)

    def transform_labels(
        self, labels: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Mix the labels by the images' shares."""
        if transformation is None:
            return labels
        share = transformation["share"]
        if "int" in engine().dtype(ops.convert_to_tensor(labels)):
            raise ValueError(
                f"{type(self).__name__} mixes labels, which must be floats: one-hot them with utils.to_categorical. "
                "They are integers."
            )
        share = ops.reshape(share, (-1, *(1,) * (len(labels.shape) - 1)))
        return ops.cast(
            labels * share + self.taken(labels, transformation) * (1 - share), self.compute_dtype
        )

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Return the boxes of both images."""
        if transformation is None:
            return bounding_boxes
        return {
            name: ops.concatenate([x, self.taken(x, transformation)], axis=1)
            for name, x in bounding_boxes.items()
        }


@from_fields
class MixUp(Mixing):
    """In training, replace each image by a mean of itself and another, and the labels by the same mean.

    Args:
        alpha: of the beta distribution from which shares are drawn; small numbers give shares near 0 or 1.
        data_format: where the channels lie.
        seed: an integer for the same draws in every run.

    Source: Zhang et al. 2017, "mixup: Beyond empirical risk minimization".
    """

    alpha: float = 0.2
    data_format: Any = None
    seed: Any = None

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw partners and shares."""
        if not training:
            return None
        order, *numbers = self.draw(data, 1 + 2 * draws.GAMMA, seed)
        return {"partners": self.partners(order), "share": draws.beta(numbers, self.alpha)}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Mix."""
        images = ops.cast(images, self.compute_dtype)
        if transformation is None:
            return images
        share = ops.cast(per_image(transformation["share"]), self.compute_dtype)
        return images * share + self.taken(images, transformation) * (1 - share)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Take the class of the image with the greater share."""
        if transformation is None:
            return segmentation_masks
        own = per_image(transformation["share"]) >= 0.5
        return ops.where(own, segmentation_masks, self.taken(segmentation_masks, transformation))


@from_fields
class CutMix(Mixing):
    """In training, put a rectangle of another image into each, and mix the labels by area.

    Args:
        factor: (low, high) from 0 to 1: the parameter of the beta distribution from which the rectangle's
            share is drawn is `high`; a number `f` means (0, f).
        seed, data_format: as in `MixUp`.

    Raises:
        ValueError: the factor is beyond 0 and 1.

    Source: Yun et al. 2019, "CutMix".
    """

    factor_bounds = (0, 1)

    factor: Any = 1.0
    seed: Any = None
    data_format: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw partners and rectangles."""
        if not training:
            return None
        order, down, across, *numbers = self.draw(data, 3 + 2 * draws.GAMMA, seed)
        alpha = max(self.factor[1], 1e-3)
        side = ops.sqrt(1 - draws.beta(numbers, alpha)) * float(self.factor[1] > 0)
        inside = rectangles(self.size(data), (side, side), (down, across))
        share = 1 - ops.mean(ops.cast(inside, "float32"), axis=(1, 2, 3))
        return {"partners": self.partners(order), "share": share, "inside": inside}

    def replaced(self, x: Any, transformation: Any) -> Any:
        """Return images or masks with the rectangles of their partners."""
        inside = transformation["inside"]
        if self.is_first:
            inside = ops.transpose(inside, (0, 3, 1, 2))
        return ops.where(inside, self.taken(x, transformation), x)

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Put the rectangles in."""
        images = ops.cast(images, self.compute_dtype)
        return images if transformation is None else self.replaced(images, transformation)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Put the rectangles of the masks in."""
        if transformation is None:
            return segmentation_masks
        return self.replaced(segmentation_masks, transformation)


@from_fields
class MaxNumBoundingBoxes(BaseImagePreprocessingLayer):
    """Give every image the same number of boxes: surplus ones are left out, missing ones are filled in.

    Args:
        max_number: of boxes.
        fill_value: of the numbers and labels of missing boxes.
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("fill_value",)

    max_number: Count
    fill_value: Number = -1

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Cut or fill the boxes and their labels."""

        def fit(x: Any) -> Any:
            x = x[:, : self.max_number]
            missing = self.max_number - engine().sizes(x)[1]
            widths = [(0, 0), (0, missing), *[(0, 0)] * (len(x.shape) - 2)]
            return ops.pad(x, widths, constant_values=self.fill_value)

        return {name: fit(ops.convert_to_tensor(x)) for name, x in bounding_boxes.items()}
