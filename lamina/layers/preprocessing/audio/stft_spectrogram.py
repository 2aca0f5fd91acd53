"""`STFTSpectrogram`: the frequencies in each frame of a sound, by two convolutions."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import settings
from lamina.core.argument_kinds import Count
from lamina.core.choices import one_of
from lamina.initializers import Initializer
from lamina.layers.arguments import from_fields
from lamina.layers.input_spec import InputSpec
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer
from lamina.layers.windows import DataFormat, Padding

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@from_fields
class STFTSpectrogram(PreprocessingLayer):
    """Compute the short-time Fourier transform of sounds, or what follows from it.

    The transform is two convolutions with waves, the weights `real_kernel` and `imag_kernel`, of shape
    `(frame_length, 1, frequencies)`. They can be trained; `trainable=False` keeps them as they are.

    Shapes: `(batch, samples, channels)` to `(batch, frames, channels * frequencies)`, where frequencies are
    `fft_length // 2 + 1`, twice as many in the mode `"stft"`.

    Args:
        mode: `"log"` of the magnitude, `"magnitude"`, `"psd"` (its square, to which frequencies below 0 are
            added), `"real"`, `"imag"`, `"angle"`, or `"stft"`: the real parts, then the imaginary ones.
        frame_length: samples in a frame.
        frame_step: samples from a frame to the next; by default half of a frame.
        fft_length: samples that are transformed, a frame filled up with zeros; by default the power of two that
            is not less than `frame_length`.
        window: what frames are multiplied by: a name that `scipy.signal.get_window` knows, an array of
            `frame_length` numbers, or `None` for nothing.
        periodic: the window continues periodically, instead of being symmetric.
        scaling: `"density"`: the window is divided by the root of the sum of its squares; `"spectrum"`: by its
            sum; `None`: not at all.
        padding: `"valid"` or `"same"`, with which frames go on beyond the ends, in zeros.
        expand_dims: give channels an axis of their own: `(batch, frames, frequencies, channels)`.
        data_format: `"channels_first"` takes `(batch, channels, samples)` and gives
            `(batch, channels * frequencies, frames)`, or `(batch, channels, frames, frequencies)`.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> import lamina
        >>> sounds = np.zeros((2, 16000, 1), "float32")
        >>> lamina.layers.STFTSpectrogram(frame_length=500, frame_step=100)(sounds).shape
        (2, 156, 257)

    Source: Allen and Rabiner 1977, "A unified approach to short-time Fourier analysis and synthesis".
    """

    input_spec = InputSpec(ndim=3)

    mode: str = "log"
    frame_length: Count = 256
    frame_step: Count | None = None
    fft_length: Count | None = None
    window: Any = "hann"
    periodic: bool = False
    scaling: str | None = "density"
    padding: Padding = "valid"
    expand_dims: bool = False
    data_format: DataFormat = None

    def check_arguments(self) -> None:
        """Check the sizes; see the class."""
        one_of("STFTSpectrogram", "mode", self.mode, _MODES)
        one_of("STFTSpectrogram", "scaling", self.scaling, ("density", "spectrum", None))
        length, step, transformed = self.frame_length, self._step(), self._transformed()
        if length < 2 or not 1 <= step <= length or transformed < length:
            raise ValueError(
                "STFTSpectrogram: `frame_step` must lie between 1 and `frame_length`, and `fft_length` not below "
                f"it; not frame_length={length}, frame_step={step}, fft_length={transformed}."
            )
        _window(self.window, length, self.periodic, self.scaling)

    def _step(self) -> int:
        return self.frame_length // 2 if self.frame_step is None else self.frame_step

    def _transformed(self) -> int:
        if self.fft_length is not None:
            return self.fft_length
        return 1 << (self.frame_length - 1).bit_length()

    def build(self, input_shape: Any) -> None:
        """Make the waves that the mode needs."""
        shape = (self.frame_length, 1, self._transformed() // 2 + 1)
        waves = functools.partial(
            Waves, self._transformed(), self.window, self.periodic, self.scaling
        )
        if self.mode != "imag":
            self.real_kernel = self.add_weight(shape, waves("real"), name="real_kernel")
        if self.mode != "real":
            self.imag_kernel = self.add_weight(shape, waves("imag"), name="imag_kernel")

    def call(self, inputs: Any) -> Any:
        """Convolve each channel, and put the channels together."""
        x = ops.cast(inputs, self.compute_dtype)
        if self.data_format == "channels_last":
            x = ops.transpose(x, (0, 2, 1))
        channels = x.shape[1]
        sounds = ops.reshape(x, (-1, *ops.shape(x)[2:], 1))
        frames = self._of_frames(sounds)  # (batch * channels, frames, frequencies)
        _, count, frequencies = ops.shape(frames)
        y = ops.reshape(frames, (-1, channels, count, frequencies))
        if self.expand_dims:
            return y if self.data_format == "channels_first" else ops.transpose(y, (0, 2, 3, 1))
        if self.data_format == "channels_first":
            y = ops.transpose(y, (0, 1, 3, 2))
            return ops.reshape(y, (-1, channels * frequencies, count))
        y = ops.transpose(y, (0, 2, 1, 3))
        return ops.reshape(y, (-1, count, channels * frequencies))

    def _of_frames(self, sounds: Any) -> Any:
        def convolved(kernel: Any) -> Any:
            return ops.conv(
                sounds,
                ops.cast(kernel, self.compute_dtype),
                self._step(),
                self.padding,
                data_format="channels_last",
            )

        if self.mode == "real":
            return convolved(self.real_kernel)
        if self.mode == "imag":
            return convolved(self.imag_kernel)
        real, imag = convolved(self.real_kernel), convolved(self.imag_kernel)
        if self.mode == "stft":
            return ops.concatenate([real, imag], -1)
        if self.mode == "angle":
            return ops.arctan2(imag, real)
        power = ops.add(ops.square(real), ops.square(imag))
        if self.mode == "psd":
            return ops.multiply(power, ops.cast(self._sides(), self.compute_dtype))
        magnitude = ops.sqrt(ops.maximum(power, settings.epsilon()))
        return ops.log(magnitude) if self.mode == "log" else magnitude

    def _sides(self) -> np.ndarray:
        """Return 2 for each frequency that is there below 0, too: all but 0 and half the sampling rate."""
        length = self._transformed()
        sides = np.full(length // 2 + 1, 2.0)
        sides[0] = 1
        if length % 2 == 0:
            sides[-1] = 1
        return sides.astype("float32")


class Waves(Initializer):
    """The real or imaginary parts of the waves of a discrete Fourier transform, times a window."""

    def __init__(
        self, fft_length: int, window: Any, periodic: bool, scaling: str | None, part: str
    ):
        self._fft_length, self._part = fft_length, part
        self._window = window, periodic, scaling

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Compute the waves, `(frame_length, 1, frequencies)`."""
        length, _, frequencies = shape
        # Whole turns are left out before the angle is computed, so that large numbers lose nothing.
        turns = np.outer(np.arange(length), np.arange(frequencies)) % self._fft_length
        angles = 2 * np.pi / self._fft_length * turns
        waves = np.cos(angles) if self._part == "real" else -np.sin(angles)
        window, periodic, scaling = self._window
        shaped = waves * _window(window, length, periodic, scaling)[:, None]
        return shaped[:, None, :].astype(dtype)


def _window(window: Any, length: int, periodic: bool, scaling: str | None) -> np.ndarray:
    """Return the window, `(length,)`, scaled.

    Raises:
        ValueError: the name is unknown, or the array has another length.
    """
    if window is None:
        return np.ones(length)
    if isinstance(window, str):
        import scipy.signal  # half a second, which all who import layers would pay

        try:
            values: Any = scipy.signal.get_window(window, length, fftbins=periodic)
        except ValueError as error:
            raise ValueError(f"STFTSpectrogram: `window` {window!r} is unknown: {error}") from error
    else:
        values = np.asarray(window, "float64")
        if values.shape != (length,):
            raise ValueError(
                f"STFTSpectrogram: `window` must have `frame_length` numbers, ({length},), not the shape "
                f"{values.shape}."
            )
    if scaling == "density":
        return values / np.sqrt(np.sum(values**2))
    return values / np.sum(values) if scaling == "spectrum" else values
