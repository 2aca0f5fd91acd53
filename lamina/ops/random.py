"""Draws. `seed` is an integer (the same draw each time), a `SeedGenerator`, or `None` (the global one).

Parameters may be numbers or tensors that broadcast to `shape`; gradients flow through those of
`uniform`, `normal` and `truncated_normal`, whose draws are scaled and moved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op, to_native
from lamina.core.seeds import SeedGenerator, key_of

__all__ = [
    "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint", "shuffle",
    "truncated_normal", "uniform",
]  # fmt: skip

Seed = int | SeedGenerator | None


def uniform(
    shape: Sequence[int], minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw evenly from [minval, maxval).

    Raises:
        ValueError: `dtype` is not floating.

    Example:
        >>> uniform((2, 3), seed=1).shape
        (2, 3)
    """
    dtype = _floating("uniform", dtype)
    low, high = _parameters(dtype, minval, maxval)
    return _placed(engine().uniform(key_of(seed), _shape(shape), dtype), low, high - low)


def normal(
    shape: Sequence[int], mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw from the normal distribution.

    Raises:
        ValueError: `dtype` is not floating.

    Example:
        >>> normal((2,), mean=np.array([0.0, 100.0]), seed=1).shape
        (2,)
    """
    dtype = _floating("normal", dtype)
    mean, stddev = _parameters(dtype, mean, stddev)
    return _placed(engine().normal(key_of(seed), _shape(shape), dtype), mean, stddev)


def truncated_normal(
    shape: Sequence[int], mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw from the normal distribution, but nothing farther than two deviations from the mean.

    Raises:
        ValueError: `dtype` is not floating.

    Example:
        >>> float(abs(truncated_normal((100,), seed=1)).max()) <= 2
        True
    """
    e, dtype = engine(), _floating("truncated_normal", dtype)
    mean, stddev = _parameters(dtype, mean, stddev)
    wide = "float64" if dtype == "float64" else "float32"  # a half draws too few tails
    reach = math.erf(math.sqrt(2))  # the share of the distribution that is kept
    draws = e.subtract(e.multiply(e.uniform(key_of(seed), _shape(shape), wide), 2 * reach), reach)
    draws = e.multiply(e.erfinv(draws), math.sqrt(2))
    return _placed(e.cast(e.minimum(e.maximum(draws, -2.0), 2.0), dtype), mean, stddev)


def randint(
    shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Seed = None
) -> Any:
    """Draw integers evenly from [minval, maxval).

    Raises:
        ValueError: `dtype` is not an integer dtype, or the limits leave no integer.

    Example:
        >>> sorted(set(randint((100,), 2, 5, seed=1).tolist()))
        [2, 3, 4]
    """
    dtype = dtypes.standardize(dtype)
    if dtype not in dtypes.INTS:
        raise ValueError(f"random.randint draws integers, not {dtype}; use random.uniform.")
    minval, maxval = int(minval), int(maxval)
    if minval >= maxval:
        raise ValueError(
            f"random.randint draws from [minval, maxval), but `minval` is {minval} and `maxval` is {maxval}."
        )
    return engine().integers(key_of(seed), _shape(shape), minval, maxval, dtype)


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Seed = None) -> Any:
    """Draw from the gamma distribution of shape `alpha` and rate 1; NaN where `alpha` is negative.

    Raises:
        ValueError: `dtype` is not floating.

    Source: Marsaglia & Tsang 2000, "A simple method for generating gamma variables".

    Example:
        >>> gamma((2, 3), alpha=[0.5, 1.0, 9.0], seed=1).shape
        (2, 3)
    """
    e, dtype = engine(), _floating("gamma", dtype)
    return e.cast(e.gamma(key_of(seed), _spread(alpha, _shape(shape), dtype)), dtype)


def beta(shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Seed = None) -> Any:
    """Draw from the beta distribution, on [0, 1].

    Raises:
        ValueError: `dtype` is not floating.

    Source: the share of one of two gamma variables in their sum (Devroye 1986, chapter IX.3).

    Example:
        >>> beta((2,), alpha=2.0, beta=3.0, seed=1).shape
        (2,)
    """
    e, dtype = engine(), _floating("beta", dtype)
    both = [_spread(x, _shape(shape), dtype) for x in (alpha, beta)]
    draws = e.gamma(key_of(seed), e.stack(both, 0))  # one key, one draw
    one, other = (e.getitem(draws, i) for i in (0, 1))
    # Where both are too small for the dtype, their quotient is lost: an end, by their shares.
    total = e.add(one, other)
    ends = e.cast(e.greater_equal(both[0], both[1]), e.dtype(one))
    safe = e.where(e.equal(total, 0), 1.0, total)
    return e.cast(e.where(e.equal(total, 0), ends, e.divide(one, safe)), dtype)


def binomial(
    shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Seed = None
) -> Any:
    """Draw how many of `counts` trials succeed, each with `probabilities`; whole numbers, as floats.

    Raises:
        ValueError: `dtype` is not floating.

    Example:
        >>> float(binomial((2,), counts=10, probabilities=1.0, seed=1)[0])
        10.0
    """
    e, dtype = engine(), _floating("binomial", dtype)
    parameters = [_spread(x, _shape(shape), dtype) for x in (counts, probabilities)]
    return e.cast(e.binomial(key_of(seed), *parameters), dtype)


@op
def categorical(
    logits: Tensor, num_samples: int, dtype: Any = "int32", seed: Seed = None
) -> Tensor:
    """Draw classes, each with the probability that `softmax(logits)` gives it.

    Args:
        logits: `(batch, classes)`; unnormalized logarithms of probabilities.
        num_samples: draws per row.

    Returns:
        `(batch, num_samples)`, integers.

    Raises:
        ValueError: `logits` has not two axes.

    Source: Gumbel 1954; Maddison et al. 2014, "A* sampling" (the Gumbel-max trick).

    Example:
        >>> categorical(np.array([[0.0, 100.0]]), 3, seed=1).tolist()
        [[1, 1, 1]]
    """
    e = engine()
    if len(e.shape(logits)) != 2:
        raise ValueError(
            f"random.categorical: `logits` must be (batch, classes), not of shape {tuple(e.shape(logits))}."
        )
    batch, classes = e.shape(logits)
    draws = e.uniform(key_of(seed), (batch, num_samples, classes), "float32")
    gumbel = e.negative(e.log(e.negative(e.log(draws))))
    scores = e.add(e.reshape(e.cast(logits, "float32"), (batch, 1, classes)), gumbel)
    return e.cast(e.argmax(scores, -1), dtypes.standardize(dtype))


@op
def shuffle(x: Tensor, axis: int = 0, seed: Seed = None) -> Tensor:
    """Permute the slices of `x` along `axis`; all orders are equally likely.

    Example:
        >>> sorted(shuffle(np.arange(5), seed=1).tolist())
        [0, 1, 2, 3, 4]
    """
    e = engine()
    order = e.argsort(e.uniform(key_of(seed), (e.shape(x)[axis],), "float32"), 0)
    return e.take(x, order, axis)


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
    sizes = e.sizes(inputs)
    if noise_shape is not None:
        sizes = tuple(
            n if noise is None else noise for n, noise in zip(sizes, noise_shape, strict=True)
        )
    kept = e.greater_equal(e.uniform(key_of(seed), sizes, "float32"), rate)
    # Not a product with the mask: that would turn an infinity in a dropped place into NaN.
    return e.where(kept, e.multiply(inputs, 1.0 / (1.0 - rate)), 0.0)


def _floating(what: str, dtype: Any) -> str:
    dtype = dtypes.standardize(dtype)
    if not dtypes.is_float(dtype):
        advice = "; use random.randint" if what == "uniform" else ""
        raise ValueError(f"random.{what} draws floats, not {dtype}{advice}.")
    return dtype


def _shape(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    if any(n is None for n in shape):
        raise ValueError(
            f"A random tensor needs a known shape, not {tuple(shape)}. Take unknown sizes from a tensor: "
            "`ops.shape(x)` within a layer's `call`."
        )
    return tuple(int(n) for n in shape)


def _parameters(dtype: str, *values: Any) -> list[Any]:
    """Return Python numbers as they are, tensors and Variables native and in `dtype`."""
    e = engine()
    return [x if type(x) in (int, float) else e.cast(to_native(x), dtype) for x in values]


def _placed(draws: Any, start: Any, scale: Any) -> Any:
    """Compute `draws * scale + start`, of the shape of the draws."""
    e, shape = engine(), tuple(draws.shape)
    placed = e.add(e.multiply(draws, scale), start)
    if tuple(placed.shape) != shape:
        raise ValueError(
            f"The parameters of a random tensor must broadcast to its shape, {shape}; they make it "
            f"{tuple(placed.shape)}."
        )
    return placed


def _spread(x: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """Return a parameter with `shape`, in a precision that engines draw in."""
    wide = "float64" if dtype == "float64" else "float32"
    return engine().broadcast_to(engine().cast(to_native(x), wide), shape)
