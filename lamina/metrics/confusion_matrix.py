"""How often each class is taken for each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.core.tabular import Tabular
from lamina.metrics.classes import classes_of, flat
from lamina.metrics.classification_report import names_of

_SUMS = {"true": 1, "pred": 0, "all": None}


class ConfusionMatrix(Tabular):
    """What `confusion_matrix` returns; printed, a table.

    Attributes:
        matrix: `(classes, classes)`: the row is the true class, the column the predicted one.
        classes: numbers of the classes, ascending.
    """

    def __init__(self, matrix: np.ndarray, classes: np.ndarray, names: list[str]):
        self.matrix, self.classes, self.names = matrix, classes, names

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.matrix, dtype)

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return a row for each true class."""
        rows = [
            [name, *map(_shown, row)] for name, row in zip(self.names, self.matrix, strict=True)
        ]
        return "", ["true \\ predicted", *self.names], rows

    def plot(self) -> Any:
        """Draw the matrix, dark where there is much.

        Returns:
            A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

        Raises:
            ImportError: matplotlib is not installed; it comes with the extra `plot`.
        """
        optional.load("matplotlib", "plot", "A plot of a confusion matrix")
        from lamina.core.picture import Picture

        count = len(self.names)
        side = min(12.0, 2.5 + 0.5 * count)
        figure = Picture(side, side)
        ax = figure.subplots()
        ax.imshow(self.matrix, cmap="Blues")
        ax.set_xticks(range(count), self.names, rotation=90)
        ax.set_yticks(range(count), self.names)
        ax.set_xlabel("predicted")
        ax.set_ylabel("true")
        half = self.matrix.max(initial=0) / 2
        for (row, column), value in np.ndenumerate(self.matrix):
            colour = "white" if value > half else "black"
            ax.text(column, row, _shown(value), ha="center", va="center", color=colour)
        return figure


def _shown(value: Any) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.2f}"


def confusion_matrix(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    names: Sequence[str] | None = None,
    threshold: float | None = None,
    normalize: str | None = None,
) -> ConfusionMatrix:
    """Let a model predict, and count how often each class is taken for each other.

    Args:
        model, x, y, sample_weight, names: see `classification_report`.
        threshold: above it one score means class 1; 0.5 unless given.
        normalize: divide by the sums of `"true"` classes (rows), of `"pred"` ones (columns), or of `"all"`.

    Returns:
        A `ConfusionMatrix`: printed, or in a notebook, a table; `plot()` draws it, `matrix` has the
        numbers, which are those of scikit-learn's function of this name.

    Raises:
        ValueError: see `classification_report`; or each of several scores is a yes or no of its own.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Softmax()])
        >>> x = 9 * np.eye(3, dtype="float32")[[0, 1, 1, 2]]
        >>> lamina.metrics.confusion_matrix(model, x, np.array([0, 1, 2, 2])).matrix
        array([[1, 0, 0],
               [0, 1, 0],
               [0, 1, 1]])
    """
    if normalize is not None and normalize not in _SUMS:
        raise ValueError(f"`normalize` must be one of {[*_SUMS]} or None, not {normalize!r}.")
    true, pred, weight = classes_of(model, x, y, sample_weight, threshold)
    if threshold is not None and pred.ndim > 1 and pred.shape[-1] > 1:
        raise ValueError(
            f"With `threshold` each of the {pred.shape[-1]} scores is a yes or no of its own, which one matrix cannot "
            "show. Leave it out for one class per sample, or see classification_report."
        )
    return counted(*flat(true, pred, weight), names, normalize)


def counted(
    true: np.ndarray,
    pred: np.ndarray,
    weight: np.ndarray | None = None,
    names: Sequence[str] | None = None,
    normalize: str | None = None,
) -> ConfusionMatrix:
    """Return how often each class is taken for each other, of true and predicted numbers of classes."""
    classes = np.unique([*np.unique(true), *np.unique(pred)])
    cells = np.searchsorted(classes, true) * len(classes) + np.searchsorted(classes, pred)
    counted = np.bincount(cells, weight, minlength=len(classes) ** 2)
    matrix = counted.reshape(len(classes), len(classes))
    if normalize is not None:
        sums = matrix.sum(_SUMS[normalize], keepdims=True)
        matrix = np.divide(matrix, sums, out=np.zeros(matrix.shape), where=sums != 0)
    return ConfusionMatrix(matrix, classes, names_of(classes, names))
