"""Layers that change colours: each pixel by itself, or by the mean of its image."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer, per_image
from lamina.layers.preprocessing.image.draws import between
from lamina.ops.image.colors import rgb_to_grayscale


class Colouring(BaseImagePreprocessingLayer):
    """Abstract: values of pixels change, while labels, boxes and masks stay.

    Subclasses write `amounts`, which draws an array `(batch,)` or several, and `coloured`.
    """

    value_range: Any = (0, 255)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw how strongly each image changes."""
        raise NotImplementedError(f"{type(self).__name__} has no `amounts`.")

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Change images `(batch, height, width, channels)` by these amounts."""
        raise NotImplementedError(f"{type(self).__name__} has no `coloured`.")

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Draw for each image; `None` at inference."""
        return {"amounts": self.amounts(data, seed)} if training else None

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Change the images, within their range of values."""
        if transformation is None:
            return ops.cast(images, self.compute_dtype)
        amounts = transformation["amounts"]
        return self.with_channels_last(images, lambda x: self.clipped(self.coloured(x, amounts)))

    def clipped(self, x: Any) -> Any:
        """Return values within the range."""
        low, high = self.value_range
        return engine().minimum(engine().maximum(x, float(low)), float(high))

    def from_unit(self, x: Any) -> Any:
        """Spread values from 0 to 1 over the range."""
        low, high = self.value_range
        return x * float(high - low) + float(low)

    def to_unit(self, x: Any) -> Any:
        """Return values of the range as numbers from 0 to 1."""
        low, high = self.value_range
        return (x - float(low)) / float(high - low)


class ByFactor(Colouring):
    """Abstract: one number for each image, drawn from `factor`."""

    factor: Any

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw numbers from `factor`."""
        return per_image(between(self.draw(data, 1, seed)[0], self.factor))


class ByChance(Colouring):
    """Abstract: some images change, with a probability drawn from `factor`, and others do not."""

    factor_bounds = (0, 1)
    factor: Any

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw which images change."""
        chance, choice = self.draw(data, 2, seed)
        return per_image(choice < between(chance, self.factor))

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Return the images, and the changed ones where they are chosen."""
        return ops.where(amounts, self.changed(x), x)

    def changed(self, x: Any) -> Any:
        """Return all images changed."""
        raise NotImplementedError(f"{type(self).__name__} has no `changed`.")


@from_fields
class RandomBrightness(ByFactor):
    """In training, make each image lighter or darker: add a number, and clip.

    Args:
        factor: (low, high) within -1 and 1, as shares of the range of values; a number `f` means (-f, f).
        value_range: of the images.
        seed: an integer for the same draws in every run.

    Raises:
        ValueError: the factor is beyond its bounds.

    Example:
        >>> import lamina
        >>> lighter = lamina.layers.RandomBrightness((0.2, 0.2))
        >>> lighter(np.full((1, 1, 1, 1), 100.0, "float32")).tolist()
        [[[[151.0]]]]
    """

    factor: Any
    value_range: Any = (0, 255)
    seed: Any = None

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Add."""
        low, high = self.value_range
        return x + amounts * float(high - low)


@from_fields
class RandomContrast(Colouring):
    """In training, spread the values of each channel about their mean, or draw them together.

    Args:
        factor: (low, high) from 0 to 1: differences from the mean are multiplied by a number from
            `1 - low` to `1 + high`; a number `f` means (0, f).
        value_range, seed: as in `RandomBrightness`.

    Raises:
        ValueError: the factor is beyond its bounds.
    """

    factor_bounds = (0, 1)

    factor: Any
    value_range: Any = (0, 255)
    seed: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw by how much differences grow."""
        low, high = self.factor
        return per_image(between(self.draw(data, 1, seed)[0], (1 - low, 1 + high)))

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Multiply the differences from the mean."""
        mean = ops.mean(x, axis=(1, 2), keepdims=True)
        return (x - mean) * amounts + mean


@from_fields
class RandomHue(ByFactor):
    """In training, turn the colours of each image around the circle, to the one side or the other.

    Args:
        factor: (low, high) from 0 to 1, as shares of half the circle; a number `f` means (0, f).
        value_range, seed: as in `RandomBrightness`.
        data_format: where the channels lie.

    Raises:
        ValueError: the factor is beyond its bounds.
    """

    factor_bounds = (0, 1)

    factor: Any
    value_range: Any = (0, 255)
    data_format: Any = None
    seed: Any = None

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw angles as shares of the circle."""
        angle, side = self.draw(data, 2, seed)
        turn = between(angle, self.factor) * 0.5 * ops.where(side < 0.5, 1.0, -1.0)
        return ops.reshape(turn, (-1, 1, 1))

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Turn the hue."""
        hsv = ops.image.rgb_to_hsv(self.to_unit(x), data_format="channels_last")
        hue = ops.mod(hsv[..., 0] + amounts, 1.0)
        hsv = ops.stack([hue, hsv[..., 1], hsv[..., 2]], axis=-1)
        return self.from_unit(ops.image.hsv_to_rgb(hsv, data_format="channels_last"))


@from_fields
class RandomSaturation(ByFactor):
    """In training, make the colours of each image stronger or paler.

    Args:
        factor: (low, high): 0 gives grey, 0.5 changes nothing, 1 gives the strongest colours; a number
            `f` means (-f, f).
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond its bounds.
    """

    factor: Any
    value_range: Any = (0, 255)
    data_format: Any = None
    seed: Any = None

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Multiply the saturation."""
        times = ops.reshape(amounts / (1 - amounts + 1e-7), (-1, 1, 1))
        hsv = ops.image.rgb_to_hsv(self.to_unit(x), data_format="channels_last")
        saturation = ops.minimum(ops.maximum(hsv[..., 1] * times, 0.0), 1.0)
        hsv = ops.stack([hsv[..., 0], saturation, hsv[..., 2]], axis=-1)
        return self.from_unit(ops.image.hsv_to_rgb(hsv, data_format="channels_last"))


@from_fields
class RandomColorDegeneration(ByFactor):
    """In training, mix each image with its grey levels.

    Args:
        factor: (low, high): the share of grey; a number `f` means (-f, f).
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond its bounds.
    """

    factor: Any
    value_range: Any = (0, 255)
    data_format: Any = None
    seed: Any = None

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Mix."""
        gray = rgb_to_grayscale(x, data_format="channels_last")
        return x + (gray - x) * amounts


@from_fields
class RandomPosterization(Colouring):
    """In training, keep only the highest bits of the 8 of each value.

    Args:
        factor: how many bits, from 1 to 8, or (low, high): from `low` to below `high`; a number `f` means
            (1, f).
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond its bounds.
    """

    factor_bounds = (1, 8)

    factor: Any
    value_range: Any = (0, 255)
    data_format: Any = None
    seed: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.factor = self.limits("factor", self.factor)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw the size of a step in units of 1/255 of the range."""
        bits = ops.floor(between(self.draw(data, 1, seed)[0], self.factor))
        return per_image(ops.power(2.0, 8 - bits))

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Round down to whole steps."""
        levels = ops.floor(self.to_unit(x) * 255 + 1e-3)
        return self.from_unit(ops.floor(levels / amounts) * amounts / 255)


@from_fields
class RandomGrayscale(ByChance):
    """In training, turn some images grey; they keep three channels.

    Args:
        factor: the probability of it.
        data_format, seed: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond 0 and 1.
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("seed",)

    factor: Any = 0.5
    data_format: Any = None
    seed: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments; one number is the probability itself."""
        chance = self.factor
        super().check_arguments()
        self.factor = chance

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw which images turn grey."""
        return per_image(self.draw(data, 1, seed)[0] < self.factor)

    def changed(self, x: Any) -> Any:
        """Return grey levels in all channels."""
        return ops.zeros_like(x) + rgb_to_grayscale(x, data_format="channels_last")

    def clipped(self, x: Any) -> Any:
        """Return the values as they are: there is no range."""
        return x


@from_fields
class RandomInvert(ByChance):
    """In training, turn light to dark and dark to light in some images.

    Args:
        factor: the probability of it, or (low, high) between which it is drawn for each image; a
            number `f` means (0, f).
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond 0 and 1.
    """

    factor: Any = 1.0
    value_range: Any = (0, 255)
    seed: Any = None
    data_format: Any = None

    def changed(self, x: Any) -> Any:
        """Mirror the values in the middle of the range."""
        low, high = self.value_range
        return float(low + high) - x


@from_fields
class Solarization(Colouring):
    """In training, add a number to each image, then invert the values above a threshold.

    Args:
        addition_factor: (low, high) within -1 and 1, as shares of the range of values; a number `f`
            means (0, f).
        threshold_factor: the same for the threshold.
        value_range, seed: as in `RandomBrightness`.

    Raises:
        ValueError: a factor is beyond its bounds.
    """

    addition_factor: Any = 0.0
    threshold_factor: Any = 0.0
    value_range: Any = (0, 255)
    seed: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        for name in ("addition_factor", "threshold_factor"):
            setattr(self, name, self.limits(name, getattr(self, name), low=0))

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw numbers and thresholds."""
        low, high = self.value_range
        factors = (self.addition_factor, self.threshold_factor)
        draws = self.draw(data, 2, seed)
        return [
            per_image(between(draw, factor) * float(high - low))
            for draw, factor in zip(draws, factors, strict=True)
        ]

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Add, clip, and invert."""
        low, high = self.value_range
        added, threshold = amounts
        x = self.clipped(x + added)
        return ops.where(x - float(low) < threshold, x, float(low + high) - x)


@from_fields
class RandomColorJitter(Colouring):
    """In training, change brightness, contrast, saturation and hue, in this order, as far as they are given.

    Args:
        value_range: of the images.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: `factor` of `RandomBrightness`,
            `RandomContrast`, `RandomSaturation` and `RandomHue`.
        seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: a factor is beyond its bounds.
    """

    value_range: Any = (0, 255)
    brightness_factor: Any = None
    contrast_factor: Any = None
    saturation_factor: Any = None
    hue_factor: Any = None
    seed: Any = None
    data_format: Any = None

    def check_arguments(self) -> None:
        """Make the layers that change one thing each."""
        super().check_arguments()
        kinds = {
            "brightness": RandomBrightness,
            "contrast": RandomContrast,
            "saturation": RandomSaturation,
            "hue": RandomHue,
        }
        factors = {name: getattr(self, f"{name}_factor") for name in kinds}
        self.parts = [
            kinds[name](factor, value_range=self.value_range, dtype=self.dtype_policy)
            for name, factor in factors.items()
            if factor is not None
        ]

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw for each part."""
        key = self.seed_generator if seed is None else seed
        return [part.amounts(data, key) for part in self.parts]

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Change one thing after the other."""
        for part, amount in zip(self.parts, amounts, strict=True):
            x = part.clipped(part.coloured(x, amount))
        return x
