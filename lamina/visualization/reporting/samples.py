"""The samples that a model gets most wrong."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import losses
from lamina.core import tree
from lamina.engine.current import to_host
from lamina.feeds.unpack import unpack_x_y_sample_weight
from lamina.metrics.classes import as_classes
from lamina.training.prepare import is_auto

MOST_SAMPLES = 10_000  # of a data set that gives batches


@dataclass
class Tested:
    """Data and what the model says about them.

    Attributes:
        x: inputs, a tree of arrays.
        y, predicted: targets and outputs.
        losses: of each sample; `None` if nobody knows.
        true, taken: numbers of classes; `None` where the model does not tell classes apart.
    """

    x: Any
    y: np.ndarray
    predicted: np.ndarray
    losses: np.ndarray | None
    true: np.ndarray | None = None
    taken: np.ndarray | None = None


def tested(model: Any, data: Any) -> Tested | None:
    """Let the model predict; `None` if it has several outputs, or none to compare with.

    Args:
        data: `(x, y)`, or what gives batches of them; of these the first samples.
    """
    x, y = _arrays(data)
    predicted = model.predict(x, verbose=0)
    if (
        y is None
        or isinstance(predicted, (list, tuple, dict))
        or isinstance(y, (list, tuple, dict))
    ):
        return None
    predicted, y = np.asarray(predicted), np.asarray(y)
    result = Tested(x, y, predicted, _losses(model, y, predicted))
    if _tells_classes(y, predicted):
        result.true, result.taken = as_classes(y, predicted)
    return result


def _arrays(data: Any) -> tuple[Any, Any]:
    if isinstance(data, tuple):
        x, y, _ = unpack_x_y_sample_weight(data)
        return tree.map_structure(to_host, (x, y))
    parts, count = [], 0
    for batch in data:
        x, y, _ = unpack_x_y_sample_weight(batch)
        parts.append(tree.map_structure(lambda a: np.asarray(to_host(a)), (x, y)))
        count += len(tree.flatten(parts[-1])[0])
        if count >= MOST_SAMPLES:
            break
    leaves = zip(*map(tree.flatten, parts), strict=True)
    return tree.pack_like(parts[0], [np.concatenate(group) for group in leaves])


def _losses(model: Any, y: np.ndarray, predicted: np.ndarray) -> np.ndarray | None:
    """The loss of each sample by itself, as the model's own loss has it; else the squared error.

    `None` where targets are not of the shape of the outputs, and no loss says how they are compared.
    """
    compiled = model.__compiled__
    given = None if compiled is None else compiled.arguments.loss
    made = [] if compiled is None or compiled.loss is None else compiled.loss.losses
    if len(made) == 1 and made[0] is not None:
        loss = made[0]
    elif not isinstance(given, (list, tuple, dict, type(None))) and not is_auto(given):
        loss = losses.get(given)
    elif y.size == predicted.size:
        each = np.square(y.reshape(predicted.shape) - predicted, dtype="float64")
        return each.reshape(len(y), -1).mean(1)
    else:
        return None
    each = np.asarray(to_host(getattr(loss, "call", loss)(y, predicted)), "float64")
    return each.reshape(len(y), -1).mean(1) if each.size >= len(y) else None


def _tells_classes(y: np.ndarray, predicted: np.ndarray) -> bool:
    if predicted.ndim != 2:
        return False
    if predicted.shape[1] == 1:
        return bool(np.isin(y, (0, 1)).all()) and bool(((predicted >= 0) & (predicted <= 1)).all())
    if y.shape == predicted.shape:
        return bool(np.isin(y, (0, 1)).all()) and bool((y.sum(-1) == 1).all())
    whole = y.size == len(predicted) and bool((y == np.rint(y)).all())
    return whole and bool((y >= 0).all()) and bool((y < predicted.shape[1]).all())


def picture_of(x: Any, number: int, image_shape: tuple[int, ...] | None) -> str | None:
    """Return a sample as the address of a PNG image, `data:...`; `None` if it is not an image."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "biuf":
        return None
    image = x[number] if image_shape is None else x[number].reshape(image_shape)
    if image.ndim == 2 and image_shape is not None:
        image = image[..., None]
    if image.ndim != 3 or image.shape[-1] not in (1, 3):
        return None
    from PIL import Image  # with matplotlib, or by itself

    low, high = float(np.nanmin(x)), float(np.nanmax(x))
    bytes_ = np.clip(np.nan_to_num((image - low) / ((high - low) or 1)) * 255, 0, 255).astype(
        "uint8"
    )
    small = Image.fromarray(bytes_[..., 0] if image.shape[-1] == 1 else bytes_)
    small.thumbnail((96, 96))
    file = io.BytesIO()
    small.save(file, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
