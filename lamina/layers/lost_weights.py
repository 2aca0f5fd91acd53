"""Layers whose weights would never train nor be saved, because no model can find them."""

from __future__ import annotations

import warnings
from typing import Any

from lamina.layers.call_context import CallContext
from lamina.layers.weights import flatten_layers


def refuse_lost_weights(layer: Any, born_in: CallContext | None, context: CallContext) -> None:
    """Warn if `layer`, just built within another layer's call, is not one of that layer's.

    Args:
        born_in: the call during which `layer` was made, if any.

    Raises:
        ValueError: it was made within this very call, so every call would make another.
    """
    made_here = born_in is context
    if not context.building:
        if made_here:
            raise ValueError(_made_in_call(layer, "A layer"))
        return
    outer = context.building[-1]
    if any(layer is inner for inner in flatten_layers(outer)):
        return
    around = f"Layer {outer.path!r} ({type(outer).__name__})"
    if made_here:
        raise ValueError(_made_in_call(layer, around))
    warnings.warn(
        f"{around} calls the layer {layer.name!r} ({type(layer).__name__}), but does not hold it as an attribute, or "
        "in a list or dict that is one: its weights will neither train nor be saved. Assign it: self.inner = ...",
        stacklevel=5,
    )


def _made_in_call(layer: Any, around: str) -> str:
    return (
        f"{around} makes the layer {layer.name!r} ({type(layer).__name__}) inside `call`: each call would make a new "
        "one, whose weights neither train nor are saved. Make it in `__init__` or `build`, and keep it as an attribute."
    )
