"""`SKLearnRegressor`: a model that predicts numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from lamina.wrappers.estimator import ModelEstimator


class SKLearnRegressor(RegressorMixin, ModelEstimator):
    """A model as a regressor of scikit-learn, with one number per sample or several.

    Args:
        model, warm_start, model_kwargs, fit_kwargs, random_state: see `ModelEstimator`; the function
            gets `y` as a matrix of shape `(samples, outputs)`.

    Example:
        >>> import lamina
        >>> def network(X, y, units=4):
        ...     model = lamina.Sequential(
        ...         [lamina.layers.Input(X.shape[1:]), lamina.layers.Dense(y.shape[1])]
        ...     )
        ...     model.compile("adam", "mse")
        ...     return model
        >>> regressor = SKLearnRegressor(network, fit_kwargs={"verbose": 0})
        >>> regressor.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[3.0]]).shape
        (1,)
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> SKLearnRegressor:
        """Let the model learn to give `y` for `X`.

        Args:
            X: array `(samples, features, ...)`.
            y: numbers `(samples,)` or `(samples, outputs)`.
            sample_weight: a weight for each sample; only their ratios count.
            kwargs: more arguments of the model's `fit`, before those in `fit_kwargs`.

        Raises:
            ValueError: the data are not numbers, or do not fit each other.
            RuntimeError: the model is not compiled.
        """
        inputs, y = self.taken(X, y, multi_output=True, y_numeric=True)
        targets = y.reshape(len(y), -1).astype("float64")
        return self.trained(inputs, targets, sample_weight, kwargs)

    def predict(self, X: Any) -> np.ndarray:
        """Return the numbers for `X`: `(samples,)`, or `(samples, outputs)` for several."""
        return self.numbers(X)
