"""The random draws of this process: lamina's, Python's, NumPy's, and torch's where it is in use.

A user's generator, data set or callback may draw from any of them.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

from lamina.core import seeds


def state() -> dict[str, Any]:
    """Return where all of them stand, as plain data.

    Example:
        >>> here = state()
        >>> first = random.random(), np.random.random()
        >>> go_to(here)
        >>> first == (random.random(), np.random.random())
        True
    """
    return {"lamina": list(seeds.position()), **of_libraries()}


def of_libraries() -> dict[str, Any]:
    """Return where Python's, NumPy's and torch's generators stand, as plain data."""
    version, words, gauss = random.getstate()
    name, keys, *rest = np.random.get_state()
    found: dict[str, Any] = {
        "python": [version, np.array(words, "uint32"), gauss],
        "numpy": [name, np.array(keys), *rest],
    }
    if torch := sys.modules.get("torch"):
        found["torch"] = torch.get_rng_state().numpy().copy()
    return found


def go_to(state: dict[str, Any]) -> None:
    """Let all draws that follow be those that followed when `state` returned this, or a part of it."""
    if "lamina" in state:
        seed, stream, key = state["lamina"]
        seeds.set_position(seeds.Position(seed, stream, None if key is None else (key[0], key[1])))
    if "python" in state:
        version, words, gauss = state["python"]
        random.setstate((version, tuple(words.tolist()), gauss))
    if "numpy" in state:
        np.random.set_state(tuple(state["numpy"]))
    torch = sys.modules.get("torch")
    if torch and "torch" in state:
        torch.set_rng_state(torch.from_numpy(np.array(state["torch"])))
