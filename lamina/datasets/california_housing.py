"""California housing: house values in the districts of California in 1990, from 8 numbers for each."""

import numpy as np

from lamina.core.choices import one_of
from lamina.datasets.origins import KERAS_DATASETS, Parts
from lamina.datasets.splitting import check_test_split, shuffled, split
from lamina.utils.get_file import get_file

_SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
_SMALL = 600  # districts


def load_data(
    version: str = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Parts:
    """Load 20,640 districts, shuffled by `seed` and split (0.8 MB to download).

    Shapes: inputs (n, 8), longitude, latitude, the houses' median age, total rooms, total bedrooms, population,
    households, and median income in ten thousands of dollars; targets (n,), median value of a house in dollars.

    Args:
        version: `"large"`, or `"small"` for the first 600 districts.
        path: the file's name in the cache, `~/.lamina/datasets`.
        test_split: share of the test part, from 0 up to, but not including, 1.
        seed: of the shuffling.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: an argument is out of range, or the download is not the expected file.

    Example:
        >>> from lamina.datasets import california_housing
        >>> (x_train, y_train), (x_test, y_test) = california_housing.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (16512, 8)

    Source: Pace and Barry 1997, "Sparse spatial autoregressions".
    """
    one_of("california_housing.load_data", "version", version, ("large", "small"))
    check_test_split(test_split)
    file = get_file(path, origin=KERAS_DATASETS + "california_housing.npz", file_hash=_SHA256)
    with np.load(file, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    if version == "small":
        x, y = x[:_SMALL], y[:_SMALL]
    return split(*shuffled(x, y, np.random.RandomState(seed)), test_split)
