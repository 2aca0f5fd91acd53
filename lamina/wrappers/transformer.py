"""`SKLearnTransformer`: a model whose outputs are features for the next step of a pipeline."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from lamina.wrappers.estimator import ModelEstimator


class SKLearnTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ModelEstimator):
    """A model as a transformer of scikit-learn: `transform` returns its outputs.

    Args:
        model, warm_start, model_kwargs, fit_kwargs, random_state: see `ModelEstimator`; the function
            gets `y` as a matrix of shape `(samples, outputs)`.

    Example:
        >>> import lamina
        >>> encoder = lamina.Sequential([lamina.layers.Input((3,)), lamina.layers.Dense(3)])
        >>> encoder.compile("adam", "mse")
        >>> transformer = SKLearnTransformer(encoder, fit_kwargs={"verbose": 0})
        >>> transformer.fit_transform(np.eye(3)).shape
        (3, 3)
    """

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, **kwargs: Any
    ) -> SKLearnTransformer:
        """Let the model learn to give `y` for `X`; without `y`, `X` itself, as an autoencoder does.

        Args:
            X: array `(samples, features, ...)`.
            y: numbers `(samples,)` or `(samples, outputs)`.
            sample_weight: a weight for each sample; only their ratios count.
            kwargs: more arguments of the model's `fit`, before those in `fit_kwargs`.

        Raises:
            ValueError: the data are not numbers, or do not fit each other.
            RuntimeError: the model is not compiled.
        """
        if y is None:
            inputs = targets = self.taken(X)
        else:
            inputs, y = self.taken(X, y, multi_output=True, y_numeric=True)
            targets = y.reshape(len(y), -1).astype("float64")
        self.trained(inputs, targets, sample_weight, kwargs)
        self._n_features_out = self.model_.compute_output_shape((None, *inputs.shape[1:]))[-1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the outputs of the model for `X`."""
        return self.outputs(X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the outputs of the model for `X`: `(samples,)`, or `(samples, outputs)` for several."""
        return self.numbers(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32", "float64"]
        return tags
