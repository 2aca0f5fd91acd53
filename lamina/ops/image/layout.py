"""Shared by all ops of images: one image or a batch, where the channels lie, dtypes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.engine.current import engine
from lamina.ops.nn.windows import channels_first, to_first, to_last


def by_batch(
    name: str, images: Any, data_format: str | None, change: Callable[[Any], Any], axes: int = 2
) -> Any:
    """Apply `change` to images of any layout as a batch with channels last, and restore the layout.

    Args:
        name: the op's, for the message.
        axes: how many axes of space an image has.

    Raises:
        ValueError: `images` is neither one image nor a batch of them.
    """
    e = engine()
    shape = tuple(e.shape(images))
    if len(shape) not in (axes + 1, axes + 2):
        raise ValueError(
            f"ops.image.{name} takes one image with {axes + 1} axes or a batch with {axes + 2}, "
            f"not shape {shape}."
        )
    alone, first = len(shape) == axes + 1, channels_first(data_format)
    x = e.reshape(images, (1, *shape)) if alone else images
    x = change(to_last(x) if first else x)
    x = to_first(x) if first else x
    return e.reshape(x, e.shape(x)[1:]) if alone else x


def at_once(compute: Callable[..., Any], x: Any, *more: Any) -> Any:
    """Return `compute(x, *more)`, as one program where an engine compiles anyway.

    There each operation alone would be compiled for each shape as well, and read all pixels again.

    Args:
        compute: lasts as long as the process, as programs are kept for it: `with_options` makes such ones.
        x: images.
        more: arrays.
    """
    e = engine()
    if fused := e.overrides.get("fused"):
        return fused(compute, x, *more)
    if not e.compiles_by_shape or any(map(e.is_traced, (x, *more))):
        return compute(x, *more)
    return _program(e.name, compute)(x, *more)


@functools.lru_cache(256)
def with_options(compute: Callable, *options: Any) -> Callable[..., Any]:
    """Return `compute` with its last arguments; for equal ones the same function."""
    return lambda *arrays: compute(*arrays, *options)


@functools.lru_cache(256)
def _program(name: str, compute: Callable) -> Callable:
    return engine().compile(compute)


def wide(x: Any) -> Any:
    """Return `x` in the dtype that it is computed in: float32 at least."""
    dtype = engine().dtype(x)
    return engine().cast(x, "float64" if dtype == "float64" else "float32")


def narrow(x: Any, dtype: str) -> Any:
    """Return `x` in `dtype`; integers are rounded and kept within the dtype's range."""
    e = engine()
    if dtypes.is_float(dtype):
        return e.cast(x, dtype)
    if dtype == "bool":
        return e.greater(x, 0.5)
    limits = np.iinfo(dtype)
    # A float32 cannot hold 2**31 - 1; the next number below can be cast.
    most = (
        float(limits.max)
        if limits.bits < 32
        else float(np.nextafter(np.float32(limits.max), np.float32(0)))
    )
    return e.cast(e.minimum(e.maximum(e.round(x), float(limits.min)), most), dtype)
