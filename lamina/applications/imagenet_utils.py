"""Images as the networks of ImageNet take them, and names for the classes that they give."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import settings
from lamina.core.choices import one_of
from lamina.utils import get_file

CLASS_INDEX = (
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
)
_CLASS_INDEX_MD5 = "c2c37ea517e94d9795004a39431a14cb"
_CLASSES = 1000
_MEANS_OF_CAFFE = (103.939, 116.779, 123.68)  # of blue, green and red
_MEANS_OF_TORCH, _DEVIATIONS_OF_TORCH = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Scale images, channels from 0 to 255, as networks trained on ImageNet take them.

    Shapes: `(..., height, width, 3)` as they are, or `(..., 3, height, width)` if channels come first.

    Args:
        x: one image or a batch: an array, a tensor of the engine, or a symbolic tensor. It stays as it
            is; Keras works in place on NumPy arrays.
        data_format: `"channels_last"` or `"channels_first"`; by default `image_data_format()`.
        mode: `"caffe"` (blue, green, red less their means on ImageNet), `"tf"` (from -1 to 1), or
            `"torch"` (from 0 to 1, then less the means and divided by the standard deviations).

    Raises:
        ValueError: an unknown mode or data format.

    Example:
        >>> import numpy as np
        >>> preprocess_input(np.full((1, 1, 3), 255.0), mode="tf").tolist()
        [[[1.0, 1.0, 1.0]]]
    """
    what = "imagenet_utils.preprocess_input"
    one_of(what, "mode", mode, ("caffe", "tf", "torch"))
    data_format = settings.image_data_format() if data_format is None else data_format
    one_of(what, "data_format", data_format, ("channels_last", "channels_first"))
    if not hasattr(x, "dtype"):
        x = np.asarray(x)
    if isinstance(x, np.ndarray):
        x = x if np.issubdtype(x.dtype, np.floating) else x.astype(settings.floatx())
    elif "float" not in str(x.dtype):
        x = ops.cast(x, settings.floatx())
    if mode == "tf":
        return x / 127.5 - 1.0
    on: Any = np if isinstance(x, np.ndarray) else ops
    axis = len(x.shape) - (1 if data_format == "channels_last" else 3)

    def by_channel(values: tuple[float, ...]) -> Any:
        shape = [-1, *[1] * (len(x.shape) - axis - 1)]
        return np.array(values, x.dtype if on is np else "float32").reshape(shape)

    if mode == "caffe":
        return on.subtract(on.flip(x, axis), by_channel(_MEANS_OF_CAFFE))
    x = on.subtract(x / 255.0, by_channel(_MEANS_OF_TORCH))
    return on.divide(x, by_channel(_DEVIATIONS_OF_TORCH))


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """Name the most probable classes of ImageNet for each row of predictions.

    The names are downloaded on first use (35 kB), into `~/.lamina/models`.

    Args:
        preds: probabilities (or logits), shape `(samples, 1000)`.
        top: number of classes for each sample.

    Returns:
        For each sample, the classes by falling value: `(number in WordNet, name, value)`.

    Raises:
        ValueError: `preds` has another shape.
        ConnectionError: the names cannot be downloaded.

    Example:
        >>> decode_predictions(np.ones((2, 10)))
        Traceback (most recent call last):
        ValueError: decode_predictions: `preds` must have shape (samples, 1000), not (2, 10).
    """
    values = np.asarray(ops.convert_to_numpy(preds))
    if values.ndim != 2 or values.shape[1] != _CLASSES:
        raise ValueError(
            f"decode_predictions: `preds` must have shape (samples, {_CLASSES}), not {values.shape}."
        )
    names = _class_names(
        get_file(
            "imagenet_class_index.json",
            CLASS_INDEX,
            cache_subdir="models",
            file_hash=_CLASS_INDEX_MD5,
        )
    )
    best = np.argsort(values, axis=1)[:, : -top - 1 : -1]
    return [
        [(*names[int(i)], row[i]) for i in places] for row, places in zip(values, best, strict=True)
    ]


@functools.lru_cache(maxsize=1)
def _class_names(path: str) -> list[tuple[str, str]]:
    index = json.loads(Path(path).read_text("utf-8"))
    return [tuple(index[str(i)]) for i in range(_CLASSES)]


def _preprocessing(mode: str | None, says: str) -> Any:
    """Return the `preprocess_input` of a family."""

    def preprocess_input(x: Any, data_format: str | None = None) -> Any:
        return x if mode is None else _of_mode(x, data_format, mode)

    preprocess_input.__doc__ = f"{says} See `imagenet_utils.preprocess_input`."
    return preprocess_input


_of_mode = preprocess_input
as_caffe = _preprocessing("caffe", "Order channels blue, green, red, and take off their means.")
as_tensorflow = _preprocessing("tf", "Scale images from 0 ... 255 to -1 ... 1.")
as_torch = _preprocessing("torch", "Scale to 0 ... 1, and standardize each channel.")
as_they_are = _preprocessing(None, "Return images as they are: the network itself scales them.")
