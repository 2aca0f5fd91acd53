"""Where a model looks: class activation maps weighted by gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lamina import ops
from lamina.core.autodiff import value_and_grad
from lamina.core.naming import described
from lamina.engine.current import to_host
from lamina.feeds.arrays import as_arrays
from lamina.layers.call_context import CallContext, current
from lamina.layers.layer import Layer
from lamina.models.capturing import layer_of

_SQUASHING = {"softmax", "sigmoid", "log_softmax", "log_sigmoid"}


def grad_cam(
    model: Any, x: Any, layer: Any = None, classes: Any = None, resize: bool = True
) -> np.ndarray:
    """Return how much each place of the inputs speaks for a class (Grad-CAM).

    The channels of a layer are added up, each with the mean of the gradient of the class's score by it, and what
    is negative becomes 0. The score is taken before the softmax or sigmoid that the last layer has as
    its activation.

    Args:
        model: of any style, with one output: `(batch, classes)`, or `(batch, 1)` for yes or no.
        x: a batch of inputs.
        layer: its name, path or itself; by default the last one whose output has several places.
        classes: numbers of classes, one for all or one for each sample; by default those with the highest scores.
        resize: bring maps of images to the size of the images.

    Returns:
        Maps from 0 to 1, `(batch, rows, columns)`; `(batch, steps)` of sequences. A map without anything that
        speaks for the class is 0.

    Raises:
        ValueError: no layer has several places, the layer is called several times, or there is more than one output.
        NotImplementedError: the engine computes no gradients.

    Source: R. R. Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization", 2017, equations 1 and 2.

    Example:
        >>> import lamina
        >>> lamina.utils.set_random_seed(0)
        >>> parts = [lamina.layers.Conv2D(4, 3), lamina.layers.Flatten(), lamina.layers.Dense(2)]
        >>> model = lamina.Sequential([lamina.Input((8, 8, 1)), *parts])
        >>> grad_cam(model, np.ones((3, 8, 8, 1), "float32")).shape
        (3, 8, 8)
    """
    x = as_arrays(x, "x")
    calls: list[tuple[Layer, Any]] = []
    outputs = _called(model, x, lambda inner, out: calls.append((inner, out)) or out)
    if not hasattr(outputs, "shape") or len(outputs.shape) < 2:
        raise ValueError(
            f"grad_cam takes a model with one output, (batch, classes); {described(model)} has others."
        )
    inside = [(inner, out) for inner, out in calls if inner is not model and hasattr(out, "shape")]
    target = layer_of(model, layer) if layer is not None else _last_with_places(model, inside)
    seen = [out for inner, out in inside if inner is target]
    if len(seen) != 1:
        raise ValueError(
            f"grad_cam: the layer {target.path!r} is called {len(seen)} times on this input; it must be once."
        )
    weights = _chosen(outputs, classes)

    def score(change: Any) -> Any:
        out = _called(model, x, lambda inner, out: out + change if inner is target else out)
        return ops.sum(ops.multiply(ops.cast(out, "float32"), weights))

    last = next(inner for inner, _ in reversed(inside) if not hasattr(inner, "layers"))
    with _without_squashing(last):
        _, gradient = value_and_grad(score)(ops.zeros_like(seen[0]))
    activation, weights = (np.asarray(to_host(a), "float64") for a in (seen[0], gradient))
    maps = _maps(activation, weights, target)
    shape = getattr(x, "shape", ())
    if resize and maps.ndim == 3 and len(shape) == 4:
        rows, columns = shape[2:] if _channels_first(target) else shape[1:3]
        large = ops.image.resize(
            maps[..., None].astype("float32"), (rows, columns), data_format="channels_last"
        )
        maps = np.asarray(to_host(large))[..., 0]
    return maps.astype("float32")


def _called(model: Any, x: Any, watch: Callable[[Any, Any], Any]) -> Any:
    token = current.set(CallContext(False, watch))
    try:
        return model(x)
    finally:
        current.reset(token)


def _last_with_places(model: Any, calls: list[tuple[Layer, Any]]) -> Layer:
    for layer, out in reversed(calls):
        places = out.shape[2:] if _channels_first(layer) else out.shape[1:-1]
        if len(out.shape) > 2 and math.prod(places) > 1:
            return layer
    raise ValueError(
        f"grad_cam: no layer of {described(model)} has outputs with several places, (batch, rows, columns, channels)."
    )


def _channels_first(layer: Any) -> bool:
    return getattr(layer, "data_format", None) == "channels_first"


def _chosen(outputs: Any, classes: Any) -> np.ndarray:
    """1 where a class is meant, 0 elsewhere, in the shape of the outputs; all of a single score."""
    scores = np.asarray(to_host(outputs), "float32")
    count = scores.shape[-1]
    if classes is None:
        totals = scores.reshape(len(scores), -1, count).sum(1)
        numbers = totals.argmax(-1)
    else:
        numbers = np.broadcast_to(np.asarray(to_host(classes)), len(scores))
    if numbers.dtype.kind not in "iu" or ((numbers < 0) | (numbers >= count)).any():
        raise ValueError(
            f"grad_cam: `classes` must be whole numbers from 0 to {count - 1}, not {classes!r}."
        )
    chosen = np.eye(count, dtype="float32")[numbers]
    return np.broadcast_to(chosen.reshape(-1, *[1] * (scores.ndim - 2), count), scores.shape)


@contextmanager
def _without_squashing(layer: Any) -> Iterator[None]:
    """Within, the layer returns the scores from which it makes probabilities."""
    activation = getattr(layer, "activation", None)
    if getattr(activation, "__name__", "") not in _SQUASHING:
        yield
        return
    from lamina.activations import linear

    layer.activation = linear
    try:
        yield
    finally:
        layer.activation = activation


def _maps(activation: np.ndarray, gradient: np.ndarray, layer: Any) -> np.ndarray:
    if _channels_first(layer):
        activation, gradient = (np.moveaxis(a, 1, -1) for a in (activation, gradient))
    places = tuple(range(1, activation.ndim - 1))
    weights = gradient.mean(places, keepdims=True)
    maps = np.maximum((weights * activation).sum(-1), 0)
    largest = maps.max(places, keepdims=True)
    return maps / np.where(largest > 0, largest, 1)
