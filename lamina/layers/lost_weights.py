"""Layers whose weights would never train nor be saved, because no model can find them."""

from __future__ import annotations

from typing import Any

from lamina.core.naming import described
from lamina.core.tracebacks import warn
from lamina.layers.call_context import CallContext
from lamina.layers.weights import flatten_layers


def refuse_lost_weights(layer: Any, born_in: CallContext | None, context: CallContext) -> None:
    """Warn if `layer`, just built within another layer's call, is not one of that layer's.

    Args:
        born_in: the call during which `layer` was made, if any.

    Raises:
        ValueError: it was made within this very call, so every call would make another.
    """
    outer = context.building[-1] if context.building else None
    if outer is not None and any(layer is inner for inner in flatten_layers(outer)):
        return
    around = "A layer" if outer is None else described(outer)
    what = f"the layer {layer.name!r} ({type(layer).__name__})"
    if born_in is context:
        raise ValueError(
            f"{around} makes {what} inside `call`: each call would make a new one, whose weights neither train nor "
            "are saved. Make it in `__init__` or `build`, and keep it as an attribute."
        )
    if outer is not None:
        warn(
            f"{around} calls {what}, but does not hold it as an attribute, or in a list or dict that is one: its "
            "weights will neither train nor be saved. Assign it: self.inner = ...",
        )
