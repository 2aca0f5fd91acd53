"""How near one signal is to another."""

from __future__ import annotations

import math

from lamina.core.op import Tensor, engine, op

__all__ = ["psnr"]


@op(promote="x1 x2", floating=True)
def psnr(x1: Tensor, x2: Tensor, max_val: float) -> Tensor:
    """Return the peak signal-to-noise ratio in decibels, `20 log10(max_val) - 10 log10(mean((x1 - x2)**2))`.

    Args:
        max_val: the largest value that a signal can have, such as 255.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> psnr(np.zeros(4), np.ones(4), 10.0).item()
        20.0
    """
    e = engine()
    if e.shape(x1) != e.shape(x2):
        raise ValueError(
            f"ops.psnr: both must have one shape, not {tuple(e.shape(x1))} and {tuple(e.shape(x2))}."
        )
    error = e.mean(e.square(e.subtract(x1, x2)))
    return e.add(e.multiply(e.log(error), -10 / math.log(10)), 20 * math.log10(max_val))
