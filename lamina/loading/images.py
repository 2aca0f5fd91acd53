"""`image_dataset_from_directory`: image files in folders, as batches."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import optional, settings
from lamina.core.choices import one_of
from lamina.loading.from_directory import Choices, Reading, from_directory
from lamina.loading.resizing import INTERPOLATIONS, resized

_WHO = "image_dataset_from_directory"
_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "lamina",
    verbose: bool = True,
    on_error: str = "raise",
) -> Any:
    """Return a data set of the images in a folder's folders, each of which is a class.

    Files that end in bmp, gif, jpeg, jpg or png are read, by Pillow (extra `image`), when their batch has its
    turn; of an animation the first picture. Which files there are, in which order and in which split, is as
    in Keras.

    Shapes: images `(batch, rows, columns, channels)`, float32, 0 to 255; labels as `label_mode` says.

    Args:
        directory: the folder.
        labels: `"inferred"` from the folders' names; a list with the number of each file's class, the files in
            the order of their paths; or `None` for images alone.
        label_mode: `"int"`: `(batch,)` int32; `"categorical"`: `(batch, classes)` float32; `"binary"`:
            `(batch, 1)` float32, for two classes; `None`: no labels.
        class_names: the folders to read, in the order of the classes' numbers; by default all, sorted.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`: 3, 4 or 1 channels.
        batch_size: images in a batch; `None` for single images.
        image_size: `(rows, columns)` to which images are brought.
        shuffle: in another order in each pass; else in that of their paths.
        seed: splits and orders follow from it.
        validation_split: share of the files, the last of them, to hold out.
        subset: `"training"`, `"validation"`, or `"both"` for a list of both data sets.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"area"`, `"lanczos3"`, `"lanczos5"`,
            `"gaussian"` or `"mitchellcubic"`; none of them smooths what shrinks, but `"area"`.
        follow_links: look also behind links to folders.
        crop_to_aspect_ratio, pad_to_aspect_ratio: cut from the middle, or pad with zeros, to the proportions of
            `image_size`, instead of stretching.
        data_format: `"channels_first"` for `(batch, channels, rows, columns)`; by default
            `config.image_data_format()`.
        format: `"lamina"`; or `"tf"`, `"grain"`, `"torch"` for a data set of that library.
        verbose: print how many files there are.
        on_error: `"raise"`: a damaged file is an error that names it, when its turn comes; `"skip"`: all files
            are read once now, and damaged ones left out with a warning.

    Returns:
        A `data.Dataset` with `class_names`, `file_paths` and `skipped`.

    Raises:
        ValueError: an argument does not fit, there are no files, or (later) one is damaged.
        FileNotFoundError: there is no such folder.
        ImportError: Pillow is not installed.

    Example:
        >>> import lamina, pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cats", "dogs"):
        ...     (folder / name).mkdir()
        ...     lamina.utils.save_img(folder / name / "1.png", np.zeros((8, 8, 3)))
        >>> data = lamina.utils.image_dataset_from_directory(folder, image_size=(4, 4))
        Found 2 files belonging to 2 classes.
        >>> data.class_names, next(iter(data))[0].shape
        (['cats', 'dogs'], (2, 4, 4, 3))
    """
    one_of(_WHO, "color_mode", color_mode, _MODES)
    one_of(_WHO, "interpolation", interpolation, INTERPOLATIONS)
    data_format = data_format or settings.image_data_format()
    one_of(_WHO, "data_format", data_format, ("channels_last", "channels_first"))
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(f"{_WHO}: crop or pad to the proportions of `image_size`, not both.")
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    optional.load("PIL.Image", "image", _WHO)
    read = functools.partial(
        read_image,
        mode=_MODES[color_mode],
        size=_size(image_size),
        interpolation=interpolation,
        fit=fit,
        channels_first=data_format == "channels_first",
    )
    return from_directory(
        directory,
        Reading(_WHO, "an image", _ENDINGS, read),
        Choices(
            labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
            follow_links, format, verbose, on_error,
        ),
    )  # fmt: skip


def _size(size: Any) -> tuple[int, int]:
    sizes = np.broadcast_to(size, (2,)) if np.ndim(size) == 0 else np.asarray(size)
    if sizes.shape != (2,) or sizes.dtype.kind not in "iu" or sizes.min() < 1:
        raise ValueError(f"{_WHO}: `image_size` must be two positive integers, not {size!r}.")
    return int(sizes[0]), int(sizes[1])


def read_image(
    path: str, mode: str, size: tuple[int, int], interpolation: str, fit: str, channels_first: bool
) -> np.ndarray:
    """Return the image in a file as float32, 0 to 255, at the given size.

    Args:
        mode: Pillow's name of the channels, `"L"`, `"RGB"` or `"RGBA"`.
        size, interpolation, fit: see `resized`.
    """
    from PIL import Image

    with Image.open(path) as file:
        if file.mode.startswith("I"):  # 16 bits: the upper 8 are kept
            deep = np.asarray(file)
            pixels = np.asarray(Image.fromarray((deep >> 8).astype("uint8")).convert(mode))
        else:
            whole = file.convert("RGBA") if file.mode == "P" else file  # colours may be transparent
            pixels = np.asarray(whole.convert(mode))
    result = resized(pixels[..., None] if mode == "L" else pixels, size, interpolation, fit)
    return np.ascontiguousarray(result.transpose(2, 0, 1)) if channels_first else result
