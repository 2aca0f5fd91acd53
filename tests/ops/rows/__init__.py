"""What is known of each op, in one file per group; here all of them together.

A file may define:

* `TABLE`: op -> a function of hypothesis' `draw` that gives `(args, kwargs)` for it; symbolic shape
  and dtype are held against those of values.
* `WITHOUT_SYMBOLIC`: ops that take no tensor, or are for values only.
* `FIXED_SIZES`: ops for which an unknown first size does not matter.
* `CASES`: op -> calls that are made in `keras.ops`, too; values and dtypes must agree.
* `WITHOUT_ORACLE`: ops that Keras has not, or whose values cannot be compared (say where they are tested).
* `PAIRS`: ops whose result's dtype is compared with Keras' for every pair of dtypes.
* `WITHOUT_NUMBERS`: those of `PAIRS` for which Keras takes no Python number, or not as a weak one.
* `ALONE`: ops of one tensor whose result's dtype is compared for every dtype.
* `NOT_SMOOTH`: ops whose `CASES` meet a kink or a step: no finite differences are taken there.
* `TOLERANCE`: op -> relative tolerance where float32's 1e-5 is too narrow (say why).
* `NAMESPACES`: op -> where it lives if not in `ops` itself, such as `{"resize": "image"}`.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

_FILES = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]


def _gathered(what: str) -> dict[str, Any]:
    together: dict[str, Any] = {}
    for file in _FILES:
        rows = getattr(file, what, {})
        if twice := together.keys() & rows.keys():
            raise ValueError(f"{file.__name__}.{what}: these ops have rows elsewhere: {twice}")
        together |= rows
    return together


TABLE, CASES, TOLERANCE = map(_gathered, ("TABLE", "CASES", "TOLERANCE"))
NAMESPACES: dict[str, str] = _gathered("NAMESPACES")
WITHOUT_SYMBOLIC, FIXED_SIZES, WITHOUT_ORACLE, PAIRS, ALONE, NOT_SMOOTH, WITHOUT_NUMBERS = (
    set().union(*(getattr(file, what, set()) for file in _FILES))
    for what in (
        "WITHOUT_SYMBOLIC",
        "FIXED_SIZES",
        "WITHOUT_ORACLE",
        "PAIRS",
        "ALONE",
        "NOT_SMOOTH",
        "WITHOUT_NUMBERS",
    )
)


def namespace(name: str, ops: Any) -> Any:
    """The namespace of lamina's or Keras' `ops` that holds the op `name`."""
    return getattr(ops, NAMESPACES[name]) if name in NAMESPACES else ops
