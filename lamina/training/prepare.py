"""What a model learns with, as one value: `compile` begins it, `prepare` completes it for data.

    compile(...)  ->  Compiled(optimizer, arguments)
    prepare(model, example)  ->  Compiled(..., outputs, loss, metrics)

A `Compiled` is never changed: another kind of data, or another structure of the model, gives another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from lamina import losses, metrics, optimizers
from lamina.core import graph, tracking, tree
from lamina.core.foreign import of_keras
from lamina.core.naming import described
from lamina.core.sparse_rows import SparseRows
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import assign_all, freezings
from lamina.engine.current import engine
from lamina.feeds.feed import as_taken
from lamina.training.choosing import Choice, activations_of, choose
from lamina.training.compiled import CompiledLoss
from lamina.training.compiled_metrics import CompiledMetrics, by_shape
from lamina.training.fitting import surely_fit
from lamina.training.outputs import Outputs


@dataclass(frozen=True)
class Arguments:
    """Losses and metrics as `compile` was given them."""

    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None


@dataclass(frozen=True)
class Compiled:
    """An optimizer, and losses and metrics made ready for a model's outputs.

    Attributes:
        arguments: as `compile` was given them.
        outputs: names and structure of the model's outputs; `None` before there were data.
        predicted: KerasTensors like the outputs, flat.
        loss, metrics: `None` where none were given.
        choices: by output: the loss that `"auto"` took, and why.
        kinds: the kinds of data for which all this was checked, and what others keep about each.
        kept: values for the variables of the metrics, from a file; they are taken once there are metrics.
    """

    optimizer: optimizers.Optimizer
    arguments: Arguments
    outputs: Outputs | None = None
    predicted: Sequence[KerasTensor] = ()
    loss: CompiledLoss | None = None
    metrics: CompiledMetrics | None = None
    choices: dict[str, Choice] = field(default_factory=dict)
    kinds: dict[Any, dict[str, Any]] = field(default_factory=dict)
    kept: tuple[Any, ...] = ()

    @classmethod
    def begin(cls, optimizer: optimizers.Optimizer, arguments: Arguments) -> Compiled:
        """Check what can be checked without data.

        Raises:
            ValueError: a name that does not exist, or weights that are not numbers.
        """
        for weight in tree.flatten(arguments.loss_weights):
            if isinstance(weight, str) or not isinstance(weight, (int, float, type(None))):
                raise ValueError(
                    f"compile: `loss_weights` must hold numbers, not {weight!r}. It comes before `metrics`; "
                    "give both by name: compile(optimizer, loss, metrics=[...])."
                )
        tree.map_structure(
            lambda x: x if x is None or is_auto(x) else losses.get(x), arguments.loss
        )
        tree.map_structure(_check_metric, [arguments.metrics, arguments.weighted_metrics])
        return cls(optimizer, arguments)

    def anew(self) -> Compiled:
        """Return the beginning of this value, for a model whose outputs have changed."""
        return Compiled(self.optimizer, self.arguments)

    def logged(self) -> list[Any]:
        """List the metrics that the loss and the compiled metrics keep, in the order of their logs."""
        found = self.metrics.metrics if self.metrics is not None else []
        trackers = self.loss.trackers if self.loss is not None else []
        return [*found, *(tracker for tracker in trackers if tracker is not None)]

    def taking_kept(self) -> Compiled:
        """Give the metrics the values that were kept for them, if these are of their shapes."""
        if not self.kept:
            return self
        variables = [v for metric in self.logged() for v in metric.variables]
        if [v.shape for v in variables] == [np.shape(value) for value in self.kept]:
            assign_all(variables, self.kept)
        return replace(self, kept=())

    def labels(self) -> dict[int, str]:
        """Map the compiled metrics, by identity, to the names of their logs."""
        entries = self.metrics.entries if self.metrics is not None else []
        return {id(entry.metric): entry.label for entry in entries}

    def with_loss(self, model: Any, predicted: Any, targets: Any) -> Compiled:
        """Make the loss ready for `predicted`, if it is not and there is one."""
        outputs = self.outputs or _outputs_of(model, predicted)
        if self.loss is not None or self.arguments.loss is None:
            return self if outputs is self.outputs else replace(self, outputs=outputs)
        flat = outputs.flatten(predicted)
        given = outputs.align(self.arguments.loss, "loss", broadcast=True)
        chosen, choices = _chosen(given, model, outputs, flat, targets)
        loss = CompiledLoss(chosen, self.arguments.loss_weights, outputs)
        return replace(self, outputs=outputs, loss=loss, choices=choices)

    def with_metrics(self, predicted: Any, targets: Any) -> Compiled:
        """Make the metrics ready for the outputs, if they are not and there are some."""
        given = self.arguments
        if self.metrics is not None or targets is None or self.outputs is None:
            return self
        if given.metrics is None and given.weighted_metrics is None:
            return self
        outputs, losses = self.outputs, self.loss.losses if self.loss is not None else None
        flat = outputs.flatten(predicted)
        made = CompiledMetrics(
            given.metrics, given.weighted_metrics, outputs, outputs.flatten(targets), flat, losses
        )
        return replace(self, metrics=made)


def kind_of(example: Any, model: Any) -> Any:
    """Return what the checks of `prepare` depend on: engine, shapes, dtypes, the model's structure."""
    specs = [
        None if x is None else (x.shape[1:], as_taken(x.dtype)) for x in tree.flatten(list(example))
    ]
    return engine().name, tuple(specs), tracking.walk(model), freezings()


def notes_of(model: Any, compiled: Compiled, example: Any) -> dict[str, Any] | None:
    """Return what is kept about data like `example`; `None` if `prepare` has something to do for them."""
    return compiled.kinds.get(kind_of(example, model)) if model.built else None


def prepare(model: Any, compiled: Compiled, example: Any, batch_size: int = 32) -> Compiled:
    """Build the model for data like `example`, and make its losses and metrics ready.

    Args:
        model: compiled; it runs once on symbolic tensors.
        example: `(x, y, sample_weight)`, arrays in the structures that the model takes.
        batch_size: samples in a batch.

    Raises:
        ValueError: data, model, losses and metrics do not fit each other.
    """
    with tracking.changing():  # layers make their weights
        kind = kind_of(example, model)
        compiled = _prepared(model, compiled, example, batch_size).taking_kept()
        kinds = {**compiled.kinds, kind: {}, kind_of(example, model): {}}
        return replace(compiled, kinds=kinds)


def _prepared(model: Any, compiled: Compiled, example: Any, batch_size: int) -> Compiled:
    as_usual = model.__steps_as_usual__()
    x, y, sample_weight = (_symbolic(part, None) for part in example)
    predicted = _outputs_for(model, x, as_usual)
    if predicted is not None:
        compiled = compiled.with_loss(model, predicted, example[1])
        compiled = compiled.with_metrics(predicted, y)
        compiled = replace(compiled, predicted=compiled.outputs.flatten(predicted))  # type: ignore[union-attr]
        if as_usual and y is not None:
            fit = partial(surely_fit, y=y, predicted=predicted, sample_weight=sample_weight)
            if compiled.loss is not None and not fit(compiled.loss.losses):
                size = min(batch_size, _samples(example))
                _check_loss(compiled.loss, (y, predicted, sample_weight), size)
            # Metrics that make variables by shape make them now.
            if compiled.metrics is not None and not fit(compiled.metrics.metrics):
                graph.infer(compiled.metrics.update_state, (y, predicted, sample_weight), {})
    return compiled


def _check_loss(loss: CompiledLoss, arguments: tuple[Any, Any, Any], size: int) -> None:
    """Raise ValueError if `loss` does not take tensors such as these.

    A loss of the user's own may mix the samples of a batch, so that it fits batches of `size` only.
    """
    try:
        graph.infer(loss, arguments, {})
    except Exception as error:
        try:
            graph.infer(loss, tuple(_symbolic(part, size) for part in arguments), {})
        except Exception:
            raise error from None


def _outputs_for(model: Any, x: Any, as_usual: bool) -> Any:
    """Call the model; `None` if it has no call, or has one that a step of the user's own does without."""
    if model.__has_no_call__() and not as_usual:
        return None
    try:
        predicted = model(x, training=False)
        _refuse_nothing(model, predicted)
    except Exception:
        # A first call that fails takes back what it built of the model, not what was built before.
        inner = model.layers
        if as_usual or not (model.built or (inner and all(layer.built for layer in inner))):
            raise
        return None
    return predicted


def _symbolic(data: Any, size: int | None) -> Any:
    """KerasTensors for arrays (or other KerasTensors) with batches of `size`."""

    def stand_in(leaf: Any) -> Any:
        if leaf is None or (isinstance(leaf, KerasTensor) and size is None):
            return leaf
        dtype = leaf.dtype if isinstance(leaf, KerasTensor) else as_taken(leaf.dtype).name
        return KerasTensor((size, *leaf.shape[1:]), dtype, isinstance(leaf, SparseRows))

    return tree.map_structure(stand_in, data)


def _samples(example: Any) -> int:
    return len(next(x for x in tree.flatten(list(example)) if x is not None))


def _refuse_nothing(model: Any, predicted: Any) -> None:
    if any(leaf is None for leaf in tree.flatten([predicted])):
        raise ValueError(
            f"{described(model)}: `call` returns {predicted!r}, but outputs must be tensors. "
            "Is a `return` missing?"
        )


def _outputs_of(model: Any, predicted: Any) -> Outputs:
    structure = tree.map_structure(lambda _: 0, predicted)
    if isinstance(predicted, dict):
        names = ["_".join(map(str, path)) for path in tree.paths(predicted)]
    else:
        count = len(tree.flatten(predicted))
        names = getattr(model, "output_names", None) or [f"output_{i + 1}" for i in range(count)]
    return Outputs(structure, names)


def _chosen(
    given: list[Any], model: Any, outputs: Outputs, predicted: list[Any], targets: Any
) -> tuple[list[Any], dict[str, Choice]]:
    """Replace each loss `"auto"` by the one that goes with the output and its targets."""
    chosen, choices = list(given), {}
    if not any(map(is_auto, given)):
        return chosen, choices
    activations = activations_of(model, len(outputs))
    parts = zip(outputs.names, activations, outputs.flatten(targets), predicted, strict=True)
    for i, (name, activation, target, prediction) in enumerate(parts):
        if is_auto(given[i]):
            chosen[i] = None
            if target is not None:
                choices[name] = choose(name, activation, target, prediction.shape)
                chosen[i] = choices[name].loss
    return chosen, choices


def as_optimizer(given: Any) -> optimizers.Optimizer:
    """Return the optimizer that `compile` was given; another library's is pointed to its adaptor."""
    for package, adaptor in (("torch.", "from_torch"), ("optax.", "from_optax")):
        kind = given if isinstance(given, type) else type(given)
        if str(kind.__module__).startswith(package):
            raise ValueError(
                f"`optimizer` is {kind.__module__}.{kind.__name__}; lamina.optimizers.{adaptor} makes an "
                "Optimizer of it."
            )
    optimizer = optimizers.get(given)
    if not isinstance(optimizer, optimizers.Optimizer):
        raise ValueError(
            f"`optimizer` must be a name or an Optimizer, not {given!r}.{of_keras(given)}"
        )
    return optimizer


def scaling(optimizer: optimizers.Optimizer) -> optimizers.Optimizer:
    """Return `optimizer` with a loss scale that adapts itself, unless it has one."""
    if isinstance(optimizer, optimizers.LossScaleOptimizer) or optimizer.loss_scale_factor:
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")


def _check_metric(given: Any) -> None:
    if given is not None and not by_shape(given):
        metrics.get(given)


def is_auto(loss: Any) -> bool:
    """Tell whether the loss is to be chosen by the outputs and their targets."""
    return isinstance(loss, str) and loss == "auto"
