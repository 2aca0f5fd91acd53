"""Crossentropy that bears wrong labels."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import settings
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.crossentropy import classes_like
from lamina.losses.facts import loss_function
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.pairing import floating
from lamina.ops.core import shapes_agree


@loss_function(targets="classes", predictions="shares")
@op
def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q: float) -> Tensor:
    """Compute `(1 - p ** q) / q`, `p` the predicted probability of the target's class.

    Shapes: y_true `(...)` or `(..., 1)` with numbers of classes, or `(..., classes)` one-hot;
    y_pred `(..., classes)`; the result `(...)`.

    Args:
        q: between 0, where it is crossentropy, and 1, where it is the mean absolute error and bears
            wrong labels best.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([1]), np.array([[0.75, 0.25]])
        >>> lamina.losses.categorical_generalized_cross_entropy(y_true, y_pred, q=0.5).tolist()
        [1.0]

    Source: Zhang & Sabuncu 2018, "Generalized cross entropy loss for training deep neural networks with noisy labels".
    """
    e = engine()
    _, y_pred = floating(y_pred, y_pred)
    if not shapes_agree(e.shape(y_true), e.shape(y_pred)) or e.shape(y_pred)[-1] == 1:
        name = "categorical_generalized_cross_entropy"
        y_true = classes_like(y_true, e.shape(y_pred), -1, name)
        y_true = ops.one_hot(e.cast(y_true, "int32"), e.shape(y_pred)[-1], dtype=e.dtype(y_pred))
    p = e.sum(e.multiply(e.cast(y_true, e.dtype(y_pred)), y_pred), axis=-1)
    # At 0 the slope of `p ** q` would be infinite.
    p = e.maximum(p, settings.epsilon())
    return e.divide(e.subtract(1.0, e.power(p, float(q))), float(q))


@from_fields
class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Crossentropy for one class of several that bears wrong labels.

    Args:
        q: see `categorical_generalized_cross_entropy`.
        reduction, name, dtype: see `Loss`.

    Raises:
        ValueError: `q` is not between 0 and 1.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.CategoricalGeneralizedCrossEntropy()
        >>> float(loss(np.array([1]), np.array([[0.75, 0.25]])))
        1.0
    """

    fn = staticmethod(categorical_generalized_cross_entropy)
    q: float = 0.5
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "categorical_generalized_cross_entropy"
    dtype: Any = None

    def __post_init__(self) -> None:
        if not 0 < self.q < 1:
            raise ValueError(
                f"CategoricalGeneralizedCrossEntropy: `q` must lie between 0 and 1, not be {self.q!r}."
            )
        super().__post_init__()
