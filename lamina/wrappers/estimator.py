"""What all estimators do: make the model, let it learn, and compute its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from lamina.core import registry, seeds
from lamina.layers import Layer
from lamina.models import Model, clone_model

_GROUPS = ("model_kwargs", "fit_kwargs")


class ModelEstimator(BaseEstimator):
    """An estimator of scikit-learn with a model inside.

    Args:
        model: a compiled model, of which `fit` trains a copy with new weights; or a function
            `model(X, y, **model_kwargs)` that returns a compiled model for these data.
        warm_start: let each `fit` go on from the weights of the last; a model that was given
            is then trained itself.
        model_kwargs: arguments for the function.
        fit_kwargs: arguments for the model's own `fit`, such as `{"epochs": 20, "verbose": 0}`.
        random_state: a seed, or a `RandomState`: `fit` begins with the same weights and takes the
            samples in the same order each time. `None` goes on with the draws of the process.

    Attributes:
        model_: the model that was trained.
        history_: the `History` of the last `fit`.
        epoch_: how many epochs the model has learnt.
        n_features_in_: the size of axis 1 of the data.
    """

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
        random_state: Any = None,
    ):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the arguments of the constructor.

        Args:
            deep: also list what is in the dicts, as `"model_kwargs__units"`.
        """
        params = super().get_params(deep)
        groups = {group: params[group] for group in _GROUPS if isinstance(params[group], dict)}
        inner = {
            f"{group}__{n}": x for group, entries in groups.items() for n, x in entries.items()
        }
        return {**params, **inner} if deep else params

    def set_params(self, **params: Any) -> Any:
        """Set arguments of the constructor, or entries of its dicts: `model_kwargs__units=8`.

        Raises:
            ValueError: there is no such argument.
        """
        inner = {key: key.partition("__") for key in params if key.partition("__")[0] in _GROUPS}
        inner = {key: (group, name) for key, (group, _, name) in inner.items() if name}
        super().set_params(**{key: x for key, x in params.items() if key not in inner})
        for key, (group, name) in inner.items():
            # In a new dict, since estimators may share one.
            setattr(self, group, {**(getattr(self, group) or {}), name: params[key]})
        return self

    @property
    def epoch_(self) -> int:
        """How many epochs the model has learnt."""
        return getattr(self, "epochs_", 0)

    def taken(self, X: Any, y: Any = "no_validation", **how: Any) -> Any:
        """Return data checked as scikit-learn does: arrays of any number of axes, or sparse matrices."""
        return validate_data(self, X, y, allow_nd=True, accept_sparse="csr", **how)

    def trained(self, X: Any, targets: Any, sample_weight: Any, options: dict[str, Any]) -> Any:
        """Let the model learn; return this estimator.

        Args:
            X, targets: arrays, of float the targets.
            sample_weight: a weight for each sample.
            options: more arguments of the model's `fit`, before those of the constructor.
        """
        options = {**(self.fit_kwargs or {}), **options}
        if sample_weight is not None:
            options["sample_weight"] = _with_mean_1(sample_weight, X.shape[0])
        with _drawing(self.random_state):
            goes_on = bool(self.warm_start) and hasattr(self, "model_")
            model = self.model_ if goes_on else self.__made(X, targets)
            history = model.fit(X, self.fed(model, X, targets), **options)
        self.epochs_ = len(history.epoch) + (self.epoch_ if goes_on else 0)
        self.model_, self.history_ = model, history
        return self

    def __made(self, X: Any, targets: Any) -> Model:
        if isinstance(self.model, Model):
            model = self.model if self.warm_start or not self.model.compiled else _like(self.model)
        elif callable(self.model) and not isinstance(self.model, Layer):
            model = self.model(X, targets, **(self.model_kwargs or {}))
        else:
            model = self.model
        who = f"{type(self).__name__}(model=...)"
        if not isinstance(model, Model):
            raise TypeError(
                f"{who} takes a compiled model, or a function that returns one, "
                f"not {model!r} ({type(model).__name__})."
            )
        if not model.compiled:
            raise RuntimeError(
                f"{who}: the model {model.name!r} is not compiled. "
                "Call model.compile(optimizer=..., loss=...) on it first."
            )
        return model

    def fed(self, model: Model, X: Any, targets: Any) -> Any:
        """Return the targets in the form that the model takes."""
        return targets

    def outputs(self, X: Any) -> np.ndarray:
        """Return what the model gives for `X`, in float64 if `X` is.

        Raises:
            NotFittedError: `fit` was not called yet.
        """
        check_is_fitted(self)
        inputs = self.taken(X, reset=False)
        batch_size = (self.fit_kwargs or {}).get("batch_size")
        result = self.model_.predict(inputs, batch_size=batch_size, verbose=0)
        return result.astype(inputs.dtype, copy=False) if inputs.dtype.kind == "f" else result

    def numbers(self, X: Any) -> np.ndarray:
        """Return the outputs for `X`, of a model with one output per sample as a vector."""
        result = self.outputs(X)
        return result[:, 0] if result.ndim == 2 and result.shape[1] == 1 else result

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags


def _like(model: Model) -> Model:
    """Return a model with the same layers and new weights, compiled in the same way."""
    twin = clone_model(model)
    with registry.noting(kept=True) as notes:
        config = model.get_compile_config()
    with registry.custom_object_scope(notes.own):
        twin.compile_from_config(config)
    return twin


def _with_mean_1(weights: Any, count: int) -> np.ndarray:
    """Return weights of samples with mean 1: then a weight of 2 does what the sample given twice does."""
    weights = np.asarray(weights, "float64")
    if weights.shape != (count,):
        raise ValueError(
            f"`sample_weight` must have one number for each of the {count} samples, "
            f"but its shape is {weights.shape}."
        )
    mean = weights.mean()
    if not np.isfinite(mean) or mean <= 0:
        raise ValueError(
            f"The weights in `sample_weight` have the mean {mean}: they may not be all zero, or infinite."
        )
    return weights / mean


@contextmanager
def _drawing(random_state: Any) -> Iterator[None]:
    """Within, lamina draws from `random_state`, and the process's own draws wait; unless it is `None`."""
    if random_state is None:
        yield
        return
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    before = seeds.position()
    seeds.set_position(seeds.Position(seed, 0))
    try:
        yield
    finally:
        seeds.set_position(before)
