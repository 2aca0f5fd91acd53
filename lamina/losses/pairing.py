"""Targets and predictions, brought to one dtype and one shape."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.core import dtypes
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine
from lamina.ops.core import known_shape, shapes_agree


def with_equal_shapes(y_true: Any, y_pred: Any, name: str, fix: str = "") -> tuple[Any, Any]:
    """Give both one rank: a last axis of size 1 that only one of them has is added or dropped.

    Args:
        name: of the loss or metric, for the message.
        fix: what to do about different shapes.

    Raises:
        ValueError: the shapes differ in anything else, even if they would broadcast: a target
            `(batch,)` with predictions `(batch, 10)` compares every sample with every other.
    """
    true, pred = known_shape(y_true), known_shape(y_pred)
    if true == pred:
        return y_true, y_pred
    y_true, y_pred = of_one_rank(y_true, y_pred)
    if not shapes_agree(known_shape(y_true), known_shape(y_pred)):
        usual = "Give targets of the predictions' shape, or change the number of units of the last layer."
        raise ValueError(
            f"{name}: y_true has shape {true} and y_pred {pred}; they must be equal (but for a last axis of 1). "
            f"{fix or usual}"
        )
    return y_true, y_pred


def of_one_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Give both one rank where they differ by a last axis of size 1; return trees as they are."""
    if not (hasattr(y_true, "shape") and hasattr(y_pred, "shape")):
        return y_true, y_pred  # trees
    true, pred = len(y_true.shape), len(y_pred.shape)
    # A vector takes the axis, so that a mean over it leaves the batch; else the other one drops it.
    if true == pred + 1 and y_true.shape[-1] == 1:
        if pred == 1:
            return y_true, ops.expand_dims(y_pred, -1)
        return ops.squeeze(y_true, -1), y_pred
    if pred == true + 1 and y_pred.shape[-1] == 1:
        if true == 1:
            return ops.expand_dims(y_true, -1), y_pred
        return y_true, ops.squeeze(y_pred, -1)
    return y_true, y_pred


def refuse_crossed(values: Any, y_true: Any, y_pred: Any, name: str) -> None:
    """Refuse more values than there are predictions, where each of these has its target.

    Raises:
        ValueError: a difference such as that of `(batch, 1, 1)` and `(batch, 1)` was computed.
    """
    if not all(hasattr(x, "shape") for x in (values, y_true, y_pred)):
        return  # trees
    computed, shape = tuple(values.shape), tuple(y_pred.shape)
    if tuple(y_true.shape) != shape or None in computed + shape:
        return
    if math.prod(computed) > max(math.prod(shape), 1):
        raise ValueError(
            f"{name} computes values of shape {computed} from targets and predictions of shape "
            f"{shape}: it compares every sample with every other. Both come with one rank (a last axis of 1 "
            "is added or dropped), so give neither another axis; if all pairs are meant, return their mean."
        )


def floating(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return tensors of one float dtype, that of `y_pred`, so that float64 targets do not widen the model's."""
    e = engine()
    native = e.array_types
    if isinstance(y_pred, native) and isinstance(y_true, native):
        dtype = e.dtype(y_pred)
        if dtype in dtypes.FLOATS:
            return (y_true if e.dtype(y_true) == dtype else e.cast(y_true, dtype)), y_pred
    y_pred = ops.convert_to_tensor(y_pred)
    dtype = y_pred.dtype if isinstance(y_pred, KerasTensor) else e.dtype(y_pred)
    if not dtypes.is_float(dtype):
        dtype = dtypes.result_type(dtype, "float")
        y_pred = ops.cast(y_pred, dtype)
    return ops.convert_to_tensor(y_true, dtype), y_pred


def paired(y_true: Any, y_pred: Any, name: str, fix: str = "") -> tuple[Any, Any]:
    """Return tensors of one float dtype and one shape; see `with_equal_shapes`."""
    y_true, y_pred = floating(y_true, y_pred)
    if y_true.shape == y_pred.shape:
        return y_true, y_pred
    return with_equal_shapes(y_true, y_pred, name, fix)
