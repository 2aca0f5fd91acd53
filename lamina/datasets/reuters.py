"""Reuters: news of 1987 as lists of word numbers, and what they are about."""

import numpy as np

from lamina.datasets import pickled
from lamina.datasets.origins import KERAS_DATASETS, Parts
from lamina.datasets.splitting import check_test_split, shuffled, split
from lamina.datasets.word_numbers import numbered, without, word_index
from lamina.utils.get_file import get_file

_SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_INDEX_MD5 = "4d44cc38712099c9e383dc6e5f11a921"

_TOPICS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass
    crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi
    iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead
"""


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Parts:
    """Load 11,228 news of 46 topics, shuffled by `seed` and split (2 MB to download).

    A word's number is its rank by frequency plus `index_from`; 0 is kept for padding.

    Shapes: news (n,), object: each a list of integers; labels (n,), int64, 0 to 45.

    Args:
        path: the file's name in the cache, `~/.lamina/datasets`.
        num_words: keep numbers below this one; `None` for all below the greatest, as Keras does.
        skip_top: leave out numbers below this one.
        maxlen: leave out news of this length or longer, the start mark counted.
        test_split: share of the test part, from 0 up to, but not including, 1.
        seed: of the shuffling.
        start_char: mark put before every text; `None` for no mark.
        oov_char: what stands for a word that is left out; `None` to drop such words.
        index_from: added to every word's rank.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: `test_split` is out of range, no text is shorter than `maxlen`, or the download is not the
            expected file.

    Example:
        >>> from lamina.datasets import reuters
        >>> (x_train, y_train), (x_test, y_test) = reuters.load_data(num_words=10000)  # doctest: +SKIP
        >>> len(x_train), reuters.get_label_names()[y_train[0]]  # doctest: +SKIP
        (8982, 'earn')

    Source: Reuters-21578, Lewis 1997. The file holds pickled lists; only their numbers are read (see
    `lamina.datasets.pickled`).
    """
    check_test_split(test_split)
    file = get_file(path, origin=KERAS_DATASETS + "reuters.npz", file_hash=_SHA256)
    arrays = pickled.read_npz(file, ("x", "y"))
    texts = shuffled(arrays["x"], arrays["y"], np.random.RandomState(seed))
    (part,) = without(
        [numbered(*texts, start_char, index_from, maxlen)], num_words, skip_top, oov_char
    )
    return split(*part, test_split)


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Load the words' ranks by frequency, from 1 (0.5 MB to download).

    `load_data` adds `index_from` to them.

    Args:
        path: the file's name in the cache, `~/.lamina/datasets`.

    Returns:
        A rank for each of 30,979 words.

    Raises:
        ConnectionError: the file is not in the cache and cannot be downloaded.
        ValueError: the download is not the expected file.

    Example:
        >>> from lamina.datasets import reuters
        >>> reuters.get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return word_index(path, KERAS_DATASETS + "reuters_word_index.json", _INDEX_MD5)


def get_label_names() -> tuple[str, ...]:
    """Return the names of the 46 topics, in the order of the labels.

    Example:
        >>> from lamina.datasets import reuters
        >>> reuters.get_label_names()[3]
        'earn'
    """
    return tuple(_TOPICS.split())
