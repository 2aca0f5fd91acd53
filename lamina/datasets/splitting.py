"""A share of the samples for testing, drawn by a seed as in Keras."""

import numpy as np

from lamina.datasets.origins import Part, Parts


def check_test_split(test_split: float) -> None:
    """Check a share.

    Raises:
        ValueError: it is not from 0 up to, but not including, 1.
    """
    if not 0 <= test_split < 1:
        raise ValueError(
            f"`test_split` must be from 0 up to, but not including, 1, not {test_split}."
        )


def split(x: np.ndarray, y: np.ndarray, test_split: float) -> Parts:
    """Return what stands in front for training, and the last `test_split` of it for testing."""
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


def shuffled(x: np.ndarray, y: np.ndarray, random: np.random.RandomState) -> Part:
    """Return samples and targets in another order. NumPy's old generator: a seed gives Keras' order."""
    order = random.permutation(len(x))
    return x[order], y[order]
