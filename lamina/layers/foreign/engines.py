"""What these layers need: their engine in force, and their package installed."""

from __future__ import annotations

import importlib
from typing import Any

from lamina.core.naming import described
from lamina.engine.current import engine


def require_engine(layer: Any, name: str) -> None:
    """Raise RuntimeError unless the engine `name` is in force, on which alone `layer` computes."""
    if engine().name != name:
        raise RuntimeError(
            f"{described(layer)} computes with {name}, and the engine in force is {engine().name!r}. Set "
            f"KERAS_BACKEND={name} or call lamina.config.set_backend({name!r})."
        )


def package(layer: str, name: str, extra: str) -> Any:
    """Import the package `name` for the layer.

    Raises:
        ImportError: it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise ImportError(
            f"{layer} needs the package {error.name}; install it with `pip install 'lamina[{extra}]'`."
        ) from None
