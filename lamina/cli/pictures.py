"""Pictures of the demo, drawn by matplotlib without a display."""

from pathlib import Path
from typing import Any

import numpy as np

_COLUMNS = 10
_ROWS = 4  # of digits as they come; one more is for mistakes
_TRAIN, _VALIDATION, _WRONG, _INK = "#1f6fb4", "#e08214", "#c8102e", "#333333"


def draw_history(history: dict[str, list[float]], path: Path) -> None:
    """Draw loss and accuracy by epoch, for training and validation."""
    figure, axes = _figure(2, 1, (9, 3.4))
    epochs = np.arange(1, len(history["loss"]) + 1)
    marker = "." if len(epochs) == 1 else ""
    lines = (("train", "", _TRAIN), ("validation", "val_", _VALIDATION))
    for axis, name in zip(axes.flat, ("loss", "accuracy"), strict=True):
        for label, prefix, color in lines:
            values = history[prefix + name]
            axis.plot(epochs, values, color=color, linewidth=2, marker=marker, label=label)
        axis.set_title(name, loc="left", color=_INK)
        axis.set_xlabel("epoch", color=_INK)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color="#e5e5e5")
        axis.xaxis.get_major_locator().set_params(integer=True)
    axes.flat[0].set_ylim(bottom=0)
    axes.flat[1].set_ylim(top=1)
    axes.flat[1].legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=120)


def draw_predictions(
    images: np.ndarray, labels: np.ndarray, predicted: np.ndarray, path: Path
) -> None:
    """Draw the first test digits with the predictions, and a row of mistakes.

    Args:
        images: (n, 64), from 0 (paper) to 1 (ink).
        labels, predicted: (n,), from 0 to 9.
    """
    wrong = np.flatnonzero(predicted != labels)
    shown = np.arange(min(_ROWS * _COLUMNS, len(images)))
    figure, axes = _figure(_COLUMNS, _ROWS + 1, (9, 5.9))
    for axis in axes.flat:
        axis.axis("off")
    for axis, index in zip(axes[:_ROWS].flat, shown, strict=False):
        _draw_digit(axis, images[index], labels[index], predicted[index])
    for axis, index in zip(axes[_ROWS], wrong, strict=False):
        _draw_digit(axis, images[index], labels[index], predicted[index])
    figure.suptitle(
        f"{len(labels)} test digits, {len(wrong)} taken for another.  "
        f"Above: the first {len(shown)}; last row: mistakes",
        color=_INK,
        fontsize=11,
    )
    figure.savefig(path, dpi=120)


def _draw_digit(axis: Any, image: np.ndarray, label: int, predicted: int) -> None:
    axis.imshow(image.reshape(8, 8), cmap="Greys", vmin=0, vmax=1, interpolation="nearest")
    right = label == predicted
    axis.set_title(
        str(predicted) if right else f"{predicted}, is {label}",
        color=_INK if right else _WRONG,
        fontweight="normal" if right else "bold",
        fontsize=10,
        pad=3,
    )


def _figure(columns: int, rows: int, inches: tuple[float, float]) -> tuple[Any, Any]:
    """Make a figure and its axes `(rows, columns)`, without a window or global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)
