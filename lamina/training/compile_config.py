"""What `compile` was given, as data: so that a model from a file goes on learning."""

from __future__ import annotations

from typing import Any

from lamina.core import registry, tree
from lamina.core.naming import described
from lamina.core.tracebacks import warn
from lamina.training.prepare import Compiled, is_auto


def as_config(model: Any, compiled: Compiled | None) -> dict[str, Any]:
    """Return the arguments of `compile` as data, empty if the model is not compiled.

    What data cannot describe (a `lambda` as a loss) leaves the model without them; a warning says so.
    """
    if compiled is None:
        return {}
    given = compiled.arguments
    arguments = {
        "optimizer": compiled.optimizer,
        "loss": _loss(compiled),
        "loss_weights": given.loss_weights,
        "metrics": given.metrics,
        "weighted_metrics": given.weighted_metrics,
        "run_eagerly": model.run_eagerly,
        "steps_per_execution": model.steps_per_execution,
        "jit_compile": model.jit_compile,
    }
    try:
        return registry.serialize(arguments)
    except TypeError as error:
        warn(
            f"{described(model)} is saved without what it was compiled with: {error} "
            "A model loaded from it is to be compiled again.",
        )
        return {}


def _loss(compiled: Compiled) -> Any:
    """Return the loss as `compile` got it, and in place of `"auto"` the one that it stood for."""
    given, outputs = compiled.arguments.loss, compiled.outputs
    if compiled.loss is None or outputs is None or not any(map(is_auto, tree.flatten(given))):
        return given
    losses = compiled.loss.losses
    if len(losses) == 1:
        return losses[0]
    return dict(zip(outputs.names, losses, strict=True)) if isinstance(given, dict) else losses


def compile_by(model: Any, config: dict[str, Any], own_compile: bool) -> None:
    """Call `model.compile` as `config` says.

    Args:
        own_compile: whether `compile` is the user's own, whose arguments `config` does not know.
    """
    if own_compile:
        warn(
            f"{described(model)} has a `compile` of its own, so it is not compiled by the file. Write "
            "`get_compile_config` and `compile_from_config` beside it, or call `compile` again.",
        )
        return
    model.compile(**registry.deserialize(config))
