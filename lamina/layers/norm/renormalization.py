"""Batch renormalization: a batch's moments, corrected towards those that inference will use."""

from __future__ import annotations

from typing import Any

from lamina import ops

_BOUNDS = ("rmax", "rmin", "dmax")


def checked_bounds(given: Any) -> dict[str, float]:
    """Bounds of the correction, `given` as `renorm_clipping`; what is left out has none.

    Raises:
        ValueError: other names, `rmin` above `rmax`, or a negative `dmax`.
    """
    bounds = dict(given or {})
    unknown = [name for name in bounds if name not in _BOUNDS]
    if unknown:
        raise ValueError(
            f"`renorm_clipping` takes {', '.join(_BOUNDS)}; {unknown} is none of them."
        )
    if bounds.get("rmin", 0) > bounds.get("rmax", float("inf")) or bounds.get("dmax", 0) < 0:
        raise ValueError(f"`renorm_clipping` needs rmin <= rmax and dmax >= 0; {bounds} was given.")
    return bounds


def correction(
    mean: Any, stddev: Any, known_mean: Any, known_stddev: Any, bounds: dict[str, float]
) -> tuple[Any, Any]:
    """Factor `r` and shift `d` that turn what a batch normalizes into what the known moments would.

    Within the bounds `(x - mean) / stddev * r + d` is `(x - known_mean) / known_stddev`. Both are
    constants: no gradient goes through them.

    Source: Ioffe 2017, "Batch Renormalization", equation 1.
    """
    r = ops.divide(stddev, known_stddev)
    d = ops.divide(ops.subtract(mean, known_mean), known_stddev)
    if "rmax" in bounds:
        r = ops.minimum(r, bounds["rmax"])
    if "rmin" in bounds:
        r = ops.maximum(r, bounds["rmin"])
    if "dmax" in bounds:
        d = ops.clip(d, -bounds["dmax"], bounds["dmax"])
    return ops.stop_gradient(r), ops.stop_gradient(d)
