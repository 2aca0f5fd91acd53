"""CTC: sequences of labels and longer sequences of predictions, without an alignment."""

from __future__ import annotations

from lamina import ops
from lamina.core.configurable import from_fields
from lamina.core.masks import get_mask
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import loss_function
from lamina.losses.loss import FunctionLoss
from lamina.losses.pairing import floating

_BLANK = 0


@loss_function(targets="sequences", predictions="logits")
@op
def ctc(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute minus the logarithm of the probability that the frames of `y_pred` spell `y_true`.

    Class 0 is the blank between labels, and fills rows of `y_true` up to the longest. A mask that
    `y_pred` carries says how many frames of each row count.

    Shapes: y_true `(batch, labels)`, y_pred `(batch, frames, classes)`; the result `(batch,)`.

    Args:
        y_true: numbers of classes from 1 on, at the beginning of each row.
        y_pred: logits (before a softmax).

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> import lamina
        >>> y_pred = np.zeros((1, 2, 2), "float32")  # 3 of the 4 paths spell "1"
        >>> round(float(lamina.losses.ctc(np.array([[1, 0]]), y_pred)[0]), 4)
        0.2877

    Source: Graves et al. 2006, "Connectionist temporal classification".
    """
    e = engine()
    mask = get_mask(y_pred)
    _, y_pred = floating(y_pred, y_pred)
    true, pred = tuple(e.shape(y_true)), tuple(e.shape(y_pred))
    if len(true) != 2 or len(pred) != 3 or true[0] != pred[0]:
        raise ValueError(
            f"ctc: y_true has shape {true} and y_pred {pred}; labels (batch, labels) and logits "
            "(batch, frames, classes) are expected."
        )
    y_true = e.cast(y_true, "int32")
    labels = e.sum(e.cast(e.not_equal(y_true, _BLANK), "int32"), axis=1)
    frames = e.full((pred[0],), pred[1], "int32")
    if mask is not None:
        frames = e.sum(e.cast(mask, "int32"), axis=1)
    return ops.ctc_loss(y_true, y_pred, labels, frames, mask_index=_BLANK)


@from_fields
class CTC(FunctionLoss):
    """How improbable it is that the predicted frames spell the labels, over all alignments.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> y_pred = np.zeros((1, 2, 2), "float32")
        >>> round(float(lamina.losses.CTC()(np.array([[1, 0]]), y_pred)), 4)
        0.2877
    """

    reads_mask = True

    fn = staticmethod(ctc)
    name: str | None = "ctc"
