"""STFT: the waves of a short-time Fourier transform, as a convolution's kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core.choices import one_of
from lamina.core.variable import numpy_dtype
from lamina.initializers.initializer import Initializer

_WINDOWS = {
    "bartlett": np.bartlett,
    "blackman": np.blackman,
    "boxcar": np.ones,
    "hamming": np.hamming,
    "hann": np.hanning,
    "rectangular": np.ones,
}


class STFT(Initializer):
    """Windowed cosines (`"real"`) or negative sines (`"imag"`), one frequency for each output.

    For a kernel `(length, channels, frequencies)` the value at time t and frequency k is
    `window(t) * cos(2 pi t k / n)` or `-window(t) * sin(2 pi t k / n)`, n = 2 * (frequencies - 1): what a
    real Fourier transform of n samples, the window's first, multiplies a signal with.

    Args:
        side: `"real"` or `"imag"`.
        window: `"hann"`, `"hamming"`, `"blackman"`, `"bartlett"`, `"rectangular"`, an array of the kernel's
            length, or `None` for no window and no scaling.
        scaling: `"density"` divides the window by the root of its sum of squares, `"spectrum"` by its
            sum, `None` leaves it.
        periodic: whether the window continues itself periodically, rather than being symmetric.

    Raises:
        ValueError: an argument outside its choices; when called, a shape that does not fit.

    Example:
        >>> import lamina
        >>> lamina.initializers.STFT("real", "rectangular", None)((4, 1, 3))[:, 0, 0].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ):
        one_of("STFT", "side", side, ("real", "imag"))
        if isinstance(window, str):
            one_of("STFT", "window", window, _WINDOWS)
        one_of("STFT", "scaling", scaling, ("density", "spectrum", None))
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make the kernel."""
        if len(shape) != 3 or shape[2] < 2:
            raise ValueError(
                "STFT makes kernels (length, channels, frequencies) with at least 2 frequencies, "
                f"not of shape {shape}."
            )
        length, _, frequencies = shape
        # The angle's whole turns are taken away in integers, where nothing is lost.
        turns = np.outer(np.arange(length), np.arange(frequencies)) % (2 * (frequencies - 1))
        angle = np.pi * turns / (frequencies - 1)
        wave = np.cos(angle) if self.side == "real" else -np.sin(angle)
        kernel = self._window(length)[:, None, None] * wave[:, None, :]
        return np.array(np.broadcast_to(kernel, shape), numpy_dtype(dtype))

    def _window(self, length: int) -> np.ndarray:
        if self.window is None:
            return np.ones(length)
        if isinstance(self.window, str):
            make = _WINDOWS[self.window]
            window = make(length + 1)[:-1] if self.periodic else make(length)
        else:
            window = np.asarray(self.window, "float64")
            if window.shape != (length,):
                raise ValueError(
                    f"STFT: the window has shape {window.shape}, the kernel's length is {length}."
                )
        if self.scaling == "density":
            return window / np.sqrt(np.sum(np.square(window)))
        return window / np.abs(np.sum(window)) if self.scaling == "spectrum" else window
