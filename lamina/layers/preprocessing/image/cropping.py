"""Layers that change the size of images: cut out, or scaled."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields, keep
from lamina.layers.preprocessing.image import boxes
from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer


class Fitting(BaseImagePreprocessingLayer):
    """Abstract: images get the size `height` x `width`; each axis is scaled and shifted.

    Subclasses write `fitted`, which changes pixels, and `placing`, which tells where they come to lie.
    """

    height: int
    width: int

    def fitted(self, x: Any, transformation: Any, is_mask: bool) -> Any:
        """Return images or masks, with channels last, in the new size."""
        raise NotImplementedError(f"{type(self).__name__} has no `fitted`.")

    def placing(self, size: tuple[Any, Any], transformation: Any) -> list[tuple[Any, Any]]:
        """Return, for height and width, (scale, shift): what lies at `x` comes to lie at `scale * x + shift`."""
        raise NotImplementedError(f"{type(self).__name__} has no `placing`.")

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Return the size that the images have."""
        return {"size": self.size(data)}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Return images of the new size."""
        if transformation is None:
            return ops.cast(images, self.compute_dtype)
        return self.with_channels_last(images, lambda x: self.fitted(x, transformation, False))

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Return masks of the new size; classes are not mixed."""
        if transformation is None:
            return segmentation_masks
        dtype = engine().dtype(segmentation_masks)
        change = self.with_channels_last(
            segmentation_masks, lambda x: self.fitted(x, transformation, True)
        )
        return ops.cast(change, dtype)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Move boxes with the pixels, and cut them at the new borders."""
        if transformation is None:
            return bounding_boxes
        size, form = transformation["size"], self.bounding_box_format
        corners = boxes.convert_format(bounding_boxes["boxes"], form, "xyxy", *size)
        down, across = self.placing(size, transformation)
        moved = []
        for i, (scale, shift) in enumerate((across, down, across, down)):
            shift = ops.reshape(ops.cast(shift, "float32"), (-1, 1))
            moved.append(corners[..., i] * ops.cast(scale, "float32") + shift)
        stacked = {**bounding_boxes, "boxes": ops.stack(moved, axis=-1)}
        clipped = boxes.clip_to_image_size(stacked, self.height, self.width)
        return boxes.convert_format(clipped, "xyxy", form, self.height, self.width)

    def filled(self, size: tuple[Any, Any]) -> tuple[float, list[tuple[Any, Any]]]:
        """Return `placing` for images that are scaled to fill the new size, and cut where they reach beyond."""
        scale = max(self.height / size[0], self.width / size[1])
        new = (self.height, self.width)
        return scale, [(scale, (n - scale * old) / 2) for n, old in zip(new, size, strict=True)]


@from_fields
class Resizing(Fitting):
    """Scale images, in training and at inference alike.

    Args:
        height, width: the new size.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        crop_to_aspect_ratio: cut the image to the new shape first, so that nothing is distorted.
        pad_to_aspect_ratio: pad it to the new shape instead, with `fill_value`.
        fill_mode: `"constant"`.
        fill_value: of what is padded.
        antialias: whether to smooth an image before it shrinks.
        data_format: where the channels lie.

    Raises:
        ValueError: an argument is none of these, or both cropping and padding are asked for.

    Example:
        >>> import lamina
        >>> lamina.layers.Resizing(2, 3)(np.ones((1, 8, 8, 3))).shape
        (1, 2, 3, 3)
    """

    height: Count
    width: Count
    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: str = "constant"
    fill_value: float = 0.0
    antialias: bool = False
    data_format: Any = None

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Scale the images; integers stay integers, as far as the dtype is not set."""
        dtype = engine().dtype(images)
        scaled = super().transform_images(images, transformation, training)
        return ops.cast(ops.round(scaled), dtype) if "int" in dtype else scaled

    def fitted(self, x: Any, transformation: Any, is_mask: bool) -> Any:
        """Scale, after cropping or padding."""
        return ops.image.resize(
            x,
            (self.height, self.width),
            "nearest" if is_mask else self.interpolation,
            antialias=self.antialias and not is_mask,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_mode=self.fill_mode,
            fill_value=0.0 if is_mask else self.fill_value,
            data_format="channels_last",
        )

    def placing(self, size: tuple[Any, Any], transformation: Any) -> list[tuple[Any, Any]]:
        """Tell where pixels come to lie."""
        new = (self.height, self.width)
        if self.crop_to_aspect_ratio:
            return self.filled(size)[1]
        if self.pad_to_aspect_ratio:
            scale = min(n / old for n, old in zip(new, size, strict=True))
            return [(scale, (n - scale * old) / 2) for n, old in zip(new, size, strict=True)]
        return [(n / ops.cast(old, "float32"), 0.0) for n, old in zip(new, size, strict=True)]


class Cutting(Fitting):
    """Abstract: a part is cut out of each image; smaller images are scaled up first."""

    def fits(self, size: tuple[Any, Any]) -> bool:
        """Tell whether images of this size hold the new one; so do those of a size that a graph will know."""
        pairs = zip(size, (self.height, self.width), strict=True)
        return all(not isinstance(n, int) or n >= new for n, new in pairs)

    def starts(self, size: tuple[Any, Any], transformation: Any) -> list[Any]:
        """Return the first row and the first column of the part."""
        new = (self.height, self.width)
        return [(n - k) // 2 for n, k in zip(size, new, strict=True)]

    def fitted(self, x: Any, transformation: Any, is_mask: bool) -> Any:
        """Cut the part out, or scale the images such that they fill it."""
        if not self.fits(transformation["size"]):
            return ops.image.resize(
                x,
                (self.height, self.width),
                "nearest" if is_mask else "bilinear",
                crop_to_aspect_ratio=True,
                data_format="channels_last",
            )
        return self.cut(x, self.starts(transformation["size"], transformation))

    def cut(self, x: Any, starts: list[Any]) -> Any:
        """Return the part that begins at `starts`."""
        top, left = starts
        return x[:, top : top + self.height, left : left + self.width]

    def placing(self, size: tuple[Any, Any], transformation: Any) -> list[tuple[Any, Any]]:
        """Tell where pixels come to lie."""
        if not self.fits(size):
            return self.filled(size)[1]
        starts = (ops.cast(start, "float32") for start in self.starts(size, transformation))
        return [(1.0, -start) for start in starts]


@from_fields
class CenterCrop(Cutting):
    """Cut the middle out of images, in training and at inference alike.

    Images that are smaller are scaled up first, such that they fill the new size.

    Args:
        height, width: the new size.
        data_format: where the channels lie.

    Example:
        >>> import lamina
        >>> image = np.arange(16, dtype="float32").reshape(4, 4, 1)
        >>> lamina.layers.CenterCrop(2, 2)(image)[..., 0].tolist()
        [[5.0, 6.0], [9.0, 10.0]]
    """

    height: Count
    width: Count
    data_format: Any = None


class RandomCrop(Cutting):
    """In training, cut a part out of each image, each elsewhere. At inference images stay as they are.

    Images that are smaller are scaled up first, such that they fill the new size.

    Args:
        height, width: the new size.
        seed: an integer for the same draws in every run.
        data_format: where the channels lie.

    Example:
        >>> import lamina
        >>> lamina.layers.RandomCrop(2, 3, seed=1)(np.ones((4, 8, 8, 3))).shape
        (4, 2, 3, 3)
    """

    def __init__(
        self,
        height: Count,
        width: Count,
        seed: Any = None,
        data_format: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        keep(self, locals())

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw the first row and column of each image's part; `None` at inference."""
        if not training:
            return None
        size, new = self.size(data), (self.height, self.width)
        places = [
            ops.cast(ops.floor(draw * ops.cast(n - k + 1, "float32")), "int32")
            for draw, n, k in zip(self.draw(data, 2, seed), size, new, strict=True)
        ]
        return {"size": size, "starts": places}

    def starts(self, size: tuple[Any, Any], transformation: Any) -> list[Any]:
        """Return the first rows and columns of the parts."""
        return transformation["starts"]

    def cut(self, x: Any, starts: list[Any]) -> Any:
        """Return the parts: one gather for the whole batch."""
        e = engine()
        batch, height, width, channels = e.sizes(x)
        image = e.subtract(e.cumsum(e.full((batch,), 1, "int32"), 0), 1)
        rows, columns = (
            e.add(e.reshape(start, (-1, 1)), e.reshape(e.arange(0, n, 1, "int32"), (1, -1)))
            for start, n in zip(starts, (self.height, self.width), strict=True)
        )
        rows = e.multiply(e.add(e.multiply(e.reshape(image, (-1, 1)), height), rows), width)
        places = e.add(
            e.reshape(rows, (-1, self.height, 1)), e.reshape(columns, (-1, 1, self.width))
        )
        return e.take(e.reshape(x, (-1, channels)), places, 0)
