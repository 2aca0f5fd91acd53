"""Layers that choose among others for each image: `RandAugment`, `AugMix`."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image import draws, planes
from lamina.layers.preprocessing.image.base import per_image
from lamina.layers.preprocessing.image.colours import (
    RandomBrightness,
    RandomColorDegeneration,
    RandomContrast,
    RandomPosterization,
    Solarization,
)
from lamina.layers.preprocessing.image.histograms import AutoContrast, Equalization
from lamina.layers.preprocessing.image.neighbourhoods import RandomSharpness
from lamina.layers.preprocessing.image.warping import (
    RandomRotation,
    RandomShear,
    RandomTranslation,
    Warping,
)


class Choosing(Warping):
    """Abstract: some changes of colours and places, chosen for each image.

    All colours are changed first, then each image is read by one map, the product of those chosen for it.
    """

    factor_bounds = (0, 1)
    factor: Any
    value_range: Any

    def check_arguments(self) -> None:
        """Complete the arguments, and make the layers among which is chosen."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)
        low, high = self.factor
        both, range_ = (-high, high), {"value_range": self.value_range, "dtype": self.dtype_policy}
        self.colours: list[Any] = [
            AutoContrast(**range_),
            RandomBrightness(both, **range_),
            RandomColorDegeneration((low, high), **range_),
            RandomContrast((low, high), **range_),
            RandomPosterization((8 - 4 * high, 8 - 4 * low), **range_),
            RandomSharpness((0.5, 0.5 + high / 2), **range_),
            Solarization((0, high), (1 - high, 1), **range_),
        ]
        if self.equalizes:
            self.colours.append(Equalization(**range_))
        self.places: list[Any] = [
            RandomRotation((-high / 2, high / 2), dtype=self.dtype_policy),
            RandomShear((low, high), (low, high), dtype=self.dtype_policy),
            RandomTranslation((-high, high), (-high, high), dtype=self.dtype_policy),
        ]

    equalizes = True

    def chosen(self, numbers: list[Any], count: Any) -> list[Any]:
        """Return, from one draw for each part, whether it is among the `count` chosen ones of an image."""
        rank = [sum(ops.cast(other < x, "float32") for other in numbers) for x in numbers]
        return [place < count for place in rank]

    def drawn(self, data: Any, size: tuple[Any, Any], key: Any, count: Any) -> Any:
        """Draw which parts of `count` change each image, and how much."""
        parts = len(self.colours) + len(self.places)
        chosen = self.chosen(self.draw(data, parts, key), count)
        amounts = [
            part.amounts(data, key) if hasattr(part, "seed_generator") else None
            for part in self.colours
        ]
        plane = [[1.0 * (i == j) for j in range(3)] for i in range(3)]
        for part, is_chosen in zip(self.places, chosen[len(self.colours) :], strict=True):
            entries = part.plane(data, size, key)
            kept = [
                [
                    ops.where(is_chosen, entries[i][j] + 0.0 * part_of(is_chosen), 1.0 * (i == j))
                    for j in range(3)
                ]
                for i in range(3)
            ]
            plane = planes.product(plane, kept)
        return {"chosen": chosen, "amounts": amounts, "plane": plane, "size": size}

    def applied(self, images: Any, transformation: Any) -> Any:
        """Change colours, then places."""

        def colour(x: Any) -> Any:
            rows = zip(
                self.colours, transformation["chosen"], transformation["amounts"], strict=False
            )
            for part, is_chosen, amount in rows:
                x = ops.where(per_image(is_chosen), part.clipped(part.coloured(x, amount)), x)
            return x

        return self.read(
            self.with_channels_last(images, colour), transformation, self.interpolation
        )


def part_of(condition: Any) -> Any:
    """Return zeros of a condition's shape."""
    return ops.cast(condition, "float32") * 0.0


@from_fields
class RandAugment(Choosing):
    """In training, apply `num_ops` changes to each image, chosen at random for it.

    Colours: contrast, brightness, grey, posterization, sharpness, solarization, equalization. Places:
    rotation, shear, translation.

    Args:
        value_range: of the images.
        num_ops: how many changes.
        factor: how strong they are, from 0 to 1, or (low, high).
        interpolation: `"nearest"` or `"bilinear"`.
        seed: an integer for the same draws in every run.
        data_format: where the channels lie.

    Raises:
        ValueError: the factor is beyond 0 and 1.

    Source: Cubuk et al. 2019, "RandAugment".
    """

    value_range: Any = (0, 255)
    num_ops: Count = 2
    factor: Any = 0.5
    interpolation: str = "bilinear"
    seed: Any = None
    data_format: Any = None

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw the changes of each image."""
        if not training:
            return None
        key = self.seed_generator if seed is None else seed
        return self.drawn(data, self.size(data), key, float(self.num_ops))

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Apply the changes."""
        images = ops.cast(images, self.compute_dtype)
        return images if transformation is None else self.applied(images, transformation)


@from_fields
class AugMix(Choosing):
    """In training, mix each image with several versions of itself, each changed several times at random.

    Boxes and masks stay where they are, as most of the image does.

    Args:
        value_range: of the images.
        num_chains: number of versions.
        chain_depth: the most changes of one.
        factor: how strong they are, from 0 to 1, or (low, high).
        alpha: of the Dirichlet and beta distributions from which shares are drawn.
        all_ops: whether to equalize, too.
        interpolation, seed, data_format: as in `RandAugment`.

    Raises:
        ValueError: the factor is beyond 0 and 1.

    Source: Hendrycks et al. 2019, "AugMix".
    """

    value_range: Any = (0, 255)
    num_chains: Count = 3
    chain_depth: Count = 3
    factor: Any = 0.3
    alpha: float = 1.0
    all_ops: bool = True
    interpolation: str = "bilinear"
    seed: Any = None
    data_format: Any = None

    @property
    def equalizes(self) -> bool:  # type: ignore[override]
        """Whether equalization is among the changes."""
        return self.all_ops

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw the versions of each image, and their shares."""
        if not training:
            return None
        key, size = self.seed_generator if seed is None else seed, self.size(data)
        per_chain = draws.GAMMA + 1
        numbers = self.draw(data, 2 * draws.GAMMA + self.num_chains * per_chain, key)
        share, rest = draws.beta(numbers[: 2 * draws.GAMMA], self.alpha), numbers[2 * draws.GAMMA :]
        weights, chains = [], []
        for i in range(self.num_chains):
            depth, *mine = rest[i * per_chain : (i + 1) * per_chain]
            weights.append(draws.gamma(mine, self.alpha))
            count = 1 + ops.floor(depth * self.chain_depth)
            chains.append(self.drawn(data, size, key, count))
        return {"share": share, "weights": weights, "chains": chains, "size": size}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Mix the images with their versions."""
        images = ops.cast(images, self.compute_dtype)
        if transformation is None:
            return images
        weights = transformation["weights"]
        whole, share = sum(weights[1:], weights[0]), transformation["share"]
        mixed = images * per_image(1 - share)
        for weight, chain in zip(weights, transformation["chains"], strict=True):
            mixed = mixed + self.applied(images, chain) * per_image(share * weight / whole)
        return ops.cast(mixed, self.compute_dtype)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Return the masks as they are."""
        return segmentation_masks

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Return the boxes as they are."""
        return bounding_boxes
