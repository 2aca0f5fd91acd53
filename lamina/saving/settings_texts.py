"""What a configuration of `compile` says, in a few words, read from data: nothing is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.core.shown import printable

_LONGEST = 400  # characters


def compile_texts(config: Mapping[str, Any]) -> dict[str, str]:
    """Return what optimizer, loss and metrics a configuration of `compile` names.

    Example:
        >>> compile_texts(
        ...     {
        ...         "optimizer": {"class_name": "SGD", "config": {"name": "SGD", "learning_rate": 0.1}},
        ...         "loss": "mse",
        ...         "metrics": ["accuracy", {"class_name": "AUC", "config": {"name": "auc"}}],
        ...     }
        ... )
        {'optimizer': 'SGD(learning_rate=0.1)', 'loss': 'mse', 'metrics': 'accuracy, AUC'}
    """
    chosen = {
        what: config.get(what) for what in ("optimizer", "loss", "metrics", "weighted_metrics")
    }
    texts = {what: text_of(value) for what, value in chosen.items() if value not in (None, [], {})}
    if "optimizer" in texts and isinstance(config["optimizer"], Mapping):
        texts["optimizer"] = text_of(config["optimizer"], settings=True)
    return texts


def text_of(value: Any, settings: bool = False, depth: int = 3) -> str:
    """Return a configuration as a short text: `Adam`, or with its settings, `Adam(learning_rate=0.001)`."""
    if isinstance(value, Mapping):
        name, inner = value.get("class_name"), value.get("config")
        if name in ("function", "class") and isinstance(inner, str):
            text = inner
        elif isinstance(name, str):
            text = name + (
                f"({_settings(inner)})" if settings and isinstance(inner, Mapping) else ""
            )
        elif depth:
            text = ", ".join(
                f"{key}: {text_of(item, False, depth - 1)}" for key, item in value.items()
            )
        else:
            text = "..."
    elif isinstance(value, (list, tuple)):
        text = ", ".join(text_of(item, False, depth - 1) for item in value) if depth else "..."
    else:
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return printable(text, _LONGEST)


def _settings(config: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key}={text_of(value)}"
        for key, value in config.items()
        if key != "name" and value not in (None, False)
    )
