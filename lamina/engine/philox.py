"""Draws on the host from an explicit key, for engines that run there.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox, NumPy's own).
"""

import ml_dtypes
import numpy as np

_PRECISION = {"float16": 11, "bfloat16": 8}  # bits of the significand


def _native(dtype):
    return ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype


def _generator(key):
    return np.random.Generator(np.random.Philox(key=np.asarray(key, np.uint64)))


def uniform(key, shape, dtype):
    if dtype == "float64":
        return _generator(key).random(shape)
    draws = _generator(key).random(shape, np.float32)
    if dtype == "float32":
        return draws
    scale = 2.0 ** _PRECISION[dtype]  # cut, as rounding could give 1
    return (np.floor(draws * scale) / scale).astype(_native(dtype))


def normal(key, shape, dtype):
    wide = np.float64 if dtype == "float64" else np.float32
    return np.asarray(_generator(key).standard_normal(shape, wide), _native(dtype))


def integers(key, shape, low, high, dtype):
    wide = np.uint64 if dtype == "uint64" else np.int64
    return np.asarray(_generator(key).integers(low, high, shape, wide), _native(dtype))


def gamma(key, alpha):
    valid = alpha >= 0  # NumPy refuses what has no distribution; it draws NaN here
    draws = _generator(key).standard_gamma(np.where(valid, alpha, 1))
    return np.where(valid, draws, np.nan).astype(alpha.dtype)


def binomial(key, counts, probabilities):
    valid = (counts >= 0) & (probabilities >= 0) & (probabilities <= 1)
    draws = _generator(key).binomial(
        np.where(valid, counts, 0).astype(np.int64), np.where(valid, probabilities, 0)
    )
    return np.where(valid, draws, np.nan).astype(counts.dtype)
