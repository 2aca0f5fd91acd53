"""CIFAR-10: colour photographs of ten kinds of things, 32x32 pixels."""

from pathlib import Path

import numpy as np

from lamina.core import settings
from lamina.datasets import pickled
from lamina.datasets.origins import Part, Parts
from lamina.utils.get_file import get_file

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def load_data() -> Parts:
    """Load 50,000 training and 10,000 test photographs (170 MB to download).

    Shapes: images (n, 32, 32, 3), uint8, or (n, 3, 32, 32) if `config.image_data_format()` says
    `"channels_first"`; labels (n, 1), uint8: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer,
    5 dog, 6 frog, 7 horse, 8 ship, 9 truck.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: the download is not the expected file.

    Example:
        >>> from lamina.datasets import cifar10
        >>> (x_train, y_train), (x_test, y_test) = cifar10.load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train.shape  # doctest: +SKIP
        ((50000, 32, 32, 3), (50000, 1))

    Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images". Its batches
    are Python pickles; only their numbers are read (see `lamina.datasets.pickled`).
    """
    # Keras' name for the folder, so that a cache of Keras' can be copied.
    folder = get_file("cifar-10-batches-py-target", origin=_ORIGIN, extract=True, file_hash=_SHA256)
    batches = Path(folder) / "cifar-10-batches-py"
    train = [read_batch(batches / f"data_batch_{number}") for number in range(1, 6)]
    images, labels = zip(*train, strict=True)
    return (np.concatenate(images), np.concatenate(labels)), read_batch(batches / "test_batch")


def read_batch(path: Path, key: str = "labels") -> Part:
    """Return the images and labels in a file of CIFAR-10 or CIFAR-100.

    Args:
        key: which labels.

    Raises:
        ValueError: the file is not such a batch.
    """
    with path.open("rb") as file:
        content = pickled.read(file, str(path))
    match content:
        case {b"data": np.ndarray(dtype=np.uint8) as pixels} if pixels.size % 3072 == 0:
            images, labels = pixels.reshape(-1, 3, 32, 32), content.get(key.encode())
        case _:
            images, labels = np.empty(0), None
    if not isinstance(labels, list) or len(labels) != len(images):
        raise ValueError(
            f"{path} is not a batch of CIFAR: it lacks `data` or `{key}`, or they do not fit."
        )
    if settings.image_data_format() == "channels_last":
        images = images.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), np.array(labels, "uint8").reshape(-1, 1)
