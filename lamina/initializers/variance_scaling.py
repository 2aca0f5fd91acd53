"""Initializers whose spread depends on how many inputs and outputs a weight joins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from lamina.core.choices import one_of
from lamina.core.variable import numpy_dtype
from lamina.initializers.initializer import RandomInitializer
from lamina.initializers.random import truncated_normal, uniform

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
# Standard deviation of a standard normal distribution that is cut at -2 and 2.
_TRUNCATED_STDDEV = 0.87962566103423978

Axes = Sequence[int] | int | None


class VarianceScaling(RandomInitializer):
    """Draws with variance `scale / n`, where n counts a unit's inputs, outputs, or their mean.

    For a kernel `(*window, inputs, outputs)` each count is multiplied by the window's size.

    Args:
        scale: factor of the variance, positive.
        mode: what n is: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"` (cut at 2 standard deviations), `"untruncated_normal"` or
            `"uniform"`; `"normal"` means the first.
        seed: an integer for the same draws each time; see `RandomInitializer`.
        input_axes, output_axes: axes of the weight that count as inputs and as outputs, where it is
            no ordinary kernel; both or neither.

    Raises:
        ValueError: an argument outside its choices.

    Example:
        >>> import lamina
        >>> kernel = lamina.initializers.VarianceScaling(2.0, seed=1)((500, 100))
        >>> round(float(kernel.std()), 3) == round((2 / 500) ** 0.5, 3)
        True

    Source: Glorot & Bengio 2010; He et al. 2015.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ):
        super().__init__(seed)
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if not scale > 0:
            raise ValueError(f"VarianceScaling: `scale` must be positive, not {scale!r}.")
        if (
            mode not in _MODES or distribution not in _DISTRIBUTIONS
        ):  # layers make these by the dozen
            one_of("VarianceScaling", "mode", mode, _MODES)
            one_of("VarianceScaling", "distribution", distribution, _DISTRIBUTIONS)
        if (input_axes is None) != (output_axes is None):
            raise ValueError(
                "VarianceScaling: give both `input_axes` and `output_axes`, or neither."
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes

    def check(self, shape: tuple[int, ...], dtype: str) -> None:
        """Raise ValueError unless `dtype` is floating, IndexError if `shape` lacks an axis that counts."""
        super().check(shape, dtype)
        self._count(shape)

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Draw the values."""
        working = self.working_dtype(dtype)
        variance = self.scale / max(1.0, self._count(shape))
        generator = self.generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            values = uniform(generator, shape, -limit, limit, working)
        elif self.distribution == "truncated_normal":
            # Cutting the tails takes some of the variance away; this gives it back.
            values = truncated_normal(generator, shape, working)
            values *= working(math.sqrt(variance) / _TRUNCATED_STDDEV)
        else:
            values = generator.standard_normal(math.prod(shape), working).reshape(shape)
            values *= working(math.sqrt(variance))
        return values.astype(numpy_dtype(dtype), copy=False)

    def _count(self, shape: tuple[int, ...]) -> float:
        if self.input_axes is not None:
            fan_in, fan_out = _size(shape, self.input_axes), _size(shape, self.output_axes)
        else:
            fan_in, fan_out = fans(shape)
        return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]


def _size(shape: tuple[int, ...], axes: Any) -> int:
    return math.prod(shape[axis] for axis in ([axes] if isinstance(axes, int) else axes))


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Count the inputs and outputs of a weight of `shape`.

    Example:
        >>> fans((3, 3, 16, 32))
        (144, 288)
    """
    if len(shape) < 2:
        return (shape or (1,))[0], (shape or (1,))[0]
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class Scaled(VarianceScaling):
    """Abstract: `VarianceScaling` with settings of its own: scale, mode and distribution.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.
    """

    settings: ClassVar[tuple[float, str, str]]

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None):
        super().__init__(*self.settings, seed, input_axes, output_axes)


class GlorotUniform(Scaled):
    """Draws evenly within `sqrt(6 / (inputs + outputs))` of 0: Keras' default for kernels.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.

    Example:
        >>> import lamina
        >>> bool(abs(lamina.initializers.GlorotUniform()((4, 2))).max() <= 1)
        True

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward networks".
    """

    settings = (1.0, "fan_avg", "uniform")


class GlorotNormal(Scaled):
    """Truncated normal draws with variance `2 / (inputs + outputs)`.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.

    Example:
        >>> import lamina
        >>> lamina.initializers.GlorotNormal(seed=1)((4, 2)).shape
        (4, 2)

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward networks".
    """

    settings = (1.0, "fan_avg", "truncated_normal")


class HeUniform(Scaled):
    """Draws evenly within `sqrt(6 / inputs)` of 0, for layers with relu.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.

    Example:
        >>> import lamina
        >>> bool(abs(lamina.initializers.HeUniform()((6, 2))).max() <= 1)
        True

    Source: He et al. 2015, "Delving deep into rectifiers".
    """

    settings = (2.0, "fan_in", "uniform")


class HeNormal(Scaled):
    """Truncated normal draws with variance `2 / inputs`, for layers with relu.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.

    Example:
        >>> import lamina
        >>> lamina.initializers.HeNormal(seed=1)((4, 2)).shape
        (4, 2)

    Source: He et al. 2015, "Delving deep into rectifiers".
    """

    settings = (2.0, "fan_in", "truncated_normal")


class LecunUniform(Scaled):
    """Draws evenly within `sqrt(3 / inputs)` of 0.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.

    Example:
        >>> import lamina
        >>> bool(abs(lamina.initializers.LecunUniform()((3, 2))).max() <= 1)
        True

    Source: LeCun et al. 1998, "Efficient backprop".
    """

    settings = (1.0, "fan_in", "uniform")


class LecunNormal(Scaled):
    """Truncated normal draws with variance `1 / inputs`, for layers with selu.

    Args:
        seed, input_axes, output_axes: see `VarianceScaling`.

    Example:
        >>> import lamina
        >>> lamina.initializers.LecunNormal(seed=1)((4, 2)).shape
        (4, 2)

    Source: LeCun et al. 1998; Klambauer et al. 2017, "Self-normalizing neural networks".
    """

    settings = (1.0, "fan_in", "truncated_normal")
