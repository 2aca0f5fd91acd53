"""Precision, recall and f1 of each class."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.tabular import Tabular
from lamina.metrics.classes import classes_of, flat

_FIGURES = ("precision", "recall", "f1-score", "support")


class ClassificationReport(Tabular):
    """What `classification_report` returns; printed, a table.

    Attributes:
        classes: numbers of the classes, ascending.
        precision, recall, f1, support: by class, arrays `(classes,)`; 0 where nothing was predicted, or
            nothing was there. Support is how many samples (or how much weight) a class has.
        accuracy: the share of right predictions; `None` where each class is a yes or no of its own.
        averages: by name (`"macro avg"`, `"weighted avg"`, ...) precision, recall and f1.
    """

    def __init__(
        self,
        true: np.ndarray,
        pred: np.ndarray,
        weight: np.ndarray | None = None,
        names: Sequence[str] | None = None,
    ):
        several = true.ndim == 2  # each class is a yes or no
        if several:
            self.classes = np.arange(true.shape[1])
        else:
            self.classes = np.unique([*np.unique(true), *np.unique(pred)])
        self.names = names_of(self.classes, names)
        is_true, is_pred = (
            (x == 1) if several else (x[:, None] == self.classes) for x in (true, pred)
        )
        counts = np.ones(len(true), "int64") if weight is None else weight
        hits, said, self.support = (
            (x * counts[:, None]).sum(0) for x in (is_true & is_pred, is_pred, is_true)
        )
        self.precision, self.recall, self.f1 = _ratios(hits, said, self.support)
        self.accuracy = None if several else float(_ratio(hits.sum(), counts.sum()))
        by_class = np.stack([self.precision, self.recall, self.f1])
        self.averages = {"macro avg": by_class.mean(1)}
        self.averages["weighted avg"] = _ratio(by_class @ self.support, self.support.sum())
        if several:
            micro = np.array(_ratios(hits.sum(), said.sum(), self.support.sum()))
            each = np.stack(_ratios(*(x.sum(1) for x in (is_true & is_pred, is_pred, is_true))))
            of_samples = _ratio(each @ counts, counts.sum())
            self.averages = {"micro avg": micro, **self.averages, "samples avg": of_samples}

    def as_dict(self) -> dict[str, Any]:
        """Return all figures by class and average, in the form of scikit-learn's `output_dict=True`."""
        columns = zip(self.precision, self.recall, self.f1, self.support, strict=True)
        figures: dict[str, Any] = {
            name: dict(zip(_FIGURES, (x.item() for x in row), strict=True))
            for name, row in zip(self.names, columns, strict=True)
        }
        if self.accuracy is not None:
            figures["accuracy"] = self.accuracy
        total = self.support.sum().item()
        for name, values in self.averages.items():
            figures[name] = dict(zip(_FIGURES, [*values.tolist(), total], strict=True))
        return figures

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return a row for each class, then the averages."""
        rows: list[list[str]] = []
        for name, figures in self.as_dict().items():
            if not isinstance(figures, dict):
                total = f"{self.support.sum():g}"
                rows += [[], [name, "", "", f"{figures:.2f}", total]]
                continue
            if (
                name in self.averages
                and self.accuracy is None
                and name == next(iter(self.averages))
            ):
                rows.append([])
            *ratios, support = figures.values()
            rows.append([name, *(f"{ratio:.2f}" for ratio in ratios), f"{support:g}"])
        return "", ["class", *_FIGURES], rows


def names_of(classes: np.ndarray, names: Sequence[str] | None) -> list[str]:
    """Return the classes' names, by their numbers in `names`.

    Raises:
        ValueError: there is a class without a name.
    """
    if names is None:
        return [str(number) for number in classes]
    if len(classes) and not 0 <= classes[0] <= classes[-1] < len(names):
        raise ValueError(
            f"`names` has {len(names)} names, for classes 0 to {len(names) - 1}, but there are classes from "
            f"{classes[0]} to {classes[-1]}."
        )
    return [names[int(number)] for number in classes]


def _ratio(part: Any, whole: Any) -> Any:
    """`part / whole`, and 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) != 0)


def _ratios(hits: Any, said: Any, there: Any) -> tuple[Any, Any, Any]:
    return _ratio(hits, said), _ratio(hits, there), _ratio(2 * hits, said + there)


def classification_report(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    names: Sequence[str] | None = None,
    threshold: float | None = None,
) -> ClassificationReport:
    """Let a model predict, and tell precision, recall and f1 of each class.

    The class of a sample is the one with the highest score; with one score it is 1 above 0.5, else 0.
    The figures are those of scikit-learn's function of this name, with 0 where it would divide by 0.

    Args:
        model: a model with one output.
        x, y: inputs and true classes: numbers or one-hot, as for `evaluate`. `x` alone may give batches.
        sample_weight: how much each sample counts.
        names: of the classes, in the order of their numbers.
        threshold: above it a score means yes, e.g. 0 for a logit; each of several scores is then a
            yes or no of its own, and `y` is of the same shape.

    Returns:
        A `ClassificationReport`: printed, or in a notebook, a table; `as_dict()` has the numbers.

    Raises:
        ValueError: the model has several outputs, `y` does not fit, or one score is not a probability.

    Source: van Rijsbergen 1979, "Information Retrieval" (precision, recall and the f measure).

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Softmax()])
        >>> x = 9 * np.eye(3, dtype="float32")[[0, 1, 1, 2]]
        >>> print(lamina.metrics.classification_report(model, x, np.array([0, 1, 2, 2])))
        class         precision  recall  f1-score  support
        0                  1.00    1.00      1.00        1
        1                  0.50    1.00      0.67        1
        2                  1.00    0.50      0.67        2
        <BLANKLINE>
        accuracy                             0.75        4
        macro avg          0.83    0.83      0.78        4
        weighted avg       0.88    0.75      0.75        4
    """
    true, pred, weight = classes_of(model, x, y, sample_weight, threshold)
    yes_or_no = threshold is not None and pred.ndim > 1
    return ClassificationReport(*flat(true, pred, weight, keep=1 if yes_or_no else 0), names)
