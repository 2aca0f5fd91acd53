"""CIFAR-100: colour photographs of a hundred kinds of things, 32x32 pixels."""

from pathlib import Path

from lamina.core.choices import one_of
from lamina.datasets.cifar10 import read_batch
from lamina.datasets.origins import Parts
from lamina.utils.get_file import get_file

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode: str = "fine") -> Parts:
    """Load 50,000 training and 10,000 test photographs (169 MB to download).

    Shapes: images (n, 32, 32, 3), uint8, or (n, 3, 32, 32) if `config.image_data_format()` says
    `"channels_first"`; labels (n, 1), uint8.

    Args:
        label_mode: `"fine"` for the 100 kinds, `"coarse"` for 20 groups of 5 kinds each.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: another `label_mode`, or the download is not the expected file.

    Example:
        >>> from lamina.datasets import cifar100
        >>> (x_train, y_train), (x_test, y_test) = cifar100.load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train.shape  # doctest: +SKIP
        ((50000, 32, 32, 3), (50000, 1))

    Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images". Its batches
    are Python pickles; only their numbers are read (see `lamina.datasets.pickled`).
    """
    one_of("cifar100.load_data", "label_mode", label_mode, ("fine", "coarse"))
    # Keras' name for the folder, so that a cache of Keras' can be copied.
    folder = get_file("cifar-100-python-target", origin=_ORIGIN, extract=True, file_hash=_SHA256)
    batches, key = Path(folder) / "cifar-100-python", f"{label_mode}_labels"
    return read_batch(batches / "train", key), read_batch(batches / "test", key)
