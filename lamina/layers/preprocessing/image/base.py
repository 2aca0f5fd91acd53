"""The base of layers for images: with labels, boxes and masks, one image or a batch, channels first or last."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core import tree
from lamina.core.choices import one_of
from lamina.core.seeds import SeedGenerator
from lamina.core.settings import image_data_format
from lamina.engine.current import engine
from lamina.layers.preprocessing.image import draws
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer
from lamina.layers.windows import DATA_FORMATS
from lamina.ops.nn.windows import to_first, to_last

_TOGETHER = ("images", "labels", "bounding_boxes", "segmentation_masks")


class BaseImagePreprocessingLayer(PreprocessingLayer):
    """Abstract: a change of images, and of what belongs to them.

    The layer is called on an array of images, `(batch, height, width, channels)` or one image without
    the batch axis, or on a dict of these with the images' labels, boxes and masks:

        {"images": ..., "labels": (batch, ...), "segmentation_masks": (batch, height, width, 1),
         "bounding_boxes": {"boxes": (batch, boxes, 4), "labels": (batch, boxes)}}

    Subclasses write some of the methods below. One image comes to them as a batch of one. What is not
    written leaves its part as it is.

    Args:
        factor: kept as `factor`, a pair (low, high) within `factor_bounds`; for subclasses.
        bounding_box_format: of the boxes, such as `"xyxy"` (see `utils.bounding_boxes`); without it
            boxes are refused.
        data_format: `"channels_last"` or `"channels_first"`; by default the global setting.

    Example:
        >>> from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer
        >>> class Darken(BaseImagePreprocessingLayer):
        ...     def get_random_transformation(self, data, training=True, seed=None):
        ...         return 0.5 if training else 1.0
        ...     def transform_images(self, images, transformation, training=True):
        ...         return images * transformation
        >>> Darken()(np.full((2, 2, 1), 8.0, "float32"))[0, 0].tolist()
        [4.0]
    """

    factor_bounds: ClassVar[tuple[float, float]] = (-1, 1)
    __load_schema__ = {"bounding_box_format": "str | None", "data_format": "str | None"}  # noqa: RUF012
    data_format: Any
    bounding_box_format: Any

    def __init__(
        self,
        factor: Any = None,
        bounding_box_format: str | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
        self.data_format = data_format
        if factor is not None:
            self.factor = self.limits("factor", factor)
        self.check_arguments()

    def __take__(self, defining: type, given: dict[str, Any], options: dict[str, Any]) -> None:
        self.bounding_box_format = options.pop("bounding_box_format", None)
        self.data_format = options.pop("data_format", None)
        super().__take__(defining, given, options)

    def check_arguments(self) -> None:
        """Complete the arguments: the layout, and a generator of keys if there is a `seed`."""
        super().check_arguments()
        if self.data_format is None:
            self.data_format = image_data_format()
        one_of(type(self).__name__, "data_format", self.data_format, DATA_FORMATS)
        if "seed" in vars(self):
            self.seed_generator = SeedGenerator(vars(self)["seed"])
        if "value_range" in vars(self):
            self.value_range = self.__range(self.value_range)

    def __range(self, pair: Any) -> tuple[float, float]:
        if (
            isinstance(pair, (list, tuple))
            and [*map(type, pair)].count(str) == 0
            and len(pair) == 2
        ):
            return tuple(pair)
        raise ValueError(
            f"{type(self).__name__}: `value_range` must be a pair of numbers, (low, high), not {pair!r}."
        )

    def limits(self, name: str, value: Any, bounds: Any = None, low: float | None = None) -> Any:
        """Return (low, high) for a number or a pair of numbers.

        A number `f` stands for the pair (-f, f), cut at the lower bound.

        Raises:
            ValueError: a number is beyond the bounds, or `value` is neither a number nor a pair.
        """
        bounds = bounds or self.factor_bounds
        pair = value if isinstance(value, (list, tuple)) else (value, value)
        numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in pair)
        if len(pair) != 2 or not numbers or not bounds[0] <= min(pair) <= max(pair) <= bounds[1]:
            raise ValueError(
                f"{type(self).__name__}: `{name}` must be a number, or a pair of numbers, from {bounds[0]} to "
                f"{bounds[1]}, not {value!r}."
            )
        if low is not None and pair is not value and pair[0] < low:
            raise ValueError(
                f"{type(self).__name__}: `{name}` must be a number of at least {low}, or a pair, not {value!r}."
            )
        if pair is value:
            return tuple(sorted(pair))
        size = abs(pair[0])
        return (max(-size, bounds[0]) if low is None else max(low, -size), size)

    # What subclasses write.

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw what the other methods are given as `transformation`; by default `None`."""
        return None

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Change images `(batch, height, width, channels)`, in the layer's layout."""
        return images

    def transform_labels(
        self, labels: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Change labels `(batch, ...)`."""
        return labels

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Change `{"boxes": (batch, boxes, 4), "labels": (batch, boxes)}`."""
        return bounding_boxes

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Change masks `(batch, height, width, 1)`, in the layer's layout."""
        return segmentation_masks

    # Calling.

    def call(self, data: Any, training: bool = True) -> Any:
        """Change images, or a dict of images and what belongs to them."""
        images = data["images"] if isinstance(data, dict) else data
        alone = len(images.shape) == 3
        if len(images.shape) not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} takes one image with 3 axes or a batch with 4, not shape {tuple(images.shape)}."
            )
        if isinstance(data, dict) and "bounding_boxes" in data and self.bounding_box_format is None:
            raise ValueError(
                f"{type(self).__name__}: there are bounding boxes, so the layer must know their format; make it with "
                "`bounding_box_format=`, such as 'xyxy' or 'rel_xywh'."
            )
        if alone:
            data = tree.map_structure(lambda x: ops.expand_dims(x, 0), data)
        transformation = self.get_random_transformation(data, training=training)
        if isinstance(data, dict):
            changed = dict(data)
            for part in _TOGETHER:
                if part in data:
                    transform = getattr(self, f"transform_{part}")
                    changed[part] = transform(data[part], transformation, training=training)
        else:
            changed = self.transform_images(data, transformation, training=training)
        return tree.map_structure(lambda x: ops.squeeze(x, 0), changed) if alone else changed

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        config = {**super().get_config(), "data_format": self.data_format}
        if self.bounding_box_format is not None:
            config["bounding_box_format"] = self.bounding_box_format
        return config

    # For lamina's own layers.

    def draw(self, data: Any, count: int, seed: Any = None) -> list[Any]:
        """Draw `count` numbers from [0, 1) for each image: a list of arrays `(batch,)`."""
        images = data["images"] if isinstance(data, dict) else data
        key = self.seed_generator if seed is None else seed
        return draws.uniform(key, engine().sizes(images)[0], count)

    def size(self, data: Any) -> tuple[Any, Any]:
        """Return height and width of the images."""
        images = data["images"] if isinstance(data, dict) else data
        sizes = engine().sizes(images)
        return sizes[-2:] if self.is_first else sizes[-3:-1]

    @property
    def is_first(self) -> bool:
        """Whether channels come before height and width."""
        return self.data_format == "channels_first"

    def with_channels_last(self, images: Any, change: Any) -> Any:
        """Apply `change` to images in the compute dtype, with channels last, and restore the layout."""
        x = ops.cast(images, self.compute_dtype)
        x = to_first(change(to_last(x))) if self.is_first else change(x)
        return ops.cast(x, self.compute_dtype)


def per_image(x: Any) -> Any:
    """Return numbers `(batch,)` such that they broadcast to images."""
    return engine().reshape(x, (-1, 1, 1, 1))
