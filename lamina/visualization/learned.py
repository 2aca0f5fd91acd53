"""Pictures of what a model learned: its curves, its filters, its activations, its mistakes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.core.shown import printable
from lamina.engine.current import to_host
from lamina.metrics.confusion_matrix import confusion_matrix
from lamina.training.curves import draw


def plot_history(history: Any, names: Sequence[str] | None = None) -> Any:
    """Draw the logs of a training over its epochs: one picture for each log, its validation in the same one.

    Args:
        history: what `fit` returned, a model that was trained, or a dict: name of a log -> its values.
        names: of the logs to draw, without `val_`; by default all that are single numbers.

    Returns:
        A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: `history` is something else, or the model was not trained.
        ValueError: there is no such log.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.

    Example:
        >>> len(plot_history({"loss": [0.5, 0.25], "val_loss": [0.6, 0.3], "mae": [1.0, 0.5]}).axes)
        2
    """
    epochs, logs = logs_of(history, "plot_history")
    return draw(epochs, logs, names)


def logs_of(history: Any, who: str) -> tuple[list[int], Mapping[str, Sequence[Any]]]:
    """Return the numbers of the epochs, from 0, and the logs.

    Raises:
        TypeError: `history` has none.
    """
    history = getattr(history, "history", history)  # of a model: what `fit` returned
    epochs, logs = getattr(history, "epoch", None), getattr(history, "history", history)
    if not isinstance(logs, Mapping):
        raise TypeError(
            f"{who}: `history` must be what `fit` returned, or a dict of logs, not {type(history).__name__}."
        )
    return list(epochs or range(max(map(len, logs.values()), default=0))), logs


def plot_confusion(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    names: Sequence[str] | None = None,
    threshold: float | None = None,
    normalize: str | None = None,
) -> Any:
    """Let a model predict, and draw how often each class is taken for each other.

    Args:
        model, x, y, sample_weight, names, threshold, normalize: as of `metrics.confusion_matrix`.

    Returns:
        A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

    Raises:
        ValueError: as of `metrics.confusion_matrix`.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Softmax()])
        >>> figure = plot_confusion(model, np.eye(3, dtype="float32"), np.array([0, 1, 2]))
        >>> figure.axes[0].get_xlabel()
        'predicted'
    """
    return confusion_matrix(model, x, y, sample_weight, names, threshold, normalize).plot()


def plot_filters(layer: Any, at_most: int = 64) -> Any:
    """Draw the kernel of a layer, one tile for each of its filters.

    Of a `Conv2D` that takes one channel a tile is the filter, of three channels its colours, of others the mean
    over the channels; of a `Conv1D` it is steps by channels; of a `Dense` the whole kernel is one tile.

    Args:
        layer: that has a `kernel` of 2, 3 or 4 axes.
        at_most: filters to draw, the first ones.

    Returns:
        A `matplotlib.figure.Figure`: blue is positive, red negative; a notebook shows it.

    Raises:
        ValueError: the layer has no such kernel, or is not built.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Conv2D(6, 3, name="edges")
        >>> layer.build((None, 8, 8, 1))
        >>> plot_filters(layer).axes[0].get_title("left")
        'edges: 6 filters'
    """
    kernel = getattr(layer, "kernel", None)
    kernel = None if kernel is None else np.asarray(to_host(kernel.value), "float32")
    if kernel is None or kernel.ndim not in (2, 3, 4):
        raise ValueError(
            f"plot_filters: the layer {printable(getattr(layer, 'name', layer))!r} has no kernel of 2, 3 or 4 axes. "
            "Give a built layer such as Conv2D, Conv1D or Dense."
        )
    title = f"{printable(layer.name)}: {kernel.shape[-1]} filters"
    if kernel.ndim == 2:
        return _figure([(f"{printable(layer.name)}: {kernel.shape}", kernel)], signed=True)
    tiles = np.moveaxis(kernel, -1, 0)[:at_most]
    if tiles.ndim == 4 and tiles.shape[-1] == 3:
        largest = np.abs(tiles).max(axis=(1, 2, 3), keepdims=True)
        tiles = 0.5 + tiles / np.where(largest > 0, 2 * largest, 1)
    elif tiles.ndim == 4:
        tiles = tiles.mean(-1)
    return _figure([(title, mosaic(tiles))], signed=True)


def plot_activations(
    model: Any, x: Any, layers: Sequence[Any] | None = None, sample: int = 0, at_most: int = 64
) -> Any:
    """Draw what layers make of one sample: a picture for each layer, a tile for each channel.

    Args:
        model: of any style.
        x: a batch of inputs.
        layers: names, paths or layers, as of `model.capture`; by default all whose outputs can be drawn.
        sample: number of the sample in the batch.
        at_most: channels to draw, the first ones.

    Returns:
        A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

    Raises:
        ValueError: there is no such layer, or nothing to draw.
        ImportError: matplotlib is not installed; it comes with the extra `plot`.

    Example:
        >>> import lamina
        >>> inputs = [lamina.Input((8, 8, 1)), lamina.layers.Conv2D(4, 3, name="c"), lamina.layers.Flatten()]
        >>> figure = plot_activations(lamina.Sequential(inputs), np.ones((1, 8, 8, 1)), ["c"])
        >>> figure.axes[0].get_title("left")
        'c: (6, 6, 4)'
    """
    pictures = []
    for name, outputs in model.capture(x, layers).items():
        for array in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
            array = np.asarray(to_host(array), "float32")[sample]
            title = f"{printable(name)}: {array.shape}"
            if array.ndim == 3:
                pictures.append((title, mosaic(np.moveaxis(array, -1, 0)[:at_most])))
            elif array.ndim in (1, 2):
                pictures.append((title, array[None] if array.ndim == 1 else array.T))
    if not pictures:
        raise ValueError("plot_activations: no layer has outputs of 1, 2 or 3 axes for a sample.")
    return _figure(pictures, signed=False)


def mosaic(tiles: np.ndarray) -> np.ndarray:
    """Return tiles `(n, rows, columns)`, or with a last axis of colours, as one picture, gaps between them.

    Example:
        >>> mosaic(np.ones((2, 2, 1)))
        array([[ 1., nan,  1.],
               [ 1., nan,  1.]])
    """
    count, high, wide = tiles.shape[:3]
    columns = min(count, max(1, round(math.sqrt(2 * count * high / wide))))
    rows = math.ceil(count / columns)
    shape = (rows * (high + 1) - 1, columns * (wide + 1) - 1, *tiles.shape[3:])
    picture = np.full(shape, np.nan)
    for i, tile in enumerate(tiles):
        top, left = i // columns * (high + 1), i % columns * (wide + 1)
        picture[top : top + high, left : left + wide] = tile
    return np.nan_to_num(picture, nan=1.0) if picture.ndim == 3 else picture


def _figure(pictures: list[tuple[str, np.ndarray]], signed: bool) -> Any:
    """One picture below the other, each as wide as the figure."""
    optional.load("matplotlib", "plot", "A picture of a model's inside")
    from lamina.core.picture import Picture

    width = 8.0
    heights = [min(max(width * p.shape[0] / p.shape[1], 0.3), width) for _, p in pictures]
    figure = Picture(width, sum(heights) + 0.5 * len(heights))
    axes = figure.subplots(len(pictures), 1, squeeze=False, height_ratios=heights).ravel()
    for ax, (title, picture) in zip(axes, pictures, strict=True):
        largest = float(np.nanmax(np.abs(picture), initial=0)) or 1.0
        colors = (
            {"cmap": "RdBu", "vmin": -largest, "vmax": largest} if signed else {"cmap": "viridis"}
        )
        ax.imshow(
            picture,
            interpolation="nearest",
            aspect="auto" if picture.shape[0] == 1 else None,
            **colors,
        )
        ax.set_title(title, fontsize=9, loc="left", parse_math=False)
        ax.axis("off")
    return figure
