"""The loss by which a layer regularizes its outputs."""

from __future__ import annotations

from typing import Any

from lamina.engine.current import engine


def activity_loss(regularizer: Any, output: Any) -> Any:
    """Return what `regularizer` gives for `output`, by the number of samples, which may not be known yet."""
    e = engine()
    loss = regularizer(output)
    size = e.sizes(output)[0] if output.shape else 1
    if not isinstance(size, e.array_types):
        return e.divide(loss, float(max(size, 1)))
    dtype = e.dtype(loss)
    return e.divide(loss, e.maximum(e.cast(size, dtype), e.asarray(1, dtype)))
