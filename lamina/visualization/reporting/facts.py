"""What a report says in words: settings, versions, figures."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lamina.core import registry, tree
from lamina.core.shown import printable
from lamina.engine.current import BUILT_IN, engine


def settings(model: Any) -> list[tuple[str, str]]:
    """List what the model was compiled with, each number by its path."""
    compiled = model.__compiled__
    if compiled is None:
        return []
    given = compiled.arguments
    arguments = {"optimizer": compiled.optimizer, "loss": given.loss, "metrics": given.metrics}
    arguments |= {"loss_weights": given.loss_weights, "weighted_metrics": given.weighted_metrics}
    for name in ("run_eagerly", "steps_per_execution", "jit_compile"):
        arguments[name] = getattr(model, name)
    config = tree.map_structure(_as_data, arguments)
    return [(name, value) for name, value in _flat(config) if value not in ("", "None")]


def _as_data(x: Any) -> Any:
    """The configuration of an object; of a function that has none its name."""
    try:
        return registry.serialize(x)
    except TypeError:
        return getattr(x, "__name__", type(x).__name__)


def _flat(config: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield paths and values; an object's class stands at its own path."""
    if isinstance(config, Mapping):
        if "class_name" in config:
            yield path, printable(config["class_name"])
            config = config.get("config")
            if not isinstance(config, Mapping):
                return
        for name, value in config.items():
            yield from _flat(value, f"{path}.{name}" if path else str(name))
    elif isinstance(config, (list, tuple)) and any(isinstance(part, Mapping) for part in config):
        for i, part in enumerate(config):
            yield from _flat(part, f"{path}[{i}]")
    else:
        text = f"{config:.6g}" if isinstance(config, float) else config
        yield printable(path), printable(text)


def versions() -> list[tuple[str, str]]:
    """List what computed: engine, device, versions."""
    import lamina

    e = engine()
    device = getattr(e.full((), 0.0, "float32"), "device", "")
    package = BUILT_IN.get(e.name, (None, None))[0]
    rows = [
        ("written", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")),
        ("lamina", lamina.__version__),
        ("engine", f"{e.name} {_version(package)}".strip()),
        ("device", str(device)),
        ("NumPy", _version("numpy")),
        ("Python", platform.python_version()),
        ("system", f"{platform.system()} {platform.machine()}"),
    ]
    return [(name, printable(value)) for name, value in rows if value]


def _version(package: str | None) -> str:
    if package is None:
        return ""
    names = importlib.metadata.packages_distributions().get(package, [package])
    try:
        return importlib.metadata.version(names[0])
    except importlib.metadata.PackageNotFoundError:
        return ""
