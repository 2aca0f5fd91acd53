"""IMDB: film reviews as lists of word numbers, and whether they are positive."""

from typing import Any

import numpy as np

from lamina.core.tracebacks import warn
from lamina.datasets import pickled
from lamina.datasets.origins import KERAS_DATASETS, Parts
from lamina.datasets.splitting import shuffled
from lamina.datasets.word_numbers import numbered, without, word_index
from lamina.utils.get_file import get_file

_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_INDEX_MD5 = "bfafd718b763782e994055a2d397834f"


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> Parts:
    """Load 25,000 training and 25,000 test reviews (17 MB to download).

    A word's number is its rank by frequency plus `index_from`; 0 is kept for padding.

    Shapes: reviews (n,), object: each a list of integers; labels (n,), int64: 0 negative,
    1 positive.

    Args:
        path: the file's name in the cache, `~/.lamina/datasets`.
        num_words: keep numbers below this one; `None` for all below the greatest, as Keras does.
        skip_top: leave out numbers below this one.
        maxlen: leave out reviews of this length or longer, the start mark counted.
        seed: of the shuffling.
        start_char: mark put before every review; `None` for no mark.
        oov_char: what stands for a word that is left out; `None` to drop such words.
        index_from: added to every word's rank.
        **kwargs: `nb_words`, the older name of `num_words`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: no review is shorter than `maxlen`, or the download is not the expected file.
        TypeError: an argument is unknown.

    Example:
        >>> from lamina.datasets import imdb
        >>> (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=10000)  # doctest: +SKIP
        >>> x_train[0][:5], y_train[0]  # doctest: +SKIP
        ([1, 14, 22, 16, 43], 1)

    Source: Maas et al. 2011, "Learning word vectors for sentiment analysis". The file holds pickled
    lists; only their numbers are read (see `lamina.datasets.pickled`).
    """
    if "nb_words" in kwargs:
        warn("`nb_words` is now called `num_words`.")
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"imdb.load_data does not take the argument(s) {sorted(kwargs)}.")
    arrays = pickled.read_npz(
        get_file(path, origin=KERAS_DATASETS + "imdb.npz", file_hash=_SHA256),
        ("x_train", "y_train", "x_test", "y_test"),
    )
    random = np.random.RandomState(seed)  # one for both parts
    parts = [
        shuffled(arrays["x_train"], arrays["y_train"], random),
        shuffled(arrays["x_test"], arrays["y_test"], random),
    ]
    parts = [numbered(*part, start_char, index_from, maxlen) for part in parts]
    train, test = without(parts, num_words, skip_top, oov_char)
    return train, test


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Load the words' ranks by frequency, from 1 (1.6 MB to download).

    `load_data` adds `index_from` to them.

    Args:
        path: the file's name in the cache, `~/.lamina/datasets`.

    Returns:
        A rank for each of 88,584 words.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: the download is not the expected file.

    Example:
        >>> from lamina.datasets import imdb
        >>> imdb.get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return word_index(path, KERAS_DATASETS + "imdb_word_index.json", _INDEX_MD5)
