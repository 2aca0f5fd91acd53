"""Losses and metrics that surely take tensors of certain shapes: to evaluate them on shapes would find nothing.

PyTorch imports 800 modules, which takes most of a second, when it first computes a shape without values.
"""

from __future__ import annotations

from typing import Any

from lamina.core.masks import get_mask
from lamina.core.symbolic import KerasTensor
from lamina.losses.loss import LossFunctionWrapper
from lamina.metrics.reduction import MeanMetricWrapper

_ALIKE = ("labels", "one_hot", "numbers")  # targets that have the shape of predictions
# Options that ask nothing of shapes, but for an axis.
_OPTIONS = {"axis", "delta", "from_logits", "ignore_class", "label_smoothing", "threshold"}


def surely_fit(judges: list[Any], y: Any, predicted: Any, sample_weight: Any) -> bool:
    """Tell whether losses or metrics of one output take such tensors, as far as that is known without a try."""
    tensors = (y, predicted)
    if sample_weight is not None or not all(isinstance(x, KerasTensor) for x in tensors):
        return False
    usual = all(not x.sparse and None not in x.shape[1:] and get_mask(x) is None for x in tensors)
    numbers = y.dtype.startswith(("float", "int", "uint", "bool"))
    if not usual or not numbers or not predicted.dtype.startswith("float"):
        return False
    return all(_takes(judge, tuple(y.shape), tuple(predicted.shape)) for judge in judges)


def _takes(judge: Any, targets: tuple, predictions: tuple) -> bool:
    if not isinstance(judge, (LossFunctionWrapper, MeanMetricWrapper)) or judge.takes is None:
        return False
    of_user = not {type(judge).__module__[:7], str(judge.fn.__module__)[:7]} <= {"lamina."}
    options = judge.options
    if of_user or not options.keys() <= _OPTIONS or options.get("axis", -1) != -1:
        return False
    if len(predictions) < 2:
        return False
    if judge.takes.targets == "classes" and judge.takes.predictions in ("shares", "scores"):
        return targets in (predictions[:-1], (*predictions[:-1], 1))
    return judge.takes.targets in _ALIKE and targets == predictions
