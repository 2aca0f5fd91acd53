"""Fashion-MNIST: pictures of clothes, 28x28 pixels."""

import gzip
import math
from typing import NoReturn

import numpy as np

from lamina.datasets.origins import KERAS_DATASETS, Parts
from lamina.utils.get_file import get_file

# The hashes that the data's authors publish; Keras checks none.
_MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
_MAX_BYTES = 1 << 28


def load_data() -> Parts:
    """Load 60,000 training and 10,000 test pictures of clothes (31 MB to download).

    Shapes: images (n, 28, 28), uint8, 0 to 255; labels (n,), uint8: 0 T-shirt, 1 trouser,
    2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: a file is not in the cache and cannot be downloaded.
        ValueError: the download is not the expected file.

    Example:
        >>> from lamina.datasets import fashion_mnist
        >>> (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()  # doctest: +SKIP
        >>> x_test.shape  # doctest: +SKIP
        (10000, 28, 28)

    Source: Xiao, Rasul and Vollgraf 2017, "Fashion-MNIST"; MIT license, Zalando SE.
    """
    train_images, train_labels, test_images, test_labels = (_load(name) for name in _MD5)
    return (train_images, train_labels), (test_images, test_labels)


def _load(name: str) -> np.ndarray:
    origin = KERAS_DATASETS + name
    return read_idx(
        get_file(name, origin, file_hash=_MD5[name], cache_subdir="datasets/fashion-mnist")
    )


def read_idx(path: str) -> np.ndarray:
    """Return the array in a gzipped IDX file: two zeros, 8 for uint8, the rank, the sizes, the data."""
    with gzip.open(path) as file:
        magic = file.read(4)
        if magic[:3] != b"\0\0\x08" or len(magic) != 4:
            _refuse(path, "it does not start as one")
        shape = tuple(np.frombuffer(file.read(4 * magic[3]), ">u4").tolist())
        size = math.prod(shape)
        if len(shape) != magic[3] or size > _MAX_BYTES:
            _refuse(path, f"its shape is {shape}")
        data = file.read(size + 1)
    if len(data) != size:
        _refuse(path, f"its data do not fill its shape {shape}")
    return np.frombuffer(bytearray(data), np.uint8).reshape(shape)


def _refuse(path: str, why: str) -> NoReturn:
    raise ValueError(f"{path} is not an IDX file of bytes: {why}.")
