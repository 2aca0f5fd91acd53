"""lamina: a Keras-compatible deep-learning library on the tensor engine that you already have.

    import lamina as keras        # an existing Keras program, unchanged from here on

Everything below is loaded on first use, so importing lamina loads no engine.
`__init__.pyi` tells editors and type checkers the same names.
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina.absent import explain

__version__ = "0.1.0"

# fmt: off
_SUBMODULES = (
    "activations", "applications", "autodiff", "backend", "callbacks", "config", "constraints", "data", "datasets",
    "distillation", "dtype_policies",
    "export", "generation", "initializers", "layers", "losses", "metrics", "mixed_precision", "models", "ops",
    "optimizers",
    "preprocessing", "random",
    "regularizers", "saving", "tree", "tuning", "utils", "visualization", "wrappers",
)
# fmt: on

_HOMES = {
    "DTypePolicy": "lamina.dtype_policies",
    "FloatDTypePolicy": "lamina.dtype_policies",
    "Function": "lamina.models",
    "Initializer": "lamina.initializers",
    "Input": "lamina.layers",
    "InputSpec": "lamina.layers",
    "KerasTensor": "lamina.ops.operators",
    "Layer": "lamina.layers",
    "Loss": "lamina.losses",
    "Metric": "lamina.metrics",
    "Model": "lamina.models",
    "Operation": "lamina.layers.operation",
    "Optimizer": "lamina.optimizers",
    "Regularizer": "lamina.regularizers",
    "RematScope": "lamina.layers.rematerialization",
    "Sequential": "lamina.models",
    "StatelessScope": "lamina.core.scope",
    "SymbolicScope": "lamina.core.scope",
    "Variable": "lamina.ops.operators",
    "device": "lamina.core.devices",
    "install_as_keras": "lamina.as_keras",
    "name_scope": "lamina.core.scope",
    "remat": "lamina.layers.rematerialization",
}

__all__ = ["__version__", "version", *_HOMES, *_SUBMODULES]  # type: ignore


def version() -> str:
    """The version of lamina that is running.

    Example:
        >>> import lamina
        >>> lamina.version() == lamina.__version__
        True
    """
    return __version__


_missing = explain(__name__)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"lamina.{name}")
    if name not in _HOMES:
        return _missing(name)
    # Kept, so that the next use is an ordinary look-up.
    globals()[name] = found = getattr(importlib.import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
