"""Quantiles of data that come in batches, by a summary of bounded size."""

from __future__ import annotations

import numpy as np


class Quantiles:
    """Values that stand for all that were seen, each with the number of those.

    Of each batch every `epsilon`-th part is taken; when there are more than 1 / epsilon values in all, that
    many are interpolated between them. So what it says of a quantile is off by about epsilon of all values.

    Args:
        epsilon: the share of the values by which a quantile may be off.

    Example:
        >>> summary = Quantiles(0.01)
        >>> summary.add(np.arange(1000.0))
        >>> [round(edge) for edge in summary.edges(4)]
        [249, 499, 749]
    """

    def __init__(self, epsilon: float):
        self.epsilon = epsilon
        self.values = self.weights = np.zeros(0, np.float32)

    def add(self, batch: np.ndarray) -> None:
        """Take in all values of an array."""
        ordered = np.sort(np.asarray(batch, np.float32), axis=None)
        apart = max(len(ordered) * self.epsilon, 1)
        picked = ordered[int(apart) - 1 :: int(apart)]
        weights = np.full(len(picked), apart, np.float32)
        values, weights = np.append(picked, self.values), np.append(weights, self.weights)
        order = np.argsort(values)  # of equal values: in Keras' order
        self.values, self.weights = _thinned(values[order], weights[order], self.epsilon)

    def edges(self, bins: int) -> list[float]:
        """Return the edges between `bins` parts with about the same number of values each."""
        values, _ = _thinned(self.values, self.weights, 1 / bins)
        return values[:-1].tolist()


def _thinned(
    values: np.ndarray, weights: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return one value for each `share` of the weight, and its weight, if there are more values than that."""
    if len(values) * share < 1:
        return values, weights
    total = weights.cumsum()
    shares = share + np.arange(0.0, 1.0, share)
    fewer = np.interp(shares, total / total[-1], values)
    up_to = np.interp(shares, total / total[-1], total)
    return fewer.astype(np.float32), np.diff(up_to, prepend=0).astype(np.float32)
