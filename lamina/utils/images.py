"""Images as arrays, and arrays as images of Pillow."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.backend import is_float_dtype
from lamina.core import optional, settings
from lamina.engine.current import to_host

_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Return an array of one image as an image of Pillow.

    Args:
        x: `(rows, columns, channels)`, or `(channels, rows, columns)` in `"channels_first"`; 1, 3 or 4 channels.
        data_format: by default `config.image_data_format()`.
        scale: stretch the values so that the least becomes 0 and the greatest 255; else they are from 0 to 255.
        dtype: in which the values are scaled, by default `floatx`.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: another shape, or an unknown `data_format`.

    Example:
        >>> array_to_img(np.zeros((4, 6, 3))).size
        (6, 4)
    """
    image_kind = _pillow()
    pixels = np.asarray(to_host(x), dtype or settings.floatx())
    if pixels.ndim == 3 and _channels_first(data_format):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3, 4):
        raise ValueError(
            f"array_to_img takes one image with 1, 3 or 4 channels, (rows, columns, channels), "
            f"not an array of shape {np.shape(x)}."
        )
    if scale:
        pixels = pixels - pixels.min()
        pixels = pixels / (pixels.max() or 1) * 255
    if pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
        if pixels.max() > 255:
            return image_kind.fromarray(pixels.astype("int32"))
    return image_kind.fromarray(np.clip(pixels, 0, 255).astype("uint8"))


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Return an image of Pillow as an array `(rows, columns, channels)` of numbers, 0 to 255.

    Args:
        data_format: `"channels_first"` gives `(channels, rows, columns)`; by default `config.image_data_format()`.
        dtype: by default `floatx`.

    Raises:
        ValueError: what is given has not two or three axes.

    Example:
        >>> img_to_array(array_to_img(np.zeros((4, 6, 3)))).shape
        (4, 6, 3)
    """
    pixels, first = np.asarray(img, dtype or settings.floatx()), _channels_first(data_format)
    if pixels.ndim == 2:
        return pixels[None] if first else pixels[..., None]
    if pixels.ndim != 3:
        raise ValueError(
            f"img_to_array takes an image with two or three axes, not shape {pixels.shape}."
        )
    return pixels.transpose(2, 0, 1) if first and not isinstance(img, np.ndarray) else pixels


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array of one image, as `array_to_img` takes it, into a file.

    Args:
        path: of the file, or a file object.
        file_format: `"png"`, `"jpeg"`, ...; by default what the ending of `path` says.
        **kwargs: for `PIL.Image.Image.save`.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    ending = (file_format or str(path).rpartition(".")[2]).lower()
    if ending in ("jpg", "jpeg") and image.mode == "RGBA":  # JPEG has no transparency
        image = image.convert("RGB")
    image.save(path, format="jpeg" if file_format == "jpg" else file_format, **kwargs)


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Return the image in a file as an image of Pillow.

    Args:
        path: of the file, or a file object.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        target_size: `(rows, columns)` to which the image is brought.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"hamming"`, `"box"` or `"lanczos"`.
        keep_aspect_ratio: cut the largest part from the middle that has the proportions of `target_size`
            before it is resized.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: an unknown `color_mode` or `interpolation`.
    """
    image_kind = _pillow()
    ways = {way.name.lower(): way for way in image_kind.Resampling}
    for name, value, choices in (
        ("color_mode", color_mode, _MODES),
        ("interpolation", interpolation, ways),
    ):
        if value not in choices:
            raise ValueError(f"load_img: `{name}` must be one of {sorted(choices)}, not {value!r}.")
    with image_kind.open(path) as file:
        deep_grey = color_mode == "grayscale" and file.mode in ("I;16", "I")
        image = file.copy() if deep_grey else file.convert(_MODES[color_mode])
    if target_size is None:
        return image
    rows, columns = target_size
    box = None
    if keep_aspect_ratio:
        width = min(image.width, image.height * columns // rows)
        height = min(image.height, image.width * rows // columns)
        left, top = (image.width - width) // 2, (image.height - height) // 2
        box = (left, top, left + width, top + height)
    return image.resize((columns, rows), ways[interpolation], box=box)


def smart_resize(
    x: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    data_format: str = "channels_last",
    **kwargs: Any,
) -> Any:
    """Return images at another size without distorting them: what does not fit is cut off on both sides.

    Args:
        x: one image `(rows, columns, channels)`, or several with a first axis that counts them; any dtype.
        size: the new `(rows, columns)`.
        interpolation: as for `ops.image.resize`.
        data_format: `"channels_first"` if channels stand before rows.

    Returns:
        float32 (a float dtype stays): an array of NumPy for one of NumPy, else a tensor.

    Raises:
        ValueError: another number of axes, or a `size` that is not two integers.
        TypeError: an unknown argument.

    Example:
        >>> smart_resize(np.zeros((40, 60, 3)), (10, 10)).shape
        (10, 10, 3)
    """
    kwargs.pop("backend_module", None)  # Keras' own code gives it
    if kwargs:
        raise TypeError(f"smart_resize does not take the argument(s) {sorted(kwargs)}.")
    if np.ndim(x) not in (3, 4):
        raise ValueError(
            "smart_resize takes one image, (rows, columns, channels), or several with a first axis that "
            f"counts them, not an array of shape {np.shape(x)}."
        )
    pixels = ops.convert_to_tensor(x)
    if not is_float_dtype(pixels.dtype):
        pixels = ops.cast(pixels, "float32")
    resized = ops.image.resize(
        pixels, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format
    )
    return to_host(resized) if isinstance(x, np.ndarray) else resized


def _channels_first(data_format: str | None) -> bool:
    data_format = data_format or settings.image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            f"`data_format` must be 'channels_last' or 'channels_first', not {data_format!r}."
        )
    return data_format == "channels_first"


def _pillow() -> Any:
    return optional.load("PIL.Image", "image", "Reading and writing images")
