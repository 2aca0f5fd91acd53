"""Handwritten digits, 8x8 pixels: bundled with lamina, so no download."""

from pathlib import Path

import numpy as np

from lamina.datasets.origins import Parts


def load_data() -> Parts:
    """Load 1,797 images of handwritten digits: 1,442 to train with, 355 to test with.

    The split is fixed: of each digit's images, in the file's order, every fifth is for testing, so
    every digit is a fifth of its images in both parts alike. The 13 writers appear in both parts;
    accuracy on writers never seen is lower.

    Shapes: images (n, 8, 8), uint8, 0 (paper) to 16 (ink); labels (n,), uint8, 0 to 9.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Example:
        >>> from lamina.datasets import digits
        >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
        >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
        ((1442, 8, 8), (1442,), (355, 8, 8), (355,))

    Source: E. Alpaydin and C. Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, licensed CC BY 4.0. This is its test
    part, as scikit-learn ships it; stored as uint8.
    """
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    test = _every_fifth_of_each(labels)
    return (images[~test], labels[~test]), (images[test], labels[test])


def _every_fifth_of_each(labels: np.ndarray) -> np.ndarray:
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[4::5]] = True
    return chosen
