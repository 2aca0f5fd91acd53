"""Write the table of the modules and classes that files of Keras name.

    python -m tools.keras_modules

asks the installed Keras in which of its inner modules the classes stand that lamina offers, and
writes `lamina/core/keras_modules.py`. It is checked in, so that a reviewer sees every name that a file may use.
"""

from __future__ import annotations

import inspect
import os
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

import lamina
import lamina.dtype_policies
import lamina.metrics
import lamina.models
import lamina.optimizers.schedules
from lamina.core import tables

KINDS = (
    "layers",
    "initializers",
    "regularizers",
    "constraints",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.schedules",
    "dtype_policies",
    "random",
)
OLD = {  # as versions before 3.0 called them
    "keras.engine.functional": ("models", ("Functional",)),
    "keras.engine.sequential": ("models", ("Sequential",)),
    "keras.optimizers.legacy": (
        "optimizers",
        ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD"),
    ),
    "keras.mixed_precision": ("dtype_policies", ("Policy",)),
    "keras.src.engine.functional": ("models", ("Functional",)),
    "keras.src.engine.sequential": ("models", ("Sequential",)),
    "keras.src.models.functional": ("models", ("Functional",)),
    "keras.src.models.sequential": ("models", ("Sequential",)),
}

ON_TORCH = {  # Keras has optimizers of its own there, and names them so
    f"keras.src.backend.torch.optimizers.torch_{name.lower()}": ("optimizers", (name,))
    for name in (
        "Adadelta",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "Lion",
        "Nadam",
        "RMSprop",
        "SGD",
    )
}


def modules() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return Keras' inner modules, with the kind and the names of what lamina has of them."""
    rows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for kind in KINDS:
        space = keras
        for part in kind.split("."):
            space = getattr(space, part)
        for name in tables.shelves[kind].objects:
            thing = getattr(space, name, None)
            if inspect.isclass(thing) and thing.__name__ == name:
                rows[thing.__module__, kind].add(name)
    return {
        **OLD,
        **ON_TORCH,
        **{m: (kind, tuple(sorted(names))) for (m, kind), names in rows.items()},
    }


def main() -> None:
    """Write the file."""
    package = Path(lamina.__file__).parent
    lines = [
        f"    {m!r}: ({kind!r}, {names!r}),\n" for m, (kind, names) in sorted(modules().items())
    ]
    (package / "core/keras_modules.py").write_text(
        '"""Modules that files of Keras name besides its public ones: the kind, and the names in each.\n\n'
        'Written by `python -m tools.keras_modules`; a file may name what stands here, and nothing else.\n"""\n\n'
        "MODULES: dict[str, tuple[str, tuple[str, ...]]] = {\n" + "".join(lines) + "}\n"
    )


if __name__ == "__main__":
    main()
