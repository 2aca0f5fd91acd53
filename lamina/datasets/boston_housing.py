"""Boston housing: house prices in the suburbs of Boston in 1978, from 13 numbers for each."""

import numpy as np

from lamina.datasets.origins import KERAS_DATASETS, Parts
from lamina.datasets.splitting import check_test_split, shuffled, split
from lamina.utils.get_file import get_file

_SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Parts:
    """Load 506 suburbs, shuffled by `seed` and split (57 kB to download).

    One of the 13 numbers was built on the assumption that house prices depend on race; use the data
    only to compare with older results, and not for anything about real houses.

    Shapes: inputs (n, 13), float64; targets (n,), float64, median price in thousands of dollars.

    Args:
        path: the file's name in the cache, `~/.lamina/datasets`.
        test_split: share of the test part, from 0 up to, but not including, 1.
        seed: of the shuffling.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: `test_split` is out of range, or the download is not the expected file.

    Example:
        >>> from lamina.datasets import boston_housing
        >>> (x_train, y_train), (x_test, y_test) = boston_housing.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (404, 13)

    Source: Harrison and Rubinfeld 1978, "Hedonic prices and the demand for clean air".
    """
    check_test_split(test_split)
    file = get_file(path, origin=KERAS_DATASETS + "boston_housing.npz", file_hash=_SHA256)
    with np.load(file, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    return split(*shuffled(x, y, np.random.RandomState(seed)), test_split)
