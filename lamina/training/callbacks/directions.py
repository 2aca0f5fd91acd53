"""Which way is better: whether a logged number should fall or rise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lamina.core.naming import to_snake_case

# fmt: off
_FALLS = {
    "binary_crossentropy", "categorical_crossentropy", "categorical_hinge", "crossentropy", "error",
    "hinge", "kl_divergence", "kld", "log_cosh", "log_cosh_error", "loss", "mae", "mape",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "mse", "msle", "poisson", "rmse", "root_mean_squared_error",
    "sparse_categorical_crossentropy", "squared_hinge",
}
_RISES = {
    "acc", "accuracy", "auc", "binary_accuracy", "binary_io_u", "categorical_accuracy",
    "concordance_correlation", "cosine_similarity", "f1_score", "f_beta_score", "fbeta_score",
    "io_u", "iou", "mean_io_u", "mean_iou", "one_hot_io_u", "one_hot_mean_io_u",
    "pearson_correlation", "precision", "precision_at_recall", "r2_score", "recall",
    "recall_at_precision", "sensitivity_at_specificity", "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy", "specificity_at_sensitivity", "top_k_categorical_accuracy",
}
# fmt: on


def direction_of(monitor: str, model: Any) -> str | None:
    """`"min"` or `"max"` for the log named `monitor`; `None` if nothing tells.

    The metric of that name decides by its class, else the name itself does: by all of it or by its
    last words, so that `val_branch_accuracy` is an accuracy.
    """
    name = re.sub(r"_\d+$", "", monitor.removeprefix("val_"))
    for metric in _metrics_named(monitor.removeprefix("val_"), model):
        declared = {"up": "max", "down": "min"}.get(getattr(metric, "_direction", None) or "")
        known = declared or next(
            filter(None, (_of_words(to_snake_case(c.__name__)) for c in type(metric).__mro__)), None
        )
        if known:
            return known
    words = name.split("_")
    return next(filter(None, (_of_words("_".join(words[i:])) for i in range(len(words)))), None)


def _of_words(words: str) -> str | None:
    return "min" if words in _FALLS else "max" if words in _RISES else None


def _metrics_named(name: str, model: Any) -> Iterator[Any]:
    metrics = list(getattr(model, "metrics", None) or ())
    labels = list(getattr(model, "metrics_names", None) or ())
    for index, metric in enumerate(metrics):
        label = labels[index] if len(labels) == len(metrics) else None
        if name in (label, getattr(metric, "name", None)):
            yield metric
