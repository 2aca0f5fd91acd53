"""Draws that are the same on every engine: a few numbers for each sample, from a key."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.core.seeds import key_of
from lamina.engine.current import engine


def _logical_shift(x: Any, bits: int) -> Any:
    e = engine()
    return e.bitwise_and(e.right_shift(x, bits), (1 << (32 - bits)) - 1)


def _mixed(x: Any) -> Any:
    """Mix 32 bits such that each depends on all.

    Source: Wellons 2018, "Prospecting for hash functions" (`lowbias32`).
    """
    e = engine()
    for bits, factor in ((16, 0x7FEB352D), (15, 0x846CA68B - 2**32)):
        x = e.multiply(e.bitwise_xor(x, _logical_shift(x, bits)), factor)
    return e.bitwise_xor(x, _logical_shift(x, 16))


def uniform(seed: Any, samples: Any, count: int) -> list[Any]:
    """Draw `count` numbers from [0, 1) for each of `samples` samples.

    Args:
        seed: an integer, a `SeedGenerator` or a key.
        samples: how many; in a graph of TensorFlow it may be a tensor.

    Returns:
        A list of `count` arrays `(samples,)`, float32.
    """
    e = engine()
    key = key_of(seed)
    if not e.compiles_by_shape or not isinstance(samples, int) or e.is_traced(key):
        return _uniform(key, samples, count)
    return _program(e.name, samples, count)(key)


@functools.lru_cache(256)
def _program(name: str, samples: int, count: int) -> Callable[[Any], list[Any]]:
    return engine().compile(lambda key: _uniform(key, samples, count))


def _uniform(key: Any, samples: Any, count: int) -> list[Any]:
    e = engine()
    key = e.view(key, "int32")
    state = _mixed(e.add(_mixed(e.getitem(key, (slice(0, 1),))), e.getitem(key, (slice(1, 2),))))
    order = e.cumsum(e.full((samples * count,), 1, "int32"), 0)
    bits = _mixed(e.add(_mixed(e.multiply(order, 0x9E3779B9 - 2**32)), state))
    draws = e.multiply(e.cast(_logical_shift(bits, 8), "float32"), 2.0**-24)
    draws = e.reshape(draws, (samples, count))
    return [e.getitem(draws, (slice(None), i)) for i in range(count)]


def between(draws: Any, limits: Any) -> Any:
    """Spread draws from [0, 1) over [low, high]."""
    low, high = limits
    e = engine()
    if low == high:  # exactly, whatever the rounding
        return e.add(e.multiply(draws, 0.0), float(low))
    return e.add(e.multiply(draws, float(high - low)), float(low))


_ROUNDS = 4
GAMMA = 3 * _ROUNDS + 1  # draws that one gamma variable takes


def gamma(draws: list[Any], shape: float) -> Any:
    """Return gamma variables of `shape` and rate 1, from `GAMMA` draws each.

    Source: Marsaglia & Tsang 2000, "A simple method for generating gamma variables". Each of 4 proposals
    is accepted with 95 % or more; if none is, in 1 of 100,000 cases, the last one counts.
    """
    last, *rest = draws
    d = max(shape, shape + 1 if shape < 1 else shape) - 1 / 3
    result: Any = None
    for i in reversed(range(_ROUNDS)):
        one, other, test = (ops.maximum(x, 1e-7) for x in rest[3 * i : 3 * i + 3])
        normal = ops.sqrt(-2 * ops.log(one)) * ops.cos(2 * math.pi * other)
        cube = ops.maximum(1 + normal / math.sqrt(9 * d), 1e-4) ** 3
        bound = normal * normal / 2 + d - d * cube + d * ops.log(cube)
        accepted = ops.log(test) < bound
        result = d * cube if result is None else ops.where(accepted, d * cube, result)
    if shape < 1:
        result = result * ops.maximum(last, 1e-7) ** (1 / shape)
    return ops.maximum(result, 1e-12)


def beta(draws: list[Any], shape: float) -> Any:
    """Return variables of the symmetric beta distribution of `shape`, from `2 * GAMMA` draws each."""
    one, other = gamma(draws[:GAMMA], shape), gamma(draws[GAMMA:], shape)
    return one / (one + other)
