"""Facts about losses and metrics, stated at the function or class and nowhere else.

`compile` and preflight read them: `takes` (a `Takes`) and `better` (`"min"` or `"max"`). A class states
them as class attributes, a function by a decorator of this module; both may be yours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

Function = TypeVar("Function", bound=Callable)

TARGETS = {
    "labels": "0 or 1, each by itself",
    "one_hot": "shares of classes that sum to 1, such as one-hot rows",
    "classes": "numbers of classes",
    "distributions": "shares of anything that sum to 1",
    "numbers": "any numbers",
    "amounts": "numbers from 0 on",
    "ratios": "numbers other than 0, whose relative error counts",
    "signs": "-1 or 1 (or 0 or 1)",
    "areas": "0 or 1, where the whole area counts",
    "sequences": "numbers of classes from 1 on, one row of them per sample",
    "groups": "numbers that say which samples belong together",
    "vectors": "directions along an axis",
}
PREDICTIONS = {
    "probabilities": "between 0 and 1, each by itself (a sigmoid)",
    "shares": "between 0 and 1, with the sum 1 along the axis of classes (a softmax)",
    "logits": "any numbers, of which the loss itself makes shares",
    "scores": "any numbers, of which the largest or the sign decides",
    "numbers": "any numbers",
    "amounts": "numbers from 0 on",
    "classes": "numbers of classes",
    "vectors": "directions along an axis",
}


class Takes(NamedTuple):
    """The targets and predictions that a loss or metric compares.

    Attributes:
        targets: one of `TARGETS`.
        predictions: one of `PREDICTIONS`; with an attribute `from_logits` that is true, their logits.

    Example:
        >>> import lamina
        >>> lamina.losses.binary_crossentropy.takes
        Takes(targets='labels', predictions='probabilities')
    """

    targets: str
    predictions: str

    @property
    def bounded(self) -> bool:
        """Tell whether predictions lie between 0 and 1."""
        return self.predictions in ("probabilities", "shares")

    @property
    def counts_classes(self) -> bool:
        """Tell whether targets are integers."""
        return self.targets in ("classes", "sequences", "groups")

    @property
    def one_of_several(self) -> bool:
        """Tell whether targets say which of several classes is right, and predictions are shares of them."""
        return self.targets in ("one_hot", "classes") and self.predictions == "shares"

    @property
    def regression(self) -> bool:
        """Tell whether targets are numbers, not classes."""
        return self.targets in ("numbers", "amounts", "ratios")


def loss_function(targets: str, predictions: str) -> Callable[[Function], Function]:
    """Decorate a loss function with what it takes; like every loss, it is better low.

    Args:
        targets, predictions: see `Takes`.

    Raises:
        ValueError: a word that `TARGETS` or `PREDICTIONS` does not have.

    Example:
        >>> @loss_function(targets="numbers", predictions="numbers")
        ... def fourth_power(y_true, y_pred):
        ...     return lamina.ops.mean((y_true - y_pred) ** 4, axis=-1)
        >>> fourth_power.better
        'min'
    """
    return metric_function("min", targets, predictions)


def metric_function(better: str, targets: str, predictions: str) -> Callable[[Function], Function]:
    """Decorate a metric function with what it takes and which way is better.

    Args:
        better: `"max"` or `"min"`.
        targets, predictions: see `Takes`.

    Raises:
        ValueError: another word than these.
    """
    for word, words in ((targets, TARGETS), (predictions, PREDICTIONS), (better, ("min", "max"))):
        if word not in words:
            raise ValueError(f"{word!r} is not among {list(words)}.")

    def state(fn: Any) -> Any:
        fn.takes, fn.better = Takes(targets, predictions), better
        return fn

    return state
