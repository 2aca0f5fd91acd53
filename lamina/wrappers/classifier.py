"""`SKLearnClassifier`: a model that tells classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from lamina import losses
from lamina.losses.facts import Takes
from lamina.models import Model
from lamina.wrappers.estimator import ModelEstimator


class SKLearnClassifier(ClassifierMixin, ModelEstimator):
    """A model as a classifier of scikit-learn.

    The labels may be of any type. A model may end with a number for each class, and a loss for rows of
    shares or for numbers of classes; for two classes it may end with one number. If each sample may have
    several labels (`y` is a matrix of 0 and 1), it ends with a number for each label by itself.

    Args:
        model, warm_start, model_kwargs, fit_kwargs, random_state: see `ModelEstimator`; the function
            gets `y` as rows of 0 and 1, of shape `(samples, classes)`.

    Attributes:
        classes_: the labels in their order; for several labels per sample their numbers.

    Example:
        >>> import lamina
        >>> def network(X, y):
        ...     outputs = lamina.layers.Dense(y.shape[1], "softmax")
        ...     model = lamina.Sequential([lamina.layers.Input(X.shape[1:]), outputs])
        ...     model.compile(lamina.optimizers.Adam(0.1), "categorical_crossentropy")
        ...     return model
        >>> classifier = SKLearnClassifier(network, fit_kwargs={"epochs": 40, "verbose": 0})
        >>> classifier.fit([[-2.0], [-1.0], [1.0], [2.0]], ["no", "no", "yes", "yes"]).predict([[3.0]])
        array(['yes'], ...)
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> SKLearnClassifier:
        """Let the model learn to give the labels `y` for `X`.

        Args:
            X: array `(samples, features, ...)`.
            y: labels `(samples,)`, or 0 and 1 `(samples, labels)`.
            sample_weight: a weight for each sample; only their ratios count.
            kwargs: more arguments of the model's `fit`, before those in `fit_kwargs`.

        Raises:
            ValueError: `y` does not hold labels, or the data do not fit each other.
            RuntimeError: the model is not compiled.
        """
        inputs, y = self.taken(X, y, multi_output=True)
        check_classification_targets(y)
        self._several = type_of_target(y) == "multilabel-indicator"
        if self._several:
            targets = (y.toarray() if issparse(y) else np.asarray(y)).astype("float64")
            classes = np.arange(targets.shape[1])
        else:
            classes, numbers = np.unique(column_or_1d(y, warn=True), return_inverse=True)
            targets = np.eye(len(classes))[numbers]
        if not (self.warm_start and hasattr(self, "model_")):
            self.classes_ = classes
        elif not np.array_equal(classes, self.classes_):
            targets = self.__in_order_of_before(classes, targets)
        return self.trained(inputs, targets, sample_weight, kwargs)

    def __in_order_of_before(self, classes: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the columns of `targets` where the model that goes on has them."""
        if not set(classes.tolist()) <= set(self.classes_.tolist()):
            raise ValueError(
                f"With warm_start the model goes on with the classes {self.classes_.tolist()}, "
                f"but `y` has {classes.tolist()}."
            )
        columns = np.zeros((len(targets), len(self.classes_)))
        columns[:, np.searchsorted(self.classes_, classes)] = targets
        return columns

    def fed(self, model: Model, X: Any, targets: Any) -> Any:
        """Return rows of 0 and 1, numbers of classes, or 0 and 1, as the model's loss takes them."""
        if self._several:
            return targets
        takes = _takes(model)
        if takes is not None and takes.counts_classes:
            return targets.argmax(axis=1)
        shape = model.compute_output_shape((None, *X.shape[1:]))
        return targets[:, 1:] if shape == (None, 1) and targets.shape[1] == 2 else targets

    def predict(self, X: Any) -> np.ndarray:
        """Return the label of each sample; for several labels per sample rows of 0 and 1."""
        scores = self.decision_function(X)
        if self._several:
            return (scores > 0).astype("int64")
        return self.classes_[
            scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(int)
        ]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, `(samples, classes)`.

        Raises:
            ValueError: the model's loss (a hinge, say) does not take probabilities or their logits.
        """
        return self.__probabilities(self.outputs(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the model's outputs `(samples, classes)`; of two classes, and of several labels, log-odds.

        Where these are above 0, the second class (or the label) is more probable than not: `(samples,)`
        for two classes.
        """
        result = self.outputs(X)
        if not self._several and len(self.classes_) != 2:
            return result
        if _gives_scores(self.model_):
            scores = result if result.shape[1] == 1 or self._several else np.diff(result)
        else:
            probable = self.__probabilities(result)
            scores = special.logit(np.clip(probable.astype("float64"), 1e-300, 1 - 2**-53))
        return scores if self._several else scores[:, -1]

    def __probabilities(self, result: np.ndarray) -> np.ndarray:
        takes, loss = _takes(self.model_), _loss(self.model_)
        if _gives_scores(self.model_):
            raise ValueError(
                f"The loss {loss!r} does not take probabilities, so the model does not give any. "
                "Use decision_function, or a loss such as 'categorical_crossentropy'."
            )
        one_of_several = takes is None or takes.predictions == "shares"
        if getattr(loss, "from_logits", False):
            several = one_of_several and result.shape[1] > 1
            result = special.softmax(result, axis=1) if several else special.expit(result)
        if result.shape[1] == 1 and len(self.classes_) == 2 and not self._several:
            return np.hstack([1 - result, result])
        return result

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _loss(model: Model) -> Any:
    """Return the loss that `model` was compiled with; for `"auto"` the one that it has come to stand for."""
    if model.loss == "auto":
        return next((choice.loss for choice in model.loss_choices.values()), None)
    return losses.get(model.loss) if isinstance(model.loss, (str, dict)) else model.loss


def _takes(model: Model) -> Takes | None:
    return getattr(_loss(model), "takes", None)


def _gives_scores(model: Model) -> bool:
    takes = _takes(model)
    return takes is not None and takes.predictions not in ("shares", "probabilities")
