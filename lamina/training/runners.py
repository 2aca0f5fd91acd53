"""The compiled steps of a model: each is found again while all that it depends on is as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core.tracking import standing_still, walk
from lamina.core.variable import freezings
from lamina.engine.current import engine
from lamina.feeds.unpack import pack_x_y_sample_weight
from lamina.layers.weights import flatten_layers
from lamina.training.learner import Learner
from lamina.training.runner import CallRunner, StepRunner
from lamina.training.stateful_step import step_of
from lamina.training.step import State


def is_eager(model: Any) -> bool:
    """Tell whether the steps of `model` are not to be compiled."""
    return model.run_eagerly or model.jit_compile is False


def runner_of(
    model: Any,
    runners: dict[str, Any],
    kind: str,
    alone: bool,
    step: Callable[[Any], Any] | None = None,
) -> StepRunner:
    """Gather all that a step may change, once; the compiled step for it is kept in `runners`.

    Args:
        kind: of step: `"train"` has an optimizer.
        alone: whether steps run as they are, one by one.
        step: the model's method for this kind by default.
    """
    trains = kind == "train"
    # Thorough kernels round otherwise.
    how = is_eager(model), alone, model.jit_compile is True and not alone
    runner = runners.get(kind)
    if runner is not None and runner.seen == _seen(model, trains, how):
        return runner
    if trains:
        model.optimizer.build(model.trainable_variables)
    with standing_still():
        trainable = model.trainable_variables
        trained = set(map(id, trainable))
        rest = [v for v in model.variables if id(v) not in trained]
        optimizer = model.optimizer.variables if trains else []
        variables = State(trainable, rest, optimizer, model.metrics_variables)
        key = (engine().name, *how, variables, flatten_layers(model))
    if runner is None or runner.key != key:
        compiled = model.__compiled__.metrics if model.__compiled__ is not None else None
        collect = compiled.collect if compiled is not None and compiled.exact else None
        own = trains and type(model).train_step is not Learner.train_step
        step, (eager, alone, thorough) = step or step_of(model, kind), how
        runner = runners[kind] = StepRunner(
            step, variables, key[-1], eager, collect, alone, own, thorough
        )
    runner.seen = _seen(model, trains, how)
    return runner


def _seen(model: Any, trains: bool, how: tuple[bool, ...]) -> list[Any]:
    """List all that a step depends on, in such a form that it is compared at a glance."""
    own = model.optimizer.variables if trains else []
    return [engine().name, how, freezings(), walk(model), *map(walk, model.metrics), *own]


def predictor_of(model: Any, runners: dict[str, Any]) -> CallRunner:
    """Return the compiled step of `predict`; that of a model that is built is kept in `runners`."""
    runner = runners.get("predict")
    key = (engine().name, flatten_layers(model), is_eager(model), model.jit_compile is True)
    if runner is None or runner.key != key or not model.built:
        predict_step = step_of(model, "predict")
        runner = CallRunner(
            lambda batch: predict_step(pack_x_y_sample_weight(*batch)), model.variables, *key[1:]
        )
        if model.built:
            runners["predict"] = runner
    return runner
