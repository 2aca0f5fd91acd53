"""MNIST: handwritten digits, 28x28 pixels."""

import numpy as np

from lamina.datasets.origins import KERAS_DATASETS, Parts
from lamina.utils.get_file import get_file

_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path: str = "mnist.npz") -> Parts:
    """Load 60,000 training and 10,000 test images of handwritten digits (11 MB to download).

    Shapes: images (n, 28, 28), uint8, 0 (paper) to 255 (ink); labels (n,), uint8, 0 to 9.

    Args:
        path: the file's name in the cache, `~/.lamina/datasets`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: the download is not the expected file.

    Example:
        >>> from lamina.datasets import mnist
        >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (60000, 28, 28)

    Source: LeCun, Cortes and Burges 1998, derived from NIST's data; licensed CC BY-SA 3.0.
    """
    file = get_file(path, origin=KERAS_DATASETS + "mnist.npz", file_hash=_SHA256)
    with np.load(file, allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
