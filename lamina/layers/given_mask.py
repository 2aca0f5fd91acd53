"""A check of the masks that layers are given."""

from __future__ import annotations

from typing import Any

from lamina.core.naming import described


def check_mask(
    layer: Any, mask: Any, inputs: Any, expected: Any = None, name: str = "mask"
) -> None:
    """Refuse a mask of another shape than `expected`: by default that of steps, or of what is within them.

    Args:
        inputs: what the mask belongs to, for the message.
        name: of the argument.

    Raises:
        ValueError: the shape differs.
    """
    shape = tuple(getattr(mask, "shape", ()))
    expected = inputs.shape[: max(2, len(shape))] if expected is None else expected
    if mask is None or (
        len(shape) == len(expected)
        and all(n == m or None in (n, m) for n, m in zip(shape, expected, strict=True))
    ):
        return
    raise ValueError(
        f"{described(layer)}: `{name}` has shape {shape}, but inputs of shape {tuple(inputs.shape)} need a "
        f"mask of shape {tuple(expected)}: one truth value for each step of each sample."
    )
