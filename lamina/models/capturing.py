"""Activations inside a model, whatever its style: what its layers return on the way."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from lamina.core.naming import described
from lamina.feeds.arrays import as_arrays
from lamina.layers.call_context import CallContext, current
from lamina.layers.layer import Layer
from lamina.layers.weights import flatten_layers


def capture(model: Any, x: Any, layers: Sequence[Any] | None, training: bool) -> dict[str, Any]:
    """What `Model.capture` returns."""
    wanted = dict(_named(model, layers))
    x = as_arrays(x, "x")
    if not model.built:  # building runs layers on tensors without values: that is not for us
        model(x)
    _, found = called(model, x, wanted, training)
    if (idle := [name for name in wanted if name not in found]) and layers:
        raise ValueError(f"{described(model)}: these layers were not called on this input: {idle}.")
    return {name: calls[0] if len(calls) == 1 else calls for name, calls in found.items()}


def called(
    model: Any, x: Any, wanted: dict[str, Layer], training: bool
) -> tuple[Any, dict[str, list[Any]]]:
    """Call a model that is built; return its outputs, and by name what layers within it return in each call."""
    seen: dict[int, list[Any]] = {}

    def note(layer: Layer, outputs: Any) -> Any:
        seen.setdefault(id(layer), []).append(outputs)
        return outputs

    token = current.set(CallContext(training, watch=note))
    try:
        outputs = model(x)
    finally:
        current.reset(token)
    return outputs, {n: seen[id(layer)] for n, layer in wanted.items() if id(layer) in seen}


def _named(model: Any, layers: Sequence[Any] | None) -> list[tuple[str, Layer]]:
    """Layers by name: the name within the model, or the path where two have one name."""
    inner = _inner(model)
    if layers is None:
        names = [layer.name for layer in inner]
        return [(x.name if names.count(x.name) == 1 else x.path, x) for x in inner]
    names = [layer.name if isinstance(layer, Layer) else layer for layer in layers]
    return [(n, layer_of(model, layer)) for n, layer in zip(names, layers, strict=True)]


def _inner(model: Any) -> list[Layer]:
    return [layer for layer in flatten_layers(model) if layer is not model]


def layer_of(model: Any, wanted: Any) -> Layer:
    """Return the layer within `model` that is, or is called, `wanted`: a name or the end of a path.

    Raises:
        ValueError: a name fits no layer, or several.
    """
    inner = _inner(model)
    fits = [
        layer
        for layer in inner
        if layer is wanted or wanted == layer.name or f"/{layer.path}".endswith(f"/{wanted}")
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise ValueError(
            f"{described(model)} has several layers named {wanted!r}; give one of their paths: "
            f"{[layer.path for layer in fits]}."
        )
    near = difflib.get_close_matches(str(wanted), [layer.name for layer in inner], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"{described(model)} has no layer {wanted!r}.{hint} Its layers: {[layer.path for layer in inner]}."
    )
