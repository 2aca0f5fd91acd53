"""Fourier transforms and sequences of frames. A complex signal is a pair of its real and imaginary parts."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.higher_order import higher_order
from lamina.core.op import Tensor, engine, op, to_native

__all__ = ["extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]

_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}
Pair = tuple[Any, Any]


@higher_order
def fft(x: Pair) -> Pair:
    """Compute the discrete Fourier transform along the last axis.

    Args:
        x: `(real, imag)`, two floating tensors of one shape.

    Returns:
        `(real, imag)` of the transform.

    Raises:
        ValueError: `x` is not such a pair.

    Example:
        >>> real, imag = fft((np.array([1.0, 0.0]), np.array([0.0, 1.0])))
        >>> real.tolist(), imag.tolist()
        ([1.0, 1.0], [1.0, -1.0])
    """
    return _parts(engine().fft(_joined("fft", x, 1), axes=(-1,)))


@higher_order
def fft2(x: Pair) -> Pair:
    """Compute the discrete Fourier transform along the last two axes; arguments as for `fft`.

    Example:
        >>> fft2((np.ones((2, 2)), np.zeros((2, 2))))[0].tolist()
        [[4.0, 0.0], [0.0, 0.0]]
    """
    return _parts(engine().fft(_joined("fft2", x, 2), axes=(-2, -1)))


@higher_order
def ifft2(x: Pair) -> Pair:
    """Compute the inverse of `fft2`.

    Example:
        >>> ifft2((np.ones((2, 2)), np.zeros((2, 2))))[0].tolist()
        [[1.0, 0.0], [0.0, 0.0]]
    """
    return _parts(engine().ifft(_joined("ifft2", x, 2), axes=(-2, -1)))


@op
def rfft(x: Tensor, fft_length: int | None = None) -> Pair:
    """Compute the first half of the discrete Fourier transform of real `x` along the last axis.

    Args:
        fft_length: cut the last axis to this, or fill it with zeros.

    Returns:
        `(real, imag)`, each `(..., fft_length // 2 + 1)`.

    Example:
        >>> real, imag = rfft(np.array([0.0, 1.0, 2.0, 3.0]))
        >>> real.tolist(), imag.tolist()
        ([6.0, -2.0, -2.0], [0.0, 2.0, 0.0])
    """
    x = _single(x)
    return _parts(engine().rfft(x, _positive("rfft", fft_length, engine().shape(x)[-1])))


@higher_order
def irfft(x: Pair, fft_length: int | None = None) -> Any:
    """Compute the inverse of `rfft`.

    Args:
        x: `(real, imag)`, two tensors `(..., n)`.
        fft_length: size of the result's last axis, `2 * (n - 1)` without.

    Example:
        >>> irfft(rfft(np.array([0.0, 1.0, 2.0, 3.0]))).tolist()
        [0.0, 1.0, 2.0, 3.0]
    """
    joined = _joined("irfft", x, 1)
    length = _positive("irfft", fft_length, 2 * (engine().shape(joined)[-1] - 1))
    return engine().irfft(joined, length)


def _positive(what: str, length: int | None, otherwise: int) -> int:
    length = otherwise if length is None else length
    if length < 1:
        raise ValueError(f"ops.{what}: `fft_length` must be positive, not {length}.")
    return length


def _single(x: Any) -> Any:
    """Return `x` in a floating dtype that has a complex companion; half precision has none."""
    return x if engine().dtype(x) in ("float32", "float64") else engine().cast(x, "float32")


def _joined(what: str, x: Any, least: int) -> Any:
    """Return the complex array of the pair `x`."""
    if not isinstance(x, (list, tuple)) or len(x) != 2:
        raise ValueError(f"ops.{what}: `x` must be a pair (real, imag) of tensors, not {type(x)}.")
    e = engine()
    real, imag = (to_native(part) for part in x)
    if tuple(real.shape) != tuple(imag.shape) or real.ndim < least:
        raise ValueError(
            f"ops.{what}: the real and the imaginary part must have one shape of at least {least} "
            f"axes, not {tuple(real.shape)} and {tuple(imag.shape)}."
        )
    if 0 in tuple(real.shape)[-least:]:
        raise ValueError(
            f"ops.{what}: the transformed axes of {tuple(real.shape)} hold no elements."
        )
    if not all(dtypes.is_float(e.dtype(part)) for part in (real, imag)):
        raise ValueError(
            f"ops.{what}: the parts must be floating, not {e.dtype(real)} and {e.dtype(imag)}."
        )
    wide = "float64" if "float64" in (e.dtype(real), e.dtype(imag)) else "float32"
    return e.make_complex(e.cast(real, wide), e.cast(imag, wide))


def _parts(x: Any) -> Pair:
    return engine().real(x), engine().imag(x)


@op
def extract_sequences(x: Tensor, sequence_length: int, sequence_stride: int) -> Tensor:
    """Cut pieces of `sequence_length` from the last axis, one at every `sequence_stride`.

    Returns:
        `(..., sequences, sequence_length)`; what does not fill a piece is left out.

    Example:
        >>> extract_sequences(np.arange(6), 3, 2).tolist()
        [[0, 1, 2], [2, 3, 4]]
    """
    room = engine().shape(x)[-1] - sequence_length
    count = builtins.max(0, room // sequence_stride + 1)
    places = np.arange(count)[:, None] * sequence_stride + np.arange(sequence_length)
    return engine().take(x, to_native(places.astype("int32")), -1)


@op
def stft(
    x: Tensor,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Pair:
    """Compute the short-time Fourier transform of real `x` along its last axis.

    Args:
        sequence_length, sequence_stride: of the frames.
        fft_length: frames are filled with zeros on both sides to this.
        window: what frames are multiplied by: "hann", "hamming", a tensor `(sequence_length,)`; or
            `None`, with which a frame is `fft_length` samples.
        center: the first frame is centred on the first sample; `x` is reflected beyond its ends.

    Returns:
        `(real, imag)`, each `(..., frames, fft_length // 2 + 1)`.

    Raises:
        ValueError: `fft_length` is less than `sequence_length`, or the window does not fit.

    Source: Allen & Rabiner 1977, "A unified approach to short-time Fourier analysis and synthesis".

    Example:
        >>> real, imag = stft(np.ones(16, "float32"), 4, 2, 8)
        >>> real.shape
        (9, 5)
    """
    e, x = engine(), _single(x)
    if center:
        x = _reflected(x, fft_length // 2)
    frames = extract_sequences(x, fft_length, sequence_stride)
    shape = _window("stft", sequence_length, fft_length, window, e.dtype(x))
    return _parts(e.rfft(e.multiply(frames, shape), fft_length))


def _reflected(x: Any, width: int) -> Any:
    """Continue `x` beyond both ends of the last axis, as in a mirror on the last sample."""
    n = engine().shape(x)[-1]
    period = builtins.max(2 * (n - 1), 1)
    places = np.arange(-width, n + width) % period
    places = np.where(places < n, places, period - places)
    return engine().take(x, to_native(places.astype("int32")), -1)


def _window(what: str, length: int, fft_length: int, window: Any, dtype: str) -> Any:
    """Return the window in the middle of `fft_length`."""
    if fft_length < length:
        raise ValueError(
            f"ops.{what}: `fft_length` must be at least `sequence_length`, {length}, not {fft_length}."
        )
    e = engine()
    if isinstance(window, str) and window not in _WINDOWS:
        raise ValueError(
            f"ops.{what}: `window` must be one of {list(_WINDOWS)}, a tensor or None, not {window!r}."
        )
    if window is None:  # as in Keras: the whole frame counts
        return e.full((fft_length,), 1, dtype)
    if isinstance(window, str):
        mean, swing = _WINDOWS[window]
        window = mean - swing * np.cos(2 * np.pi * np.arange(length) / length)
    window = e.cast(to_native(window), dtype)
    if tuple(window.shape) != (length,):
        raise ValueError(
            f"ops.{what}: `window` must have the shape ({length},), as `sequence_length` says, not "
            f"{tuple(window.shape)}."
        )
    left = (fft_length - length) // 2
    return e.pad(window, [(left, fft_length - length - left)])


@higher_order
def istft(
    x: Pair,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """Compute the inverse of `stft`: frames are added where they overlap, and divided by the windows' share.

    Args:
        x: `(real, imag)`, each `(..., frames, fft_length // 2 + 1)`.
        length: cut the result to this.
        window, center: those that `stft` was given.

    Returns:
        `(..., samples)`.

    Source: Griffin & Lim 1984, "Signal estimation from modified short-time Fourier transform".

    Example:
        >>> x = np.cos(np.arange(16, dtype="float32"))
        >>> np.allclose(istft(stft(x, 4, 2, 4), 4, 2, 4), x, atol=1e-5)
        True
    """
    e, joined = engine(), _joined("istft", x, 2)
    frames = e.irfft(joined, fft_length)
    shape = _window("istft", sequence_length, fft_length, window, e.dtype(frames))
    signal = _overlapped(e.multiply(frames, shape), sequence_stride)
    weights = e.broadcast_to(e.square(shape), tuple(frames.shape[-2:]))
    weights = _overlapped(weights, sequence_stride)
    signal = e.divide(signal, e.where(e.greater(weights, 1e-10), weights, 1.0))
    start = fft_length // 2 if center else 0
    end = signal.shape[-1] - (fft_length // 2 if center and length is None else 0)
    if length is not None:
        end = builtins.min(end, start + length)
    return e.getitem(signal, (..., slice(start, end)))


def _overlapped(frames: Any, stride: int) -> Any:
    """Sum `frames (..., count, size)`, each laid down `stride` after the one before."""
    e = engine()
    *outer, count, size = frames.shape
    total = (count - 1) * stride + size
    places = (np.arange(count)[:, None] * stride + np.arange(size)).reshape(-1).astype("int32")
    rows = e.transpose(e.reshape(frames, (-1, count * size)), (1, 0))
    added = e.segment(rows, to_native(places), total, "sum")
    return e.reshape(e.transpose(added, (1, 0)), (*outer, total))
