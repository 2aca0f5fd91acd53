"""What is compared: a model's outputs, and the losses of the steps that follow."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.exchange.zoo.entry import Entry, with_weights

BEFORE, AFTER = 2, 5  # steps before the file is written, and after


def trained(entry: Entry, k: Any, steps: bool) -> Any:
    """The model of `entry` after a few steps, so that its optimizer has a state."""
    model = with_weights(entry.compiled(k))
    x, y = data(entry, model, k)
    for _ in range(BEFORE if steps else 0):
        model.train_on_batch(x, y)
    return model


def data(entry: Entry, model: Any, k: Any) -> tuple[Any, Any]:
    """A batch, the same in every process."""
    x = entry.x(model)
    return x, entry.y(outputs(model, x, k))


def outputs(model: Any, x: Any, k: Any) -> Any:
    _forget(model)
    return k.tree.map_structure(k.ops.convert_to_numpy, model(x, training=False))


def course(entry: Entry, model: Any, k: Any, steps: bool) -> dict[str, np.ndarray]:
    """The outputs on the batch, and what each of the next steps logs."""
    x = entry.x(model)
    found = outputs(model, x, k)
    y = entry.y(found)
    results = {
        f"output {i}": np.asarray(out, "float32") for i, out in enumerate(k.tree.flatten(found))
    }
    if not steps:
        return results
    logs: dict[str, list[float]] = {}
    for _ in range(AFTER):
        _forget(model)
        model.reset_metrics()
        for name, value in model.train_on_batch(x, y, return_dict=True).items():
            logs.setdefault(name, []).append(float(np.asarray(value).sum()))
    results |= {f"log {name}": np.asarray(values) for name, values in logs.items()}
    return results


def _forget(model: Any) -> None:
    """Let stateful layers begin anew: files do not hold their states."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
