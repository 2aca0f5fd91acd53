"""Neutral elements: a combination starts from one, and gives it where there is nothing to combine."""

import numpy as np


def neutral(how: str, dtype: str) -> float:
    """Return the neutral element of `"sum"`, `"prod"`, `"max"` or `"min"` in a dtype."""
    if how in ("sum", "prod"):
        return int(how == "prod")
    if dtype == "bool":
        return int(how == "min")
    if "float" in dtype:
        return float("-inf" if how == "max" else "inf")
    limits = np.iinfo(dtype)
    return limits.min if how == "max" else limits.max
