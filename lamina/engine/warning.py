"""Warnings that show the user's line."""

import inspect
import warnings

# Packages whose frames say nothing to the user: lamina, engines, and what stands between functions.
INNER = {
    *("lamina", "jax", "jaxlib", "torch", "tensorflow", "numpy", "scipy", "optree"),
    "opt_einsum",
    *("contextlib", "functools"),
}


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's program that led here, however many of lamina's lie between."""
    frame, level = inspect.currentframe(), 1
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in INNER:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
