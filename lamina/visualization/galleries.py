"""Images side by side: with labels, with boxes, with masks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.engine.current import to_host
from lamina.visualization.overlays import draw_bounding_boxes, draw_segmentation_masks
from lamina.visualization.pixels import as_bytes, batch_of, color_of


def plot_image_gallery(
    images: Any,
    y_true: Any = None,
    y_pred: Any = None,
    label_map: Mapping[int, str] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    value_range: Sequence[float] = (0, 255),
    scale: float = 2,
    path: str | Path | None = None,
    show: bool | None = None,
    transparent: bool = True,
    dpi: float = 60,
    legend_handles: Sequence[Any] | None = None,
    data_format: str | None = None,
) -> Any:
    """Draw images side by side, with the names of their classes.

    Args:
        images: `(batch, rows, columns, channels)`.
        y_true: `(batch,)`, the number of each image's class.
        y_pred: `(batch,)`, the number of the class that was predicted; red where it is another one.
        label_map: number of a class -> its name.
        rows, cols: of the gallery; images that have no place in it are left out.
        value_range: the values of black and white.
        scale: side of an image, in inches.
        path: of a file to write the gallery into.
        show: whether a window shows it, by default where there is no `path`; in a notebook the cell does.
        transparent: whether the file has no background.
        dpi: pixels per inch of the file.
        legend_handles: matplotlib's patches for a legend.
        data_format: of the images, by default `config.image_data_format()`.

    Returns:
        A `matplotlib.figure.Figure`, or `None` if it was shown.

    Raises:
        ValueError: `images` is not a batch of images, labels come without `label_map`, or both `path` and
            `show` are given.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.

    Example:
        >>> figure = plot_image_gallery(np.zeros((5, 8, 8, 1)), cols=3, show=False)
        >>> len(figure.axes)
        5
    """
    who = "plot_image_gallery"
    array, _ = batch_of(who, images, data_format)
    if path is not None and show:
        raise ValueError(
            f"{who}: give `path` to write a file or `show=True` for a window, not both."
        )
    titles = _titles(who, len(array), y_true, y_pred, label_map)
    rows, cols = _grid(len(array), rows, cols)
    show = path is None if show is None else show
    high, wide = array.shape[1:3]
    figure = _figure(
        (cols * scale * max(1.0, wide / high), rows * scale * max(1.0, high / wide)), show
    )
    pixels = as_bytes(array, value_range)
    for i, image in enumerate(pixels[: rows * cols]):
        ax = figure.add_subplot(rows, cols, i + 1)
        ax.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.axis("off")
        text, right = titles[i]
        ax.set_title(text, color="black" if right else "#c8102e", fontsize=9, parse_math=False)
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="outside lower center", ncols=len(legend_handles))
    if path is not None:
        figure.savefig(path, transparent=transparent, dpi=dpi)
    if not show:
        return figure
    from matplotlib import pyplot

    pyplot.show()
    return None


def _figure(inches: tuple[float, float], window: bool) -> Any:
    optional.load("matplotlib", "plot", "A gallery of images")
    if window:
        from matplotlib import pyplot

        return pyplot.figure(figsize=inches, layout="constrained")
    from lamina.core.picture import Picture

    return Picture(*inches)


def _titles(
    who: str, count: int, y_true: Any, y_pred: Any, names: Mapping[int, str] | None
) -> list[tuple[str, bool]]:
    """The text above each image, and whether the prediction is right."""
    labels = [None if y is None else np.asarray(to_host(y)).ravel() for y in (y_true, y_pred)]
    if all(y is None for y in labels):
        return [("", True)] * count
    if names is None:
        raise ValueError(
            f"{who}: `y_true` and `y_pred` need a `label_map`: number of a class -> name."
        )
    if wrong := [len(y) for y in labels if y is not None and len(y) != count]:
        raise ValueError(f"{who}: there are {count} images, but {wrong[0]} labels.")
    true, pred = (
        None if y is None else [str(names.get(int(n), int(n))) for n in y] for y in labels
    )
    if true is None or pred is None:
        return [(text, True) for text in true or pred or []]
    pairs = zip(true, pred, strict=True)
    return [(a, True) if a == b else (f"{b}, is {a}", False) for a, b in pairs]


def _grid(count: int, rows: int | None, cols: int | None) -> tuple[int, int]:
    if rows is None and cols is None:
        cols = min(8, math.ceil(math.sqrt(count))) or 1
    if cols is None:
        cols = math.ceil(count / (rows or 1)) or 1
    return rows or math.ceil(count / cols) or 1, cols


def plot_bounding_box_gallery(
    images: Any,
    bounding_box_format: str,
    y_true: Any = None,
    y_pred: Any = None,
    value_range: Sequence[float] = (0, 255),
    true_color: Any = (0, 188, 212),
    pred_color: Any = (255, 235, 59),
    line_thickness: int = 2,
    font_scale: float = 1,
    text_thickness: int | None = None,
    class_mapping: Mapping[int, str] | None = None,
    ground_truth_mapping: Mapping[int, str] | None = None,
    prediction_mapping: Mapping[int, str] | None = None,
    legend: bool = False,
    legend_handles: Sequence[Any] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    data_format: str | None = None,
    **kwargs: Any,
) -> Any:
    """Draw images side by side with boxes: the true ones and those that were predicted.

    Args:
        images: `(batch, rows, columns, channels)`.
        bounding_box_format: of the boxes: see `utils.bounding_boxes.convert_format`.
        y_true, y_pred: dicts of boxes, as `draw_bounding_boxes` takes them.
        value_range: the values of black and white.
        true_color, pred_color: red, green and blue, 0 to 255.
        line_thickness, font_scale, text_thickness: as of `draw_bounding_boxes`.
        class_mapping: number of a class -> its name; of `y_true` or `y_pred` alone `ground_truth_mapping` and
            `prediction_mapping`.
        legend: whether a legend tells the colours apart.
        legend_handles: a legend of your own: matplotlib's patches.
        rows, cols, data_format, kwargs: as of `plot_image_gallery`.

    Returns:
        What `plot_image_gallery` does.

    Raises:
        ValueError: both `legend` and `legend_handles` are given; or as of `plot_image_gallery`.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.
    """
    who = "plot_bounding_box_gallery"
    if legend and legend_handles:
        raise ValueError(f"{who}: give `legend=True` or `legend_handles`, not both.")
    array, _ = batch_of(who, images, data_format)
    pixels = as_bytes(array, value_range)
    sides = (
        ("true", y_true, color_of(who, true_color), ground_truth_mapping),
        ("predicted", y_pred, color_of(who, pred_color), prediction_mapping),
    )
    for _, boxes, color, names in sides:
        if boxes is not None:
            pixels = draw_bounding_boxes(
                pixels,
                boxes,
                bounding_box_format,
                names if names is not None else class_mapping,
                color,
                line_thickness,
                text_thickness or 1,
                font_scale,
                "channels_last",
            )
    if legend:
        optional.load("matplotlib", "plot", who)
        from matplotlib.patches import Patch

        legend_handles = [
            Patch(color="#" + bytes(color).hex(), label=name)
            for name, boxes, color, _ in sides
            if boxes is not None
        ]
    shown = {"legend_handles": legend_handles, "rows": rows, "cols": cols, **kwargs}
    return plot_image_gallery(pixels, data_format="channels_last", **shown)


def plot_segmentation_mask_gallery(
    images: Any,
    num_classes: int,
    value_range: Sequence[float] = (0, 255),
    y_true: Any = None,
    y_pred: Any = None,
    color_mapping: Mapping[int, Any] | None = None,
    blend: bool = True,
    alpha: float = 0.8,
    ignore_index: int = -1,
    data_format: str | None = None,
    **kwargs: Any,
) -> Any:
    """Draw images side by side, each beside itself with the true mask and with the predicted one.

    Args:
        images: `(batch, rows, columns, channels)`.
        num_classes: classes have the numbers from 1 to this one; 0 is the background.
        value_range: the values of black and white.
        y_true, y_pred: masks, as `draw_segmentation_masks` takes them.
        color_mapping, blend, alpha, ignore_index: as of `draw_segmentation_masks`.
        data_format, kwargs: as of `plot_image_gallery`.

    Returns:
        What `plot_image_gallery` does.

    Raises:
        ValueError: as of `plot_image_gallery` and `draw_segmentation_masks`.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.
    """
    array, _ = batch_of("plot_segmentation_mask_gallery", images, data_format)
    pixels = as_bytes(array, value_range)
    pixels = np.repeat(pixels, 3, -1) if pixels.shape[-1] == 1 else pixels
    how = (num_classes, color_mapping, alpha, blend, ignore_index, "channels_last")
    masked = [draw_segmentation_masks(pixels, y, *how) for y in (y_true, y_pred) if y is not None]
    beside = np.concatenate([pixels, *masked], axis=2)
    return plot_image_gallery(beside, data_format="channels_last", **kwargs)
