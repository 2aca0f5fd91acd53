"""What `compile` was given, as data: so that a model from a file goes on learning."""

from __future__ import annotations

from typing import Any

from lamina.core import registry, tree
from lamina.core.audit import Audit
from lamina.core.lookup import Kinds
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


_KINDS: dict[str, Kinds] = {
    "optimizer": ("optimizers",),
    "loss": ("losses",),
    "metrics": ("metrics", "losses"),
    "weighted_metrics": ("metrics", "losses"),
}
_PLAIN = ("loss_weights", "run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")
_WORDS = frozenset(("accuracy", "acc", "auto", "ce", "crossentropy"))  # each stands for several


def checked(walk: Audit, config: dict[str, Any], where: str) -> dict[str, Any]:
    """Look at what a file says a model was compiled with: optimizer, losses and metrics by their tables."""

    def look(x: Any, where: str, kinds: Kinds) -> Any:
        if isinstance(x, (list, tuple)):
            return [look(part, f"{where}[{i}]", kinds) for i, part in enumerate(x)]
        if isinstance(x, dict) and "class_name" not in x:
            return {name: look(part, f"{where}.{name}", kinds) for name, part in x.items()}
        plain = x is None or (isinstance(x, str) and x in _WORDS)
        return x if plain else walk.reference(x, where, kinds)

    values: dict[str, Any] = {}
    for key, x in config.items():
        if key in _KINDS:
            values[key] = look(x, f"{where}.{key}", _KINDS[key])
        else:
            values[key] = (walk.data if key in _PLAIN else walk.value)(x, f"{where}.{key}")
    return values


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
