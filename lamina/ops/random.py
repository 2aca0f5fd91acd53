"""Draws. `seed` is an integer (the same draw each time), a `SeedGenerator`, or `None` (the global one)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, op
from lamina.core.seeds import SeedGenerator, key_of
from lamina.engine.current import engine

Seed = int | SeedGenerator | None


def uniform(
    shape: Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = None,
    seed: Seed = None,
) -> Any:
    """Evenly from [minval, maxval).

    Example:
        >>> uniform((2, 3), seed=1).shape
        (2, 3)
    """
    e, dtype = engine(), dtypes.standardize(dtype)
    if not dtypes.is_float(dtype):
        raise ValueError(f"random.uniform draws floats, not {dtype}; use random.randint.")
    return e.add(e.multiply(e.uniform(key_of(seed), tuple(shape), dtype), maxval - minval), minval)


def normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: Seed = None,
) -> Any:
    """From the normal distribution."""
    e = engine()
    return e.add(
        e.multiply(e.normal(key_of(seed), tuple(shape), dtypes.standardize(dtype)), stddev), mean
    )


def randint(
    shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Seed = None
) -> Any:
    """Integers evenly from [minval, maxval)."""
    return engine().integers(key_of(seed), tuple(shape), minval, maxval, dtypes.standardize(dtype))


@op
def dropout(
    inputs: Tensor, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Seed = None
) -> Tensor:
    """Set elements to 0 with probability `rate`, and divide the others by `1 - rate`.

    Args:
        noise_shape: the shape of the draws, 1 where they are shared along an axis.

    Source: Srivastava et al. 2014.
    """
    e = engine()
    if rate >= 1.0:
        return e.multiply(inputs, 0.0)
    sizes = e.shape(inputs)
    if noise_shape is not None:
        sizes = tuple(
            n if wanted is None else wanted for n, wanted in zip(sizes, noise_shape, strict=True)
        )
    kept = e.greater_equal(e.uniform(key_of(seed), sizes, "float32"), rate)
    # Not a product with the mask: that would turn an infinity in a dropped place into NaN.
    return e.where(kept, e.multiply(inputs, 1.0 / (1.0 - rate)), e.full((), 0, e.dtype(inputs)))
