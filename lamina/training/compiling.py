"""What a model needs before it can learn: `compile`, metrics, and data that fit."""

from __future__ import annotations

import inspect
from typing import Any

from lamina import losses, metrics, optimizers
from lamina.core import graph, scope, tracking, tree
from lamina.core.foreign import of_keras
from lamina.core.naming import described
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.layers.layer import Layer
from lamina.metrics.exact import Exact
from lamina.metrics.metric import Metric
from lamina.training.callbacks import History
from lamina.training.choosing import Choice, activations_of, choose
from lamina.training.compiled import CompiledLoss
from lamina.training.compiled_metrics import CompiledMetrics, by_shape
from lamina.training.data.arrays import ArrayData, as_arrays, check_count, common_length
from lamina.training.data.batches import BatchData, is_batches, refuse_beside_batches
from lamina.training.data.class_weights import with_class_weights
from lamina.training.data.symbolic import as_symbolic
from lamina.training.outputs import Outputs
from lamina.training.preflight import EVERYWHERE, examine
from lamina.training.preflight.facts import Facts
from lamina.training.preflight.finding import refuse, warn
from lamina.training.runner import StepRunner
from lamina.training.step import State


class Compiles(Layer):
    """The part of a model that is made ready: by `compile`, and by the first data it sees."""

    __slots__ = ("_loss_tracker",)

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.optimizer: Any = None
        self.stop_training = False
        self.history: History | None = None
        self.compiled = self.run_eagerly = False
        self.loss_choices: dict[str, Choice] = {}  # by output: what loss="auto" took, and why
        self._outputs: Outputs | None = None
        self._compiled_loss: CompiledLoss | None = None
        self._compiled_metrics: CompiledMetrics | None = None
        self._loss_tracker: Metric | None = None
        self._functions: dict[str, Any] = {}
        self._checked: set[Any] = set()

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model learns.

        Args:
            optimizer: a name or an optimizer.
            loss: a name, function or `Loss`; with several outputs one for all, or a list or dict of them.
                `"auto"` takes the one that goes with the last layer and the targets; see `loss_choices`.
            loss_weights: numbers by output; the model minimizes `sum(weight_i * loss_i)`.
            metrics: what the logs show: names, functions or metrics; per output in a list or dict.
            weighted_metrics: metrics that take sample and class weights into account.
            run_eagerly: do not compile the step, so that a debugger can stop in it.
            steps_per_execution: batches in one call, also where callbacks look at batches.
            jit_compile: `False` leaves the step uncompiled; `"auto"` and `True` let the engine
                compile it in the way that is fastest there.
            auto_scale_loss: if the model computes in float16 (`"mixed_float16"`), let a
                `LossScaleOptimizer` keep gradients from vanishing.

        Raises:
            ValueError: a name that does not exist; the message gives the nearest.
            TypeError: a step of the user's own takes other arguments than `data`.
        """
        _check_steps(type(self))
        self.optimizer = _optimizer(optimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
            self.optimizer = _scaling(self.optimizer)
        for weight in tree.flatten(loss_weights):
            if isinstance(weight, str) or not isinstance(weight, (int, float, type(None))):
                raise ValueError(
                    f"compile: `loss_weights` must hold numbers, not {weight!r}. It stands before `metrics`; "
                    "give both by name: compile(optimizer, loss, metrics=[...])."
                )
        check_count("steps_per_execution", steps_per_execution)
        tree.map_structure(lambda x: x if x is None or _is_auto(x) else losses.get(x), loss)
        tree.map_structure(_known_metric, [metrics, weighted_metrics])
        self._arguments_of_compile = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        self.run_eagerly = run_eagerly or jit_compile is False
        self.steps_per_execution = steps_per_execution
        self.jit_compile = jit_compile
        self._loss_tracker = _loss_tracker()
        self._compiled_loss = self._compiled_metrics = None
        self.loss_choices = {}
        self._functions, self._checked = {}, set()
        self.stop_training, self.compiled = False, True

    # Metrics.

    @property
    def metrics(self) -> list[Metric]:
        """The loss, the compiled metrics, and those that the model or its layers hold."""
        found: list[Any] = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compiled_metrics is not None:
            found += self._compiled_metrics.metrics
        if self._compiled_loss is not None:
            found += [tracker for tracker in self._compiled_loss.trackers if tracker is not None]
        return tracking.unique([*found, *tracking.walk(self).others("metric")])

    @property
    def metrics_names(self) -> list[str]:
        """Names of the logs, the loss first."""
        labels = (
            {id(entry.metric): entry.label for entry in self._compiled_metrics.entries}
            if self._compiled_metrics
            else {}
        )
        return [labels.get(id(metric), metric.name) for metric in self.metrics]

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def reset_metrics(self) -> None:
        """Start all metrics again."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """Logs of all metrics: name -> native scalar.

        Within a step exact metrics are left out, which only see the values after it.
        """
        inside = scope.stateless.get() is not None
        logs: dict[str, Any] = {}
        labels = (
            {id(entry.metric): entry.label for entry in self._compiled_metrics.entries}
            if self._compiled_metrics
            else {}
        )
        for metric in self.metrics:
            if inside and isinstance(metric, Exact):
                continue
            value = metric.result()
            logs.update(
                value if isinstance(value, dict) else {labels.get(id(metric), metric.name): value}
            )
        return logs

    @property
    def collects(self) -> bool:
        """Whether a metric wants the predictions of every batch on the host."""
        return self._compiled_metrics is not None and bool(self._compiled_metrics.exact)

    def _collected(self, logs: Any) -> Any:
        return logs if self._compiled_metrics is None else self._compiled_metrics.collect(logs)

    def _with_exact(self, logs: dict[str, Any]) -> dict[str, Any]:
        """The logs of a pass, and what exact metrics give for all of it."""
        return {**logs, **self._compiled_metrics.exact_results()} if self.collects else logs  # type: ignore[union-attr]

    # Getting ready.

    def bind_inputs(self, x: Any) -> Any:
        """`x` in the structure that the model takes; models with named inputs bind by name."""
        return x

    def output_names_for(self, structure: Any) -> list[str]:
        """A name for each leaf of the outputs."""
        if isinstance(structure, dict):
            return ["_".join(map(str, path)) for path in tree.paths(structure)]
        n = len(tree.flatten(structure))
        return getattr(self, "output_names", None) or [f"output_{i + 1}" for i in range(n)]

    def _require_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"Call `model.compile(optimizer=..., loss=...)` before `model.{method}(...)`."
            )

    def _prepare(self, x: Any, y: Any, sample_weight: Any, what: str = "y") -> Outputs:
        """Build the model, its losses and metrics for data of this kind, and check that they fit."""
        specs = tuple(
            (tuple(leaf.shape[1:]), leaf.dtype.name) if leaf is not None else None
            for leaf in tree.flatten([x, y, sample_weight])
        )
        key = (engine().name, specs, tuple(id(v) for v in self.trainable_variables))
        if self._outputs is not None and key in self._checked and self.built:
            return self._outputs
        symbolic = [as_symbolic(part) for part in (x, y, sample_weight)]
        predictions = self(symbolic[0], training=False)
        if any(leaf is None for leaf in tree.flatten([predictions])):
            raise ValueError(
                f"{described(self)}: `call` returns {predictions!r}, but outputs must be tensors. "
                "Does it lack a `return`?"
            )
        outputs = self._outputs = self._outputs_like(predictions)
        self._compile_for(outputs, predictions, *symbolic[1:], y)
        if y is not None and self._compiled_loss is not None and self._steps_as_usual():
            graph.infer(self._compiled_loss, (symbolic[1], predictions, symbolic[2]), {})
        self.optimizer.ensure_built(self.trainable_variables)
        self._checked.add((*key[:2], tuple(id(v) for v in self.trainable_variables)))
        return outputs

    def _compile_for(
        self, outputs: Outputs, predictions: Any, y: Any, weight: Any, targets: Any
    ) -> None:
        given = self._arguments_of_compile
        flat = outputs.flatten(predictions)
        self._make_loss(outputs, flat, targets)
        if (
            self._compiled_metrics is None
            and y is not None
            and (given["metrics"] is not None or given["weighted_metrics"] is not None)
        ):
            self._compiled_metrics = CompiledMetrics(
                given["metrics"],
                given["weighted_metrics"],
                outputs,
                outputs.flatten(y),
                flat,
                self._compiled_loss.losses if self._compiled_loss is not None else None,
            )
            if (
                self._steps_as_usual()
            ):  # metrics that make variables with the first batch make them now
                graph.infer(self._compiled_metrics.update_state, (y, predictions, weight), {})
        self._predicted = flat

    def _outputs_like(self, predictions: Any) -> Outputs:
        structure = tree.map_structure(lambda _: 0, predictions)
        return Outputs(structure, self.output_names_for(predictions))

    def _make_loss(self, outputs: Outputs, predicted: list[Any], targets: Any) -> None:
        given = self._arguments_of_compile
        if self._compiled_loss is None and given["loss"] is not None:
            wanted = outputs.align(given["loss"], "loss", broadcast=True)
            loss = self._chosen(wanted, predicted, targets)
            self._compiled_loss = CompiledLoss(loss, given["loss_weights"], outputs)

    def _compile_loss_for(self, y: Any, y_pred: Any) -> None:
        """Make the loss ready in a loop of the user's own, which never calls `fit`."""
        if self.compiled:
            outputs = self._outputs = self._outputs or self._outputs_like(y_pred)
            self._make_loss(outputs, outputs.flatten(y_pred), y)

    def _chosen(self, given: list[Any], predicted: list[Any], targets: Any) -> list[Any]:
        """Losses per output, `"auto"` replaced by what goes with the output and its targets."""
        if not any(map(_is_auto, given)):
            return given
        outputs = self._outputs
        kinds = activations_of(self, len(outputs))  # type: ignore[arg-type]
        found = list(given)
        parts = zip(outputs.names, kinds, outputs.flatten(targets), predicted, strict=True)  # type: ignore[union-attr]
        for i, (name, activation, target, prediction) in enumerate(parts):
            if _is_auto(given[i]):
                choice = (
                    None if target is None else choose(name, activation, target, prediction.shape)
                )
                found[i] = choice and choice.loss
                self.loss_choices.update({} if choice is None else {name: choice})
        return found

    def _checked_data(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any = None, what: str = ""
    ) -> tuple[Any, Any, Any]:
        """What `_fitted_data` gives, its values checked as well."""
        fitted = self._fitted_data(x, y, sample_weight, class_weight, what)
        found = examine(Facts(self, *fitted, what=what), EVERYWHERE)
        try:
            refuse(found)
        except ValueError as error:
            _note(error, what)
            raise
        warn(found, stacklevel=4)
        return fitted

    def _fitted_data(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any = None, what: str = ""
    ) -> tuple[Any, Any, Any]:
        """Arrays in the model's structure, with class weights in the sample weights; their shapes fit."""
        x, y = as_arrays(x, f"{what}x"), as_arrays(y, f"{what}y")
        sample_weight = as_arrays(sample_weight, f"{what}sample_weight")
        if x is None:
            raise ValueError(f"There are no data: `{what}x` is None.")
        common_length({f"{what}x": x, f"{what}y": y, f"{what}sample_weight": sample_weight})
        if y is None and self._arguments_of_compile["loss"] is not None:
            raise ValueError(f"A `loss` was compiled, but no `{what}y` is given to compare with.")
        if class_weight is not None:
            sample_weight = with_class_weights(y, class_weight, sample_weight, self._names_of(y))
        try:
            x = self.bind_inputs(x)
            self._prepare(x, y, sample_weight)
        except ValueError as error:
            _note(error, what)
            raise
        return x, y, sample_weight

    def _source(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        *,
        shuffle: bool | str = False,
        class_weight: Any = None,
        continues: bool = False,
        what: str = "",
    ) -> ArrayData | BatchData:
        """The data of `fit` or `evaluate`, checked: arrays, or what gives batches."""
        if not is_batches(x):
            arrays = self._checked_data(x, y, sample_weight, class_weight, what)
            return ArrayData(*arrays, batch_size=batch_size, shuffle=shuffle)
        refuse_beside_batches(y=y, sample_weight=sample_weight)

        def take_in(x: Any, y: Any, sample_weight: Any) -> Any:
            return self._checked_data(x, y, sample_weight, class_weight, what)

        return BatchData(x, take_in, shuffle, continues, what)

    def _names_of(self, y: Any) -> list[str]:
        """Names for the leaves of `y`, as far as they are known before the model has run."""
        known = self._outputs.names if self._outputs is not None else []
        return known or getattr(self, "output_names", None) or []

    def _step_runner(self, kind: str, method: Any) -> StepRunner:
        trains = kind == "train"
        trainable = self.trainable_variables
        variables = State(
            trainable,
            self.non_trainable_variables,
            self.optimizer.variables if trains else [],
            self.metrics_variables,
        )
        key = (
            engine().name,
            tuple(tuple(id(v) for v in group) for group in variables),
            self.run_eagerly,
        )
        runner = self._functions.get(kind)
        if runner is None or runner.key != key:
            runner = self._functions[kind] = StepRunner(self, method, variables, self.run_eagerly)
        return runner


def _check_steps(model: type) -> None:
    """Raise TypeError for a step that `fit`, `evaluate` or `predict` could not call."""
    for name in ("train_step", "test_step", "predict_step"):
        step = inspect.signature(getattr(model, name))
        try:
            step.bind("self", "data")
        except TypeError:
            raise TypeError(
                f"{model.__name__}.{name}{step} must take one batch: {name}(self, data). Steps are "
                "written once for all engines and never see the state: read and assign variables as in "
                "any other method (gradients come from lamina.autodiff.value_and_grad)."
            ) from None


def _optimizer(given: Any) -> optimizers.Optimizer:
    """The optimizer that `compile` was given; another library's is pointed to its adaptor."""
    for package, adaptor in (("torch.", "from_torch"), ("optax.", "from_optax")):
        kind = given if isinstance(given, type) else type(given)
        if str(kind.__module__).startswith(package):
            raise ValueError(
                f"`optimizer` is {kind.__module__}.{kind.__name__}; lamina.optimizers.{adaptor} makes an "
                "Optimizer of it."
            )
    found = optimizers.get(given)
    if not isinstance(found, optimizers.Optimizer):
        raise ValueError(
            f"`optimizer` must be a name or an Optimizer, not {given!r}.{of_keras(given)}"
        )
    return found


def _scaling(optimizer: optimizers.Optimizer) -> optimizers.Optimizer:
    """`optimizer` with a loss scale that adapts itself, unless it has one."""
    if isinstance(optimizer, optimizers.LossScaleOptimizer) or optimizer.loss_scale_factor:
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")


def _note(error: ValueError, what: str) -> None:
    if what:
        error.add_note(f"in the {what.strip()}")


def _loss_tracker() -> Metric:
    return metrics.Mean(name="loss")


def _known_metric(given: Any) -> None:
    if given is not None and not by_shape(given):
        metrics.get(given)


def _is_auto(loss: Any) -> bool:
    return isinstance(loss, str) and loss == "auto"
