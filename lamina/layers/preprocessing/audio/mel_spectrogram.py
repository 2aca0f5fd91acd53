"""`MelSpectrogram`: the energy of a sound over time and pitch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import dtypes
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer


@from_fields
class MelSpectrogram(PreprocessingLayer):
    """Compute the energy of a sound in bands of the mel scale, at each time.

    Frames are centred, and the sound is reflected at its ends. In decibels what is more than `top_db` below the
    loudest entry of the batch is raised to that.

    Shapes: `(..., samples)` to `(..., num_mel_bins, samples // sequence_stride + 1)`.

    Args:
        fft_length: samples that are transformed at once; a shorter frame is filled up with zeros.
        sequence_stride: samples from a frame to the next.
        sequence_length: samples in a frame; by default `fft_length`.
        window: `"hann"` or `"hamming"`, what frames are multiplied by; `None` for nothing.
        sampling_rate: samples per second.
        num_mel_bins: number of bands.
        min_freq, max_freq: where the lowest band begins and the highest ends, in hertz; the latter by default at
            half of `sampling_rate`.
        power_to_db: give decibels.
        top_db: the range of decibels.
        mag_exp: to which power magnitudes are raised: 1 for magnitudes, 2 for energies.
        min_power: what is less counts as this, in decibels.
        ref_power: energy of 0 decibels.

    Raises:
        ValueError: `fft_length` is less than `sequence_length`, or another argument is out of its range.

    Example:
        >>> import lamina
        >>> sound = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000, dtype="float32"))
        >>> picture = lamina.layers.MelSpectrogram(num_mel_bins=64)(sound)
        >>> picture.shape, int(np.argmax(np.asarray(picture)[:, 16]))
        ((64, 32), 11)

    Source: Davis and Mermelstein 1980, "Comparison of parametric representations for monosyllabic word
    recognition"; the mel scale is that of the HTK book, 1127 ln(1 + f / 700).
    """

    fft_length: int = 2048
    sequence_stride: int = 512
    sequence_length: int | None = None
    window: Any = "hann"
    sampling_rate: int = 16000
    num_mel_bins: int = 128
    min_freq: float = 20.0
    max_freq: float | None = None
    power_to_db: bool = True
    top_db: float = 80.0
    mag_exp: float = 2.0
    min_power: float = 1e-10
    ref_power: float = 1.0

    def check_arguments(self) -> None:
        """Check the sizes; see the class."""
        self.sequence_length = self.sequence_length or self.fft_length
        self.max_freq = self.max_freq or int(self.sampling_rate / 2)
        counts = (
            "fft_length",
            "sequence_stride",
            "sequence_length",
            "num_mel_bins",
            "sampling_rate",
        )
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(
                    f"MelSpectrogram: `{name}` must be positive, not {getattr(self, name)!r}."
                )
        if self.fft_length < self.sequence_length:
            raise ValueError(
                f"MelSpectrogram: `fft_length`, {self.fft_length}, must be at least `sequence_length`, "
                f"{self.sequence_length}."
            )
        if not 0 <= self.min_freq < self.max_freq:
            raise ValueError(
                f"MelSpectrogram: `min_freq`, {self.min_freq}, must lie below `max_freq`, {self.max_freq}, and not "
                "below 0."
            )

    def call(self, inputs: Any) -> Any:
        """Transform frames, and sum up bands."""
        dtype = "float32" if self.compute_dtype in ("float16", "bfloat16") else self.compute_dtype
        parts = ops.stft(
            ops.cast(inputs, dtype),
            self.sequence_length,
            self.sequence_stride,
            self.fft_length,
            self.window,
        )
        energies = ops.add(*(ops.square(part) for part in parts))
        if self.mag_exp != 2:
            energies = ops.power(energies, self.mag_exp / 2)
        bands = self.linear_to_mel_weight_matrix(
            self.num_mel_bins,
            self.fft_length // 2 + 1,
            self.sampling_rate,
            self.min_freq,
            self.max_freq or self.sampling_rate / 2,
            dtype,
        )
        mels = ops.swapaxes(ops.matmul(energies, bands), -1, -2)
        return ops.cast(self._decibels(mels) if self.power_to_db else mels, self.compute_dtype)

    def _decibels(self, mels: Any) -> Any:
        levels = ops.multiply(ops.log(ops.maximum(mels, self.min_power)), 10 / math.log(10))
        levels = ops.subtract(levels, 10 * math.log10(max(self.ref_power, self.min_power)))
        return ops.maximum(levels, ops.subtract(ops.max(levels), self.top_db))

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins: int = 20,
        num_spectrogram_bins: int = 129,
        sampling_rate: float = 8000,
        lower_edge_hertz: float = 125.0,
        upper_edge_hertz: float = 3800.0,
        dtype: str = "float32",
    ) -> Any:
        """Return how much of each frequency goes into each band: triangles on the mel scale.

        Shapes: `(num_spectrogram_bins, num_mel_bins)`.

        Args:
            num_mel_bins: number of bands.
            num_spectrogram_bins: number of frequencies, from 0 to half of `sampling_rate`.
            sampling_rate: samples per second.
            lower_edge_hertz, upper_edge_hertz: where the lowest band begins and the highest ends.
            dtype: of the result.
        """
        frequencies = np.linspace(0, sampling_rate / 2, num_spectrogram_bins)
        places = _mel(frequencies)[:, None]
        edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
        below, middle, above = edges[:-2], edges[1:-1], edges[2:]
        rising, falling = (places - below) / (middle - below), (above - places) / (above - middle)
        weights = np.maximum(np.minimum(rising, falling), 0)
        weights[0] = 0  # a constant is not heard
        return ops.convert_to_tensor(weights, dtypes.standardize(dtype))


def _mel(hertz: Any) -> Any:
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)
