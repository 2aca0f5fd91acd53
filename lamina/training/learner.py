"""`Learner`: what a model learns with, and its steps."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from lamina import metrics, ops
from lamina.core import autodiff, scope, tracking, tree
from lamina.core.symbolic import KerasTensor
from lamina.core.tracebacks import shortened
from lamina.core.tracking import remembered
from lamina.core.variable import Variable, values
from lamina.engine.current import WITHOUT_GRADIENTS, available, engine
from lamina.feeds.arrays import check_count
from lamina.feeds.unpack import unpack_x_y_sample_weight
from lamina.layers.layer import Layer
from lamina.metrics.exact import Exact
from lamina.metrics.metric import Metric
from lamina.training.compile_config import as_config, checked, compile_by
from lamina.training.plan import Plan
from lamina.training.prepare import Arguments, Compiled, as_optimizer, scaling
from lamina.training.stateful_step import takes


class Learner(Layer):
    """A layer with an optimizer, losses and metrics, and the steps in which it learns."""

    __slots__ = (
        "__compiled__",  # a `Compiled`, or `None` before `compile`
        "__loss_tracker",
    )

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.optimizer: Any = None
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.compiled = self.run_eagerly = False
        self.steps_per_execution, self.jit_compile = 1, "auto"
        self.__compiled__: Compiled | None = None
        self.__loss_tracker: Metric | None = None

    @shortened
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
                compile it in the way that is fastest there. On PyTorch `"auto"` records a list of kernels;
                `True` lets `torch.compile` make kernels of its own, which takes many seconds for each shape of a batch
                that comes twice, and a C++ compiler. On TensorFlow `True` lets XLA compile each step.
            auto_scale_loss: if the model computes in float16 (`"mixed_float16"`), let a
                `LossScaleOptimizer` keep gradients from vanishing.

        Raises:
            ValueError: a name that does not exist; the message gives the nearest.
            TypeError: a step of the user's own takes other arguments than `data`.
        """
        _check_steps(type(self))
        optimizer = as_optimizer(optimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
            optimizer = scaling(optimizer)
        check_count("steps_per_execution", steps_per_execution)
        compiled = Compiled.begin(
            optimizer, Arguments(loss, loss_weights, metrics, weighted_metrics)
        )
        self.__loss_tracker, self.__compiled__ = _loss_tracker(), compiled
        self.optimizer, self.loss = optimizer, loss
        self.run_eagerly, self.jit_compile = run_eagerly, jit_compile
        self.steps_per_execution = steps_per_execution
        self.stop_training, self.compiled = False, True

    def get_compile_config(self) -> dict[str, Any]:
        """Return what `compile` was given, as data; empty if the model is not compiled."""
        return as_config(self, self.__compiled__)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile the model as `get_compile_config` (or Keras') says."""
        compile_by(self, config, own_compile=type(self).compile is not Learner.compile)

    __audit_compile__ = staticmethod(checked)

    @property
    def loss_choices(self) -> dict[str, Any]:
        """By output: the loss that `loss="auto"` took, and why."""
        return {} if self.__compiled__ is None else self.__compiled__.choices

    # Metrics.

    @property
    @remembered(lambda self: self.__compiled__)
    def metrics(self) -> list[Metric]:
        """The loss, the compiled metrics, and those that the model or its layers hold."""
        own = [] if self.__loss_tracker is None else [self.__loss_tracker]
        if self.__compiled__ is not None:
            own += self.__compiled__.logged()
        return tracking.unique([*own, *tracking.walk(self).others("metric")])

    @property
    def metrics_names(self) -> list[str]:
        """Names of the logs, the loss first."""
        labels = {} if self.__compiled__ is None else self.__compiled__.labels()
        return [labels.get(id(metric), metric.name) for metric in self.metrics]  # pyright: ignore[reportReturnType]

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def reset_metrics(self) -> None:
        """Start all metrics again."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the logs of all metrics: name -> native scalar.

        Within a step exact metrics are left out, which only see the values after it.
        """
        inside = scope.stateless.get() is not None
        logs: dict[str, Any] = {}
        for metric, name in zip(self.metrics, self.metrics_names, strict=True):
            if inside and isinstance(metric, Exact):
                continue
            value = values(metric.result())
            logs.update(value if isinstance(value, dict) else {name: value})
        return logs

    # A step; any of these may be overridden, in code that works on every engine.

    def train_step(self, data: Any) -> dict[str, Any]:
        """Learn from one batch `x`, `(x, y)` or `(x, y, sample_weight)`, as `fit` got it; return logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)

        def objective() -> tuple[Any, Any]:
            y_pred = self(x, training=True)
            loss = _call(self.compute_loss, x, y, y_pred, sample_weight, training=True)
            return self.optimizer.scale_loss(loss), (loss, y_pred)

        variables = self.trainable_variables
        (_, (loss, y_pred)), grads = autodiff.value_and_grad(
            objective, variables=variables, has_aux=True
        )()
        self.__track(loss, x)
        if variables:
            several = self.optimizer.gradient_accumulation_steps
            size = {"samples": _samples(x)} if several else {}
            self.optimizer.apply(grads, variables, **size)
        return _call(self.compute_metrics, x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch `x`, `(x, y)` or `(x, y, sample_weight)`; return logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = _call(self.compute_loss, x, y, y_pred, sample_weight, training=False)
        self.__track(loss, x)
        return _call(self.compute_metrics, x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for one batch: `x`, or `(x,)` where `x` is a list."""
        return self(unpack_x_y_sample_weight(data)[0], training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the scalar that training minimizes: the compiled losses, and those that layers add."""
        total, compiled = None, self.__compiled__
        if compiled is not None and y is not None:
            if compiled.loss is None:  # in a loop of the user's own, which never calls `fit`
                compiled = self.__compiled__ = compiled.with_loss(self, y_pred, y)
            if compiled.loss is not None:
                total = compiled.loss(y, y_pred, sample_weight)
        for loss in self.losses:
            loss = ops.sum(loss)
            total = loss if total is None else ops.add(total, ops.cast(loss, _dtype_of(total)))
        if total is None:
            raise ValueError(
                "There is nothing to minimize: no `loss` was compiled (or no `y` given), and no layer adds a loss."
            )
        return total

    def stateless_compute_loss(
        self,
        trainable_variables: list,
        non_trainable_variables: list,
        metrics_variables: list,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, tuple[list, list, list]]:
        """Call `compute_loss` with values in place of the variables.

        Returns:
            `(loss, (trainable_values, non_trainable_values, metrics_values))`.
        """
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        values = (trainable_variables, non_trainable_variables, metrics_variables)
        bound = [pair for pairs in map(zip, groups, values) for pair in pairs]
        with scope.StatelessScope(bound) as inside:
            loss = _call(self.compute_loss, x, y, y_pred, sample_weight, training=training)
        trainable, fixed, metrics = ([inside.get_current_value(v) for v in g] for g in groups)
        return loss, (trainable, fixed, metrics)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Take the batch into the compiled metrics; return the logs so far."""
        compiled = None if self.__compiled__ is None else self.__compiled__.metrics
        for_host: dict[str, Any] = {}
        if compiled is not None and y is not None:
            compiled.update_state(y, y_pred, sample_weight)
            for_host = compiled.for_host(y, y_pred, sample_weight)
        return {**self.get_metrics_result(), **for_host}

    def __track(self, loss: Any, x: Any) -> None:
        if self.__loss_tracker is not None:
            self.__loss_tracker.update_state(loss, sample_weight=_samples(x))

    # What `prepare` and preflight ask a model.

    def __bind__(self, x: Any) -> Any:
        """Return `x` in the structure that the model takes; models with named inputs bind by name."""
        return x

    def __host_stage__(self, x: Any = None) -> Any:
        """Return the part of the model that runs on the host, before the compiled step, or `None`.

        Args:
            x: inputs, for a model that is not built yet.
        """

    def __takes_strings__(self) -> bool:
        """Tell whether the model begins with a part that takes strings."""
        return False

    def __complete__(self, outputs: Any) -> Any:
        """Return the outputs of a step of `predict` with what the host computes of them behind it."""
        return outputs

    def __has_no_call__(self) -> bool:
        """Tell whether the model is a frame for a step of the user's own, without outputs."""
        return type(self).call is Layer.call

    def __predicts_as_usual__(self) -> bool:
        """Tell whether `predict` returns what a call of the model does."""
        return type(self).predict_step is Learner.predict_step

    def __steps_as_usual__(self) -> bool:
        """Tell whether the step uses the compiled loss: a step of the user's own may do anything."""
        own = (type(self).compute_loss, type(self).train_step)
        return own == (Learner.compute_loss, Learner.train_step)

    def __examine__(
        self,
        data: Any,
        what: str = "",
        plan: Plan | None = None,
        thorough: bool = True,
        notes: dict[str, Any] | None = None,
    ) -> None:
        """Look for mistakes in data that were taken in; `Model` does, with all of preflight for a plan.

        Args:
            notes: what is kept about data of this kind (`Compiled.kinds`).
        """


def _check_steps(model: type) -> None:
    """Raise TypeError for a step that `fit`, `evaluate` or `predict` could not call."""
    for name in ("train_step", "test_step", "predict_step"):
        method = getattr(model, name)
        if not takes(method, "self", "data") and not takes(method, "self", "state", "data"):
            raise TypeError(
                f"{model.__name__}.{name}{inspect.signature(method)} must take one batch: "
                f"{name}(self, data), a step that "
                "reads and assigns variables as any other method does, on every engine (gradients come "
                f"from lamina.autodiff.value_and_grad); or {name}(self, state, data), as on JAX in Keras."
            )


def _call(
    method: Callable[..., Any], x: Any, y: Any, y_pred: Any, sample_weight: Any, **more: Any
) -> Any:
    """Call `compute_loss` or `compute_metrics` with those arguments that it takes."""
    given = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight, **more}
    names = _parameters(getattr(method, "__func__", method))
    return method(**(given if names is None else {n: v for n, v in given.items() if n in names}))


@functools.cache
def _parameters(fn: Callable[..., Any]) -> frozenset[str] | None:
    parameters = inspect.signature(fn).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters)


def _samples(x: Any) -> Any:
    return ops.shape(tree.flatten(x)[0])[0]


def _dtype_of(x: Any) -> str:
    return x.dtype if isinstance(x, KerasTensor) else engine().dtype(x)


def _loss_tracker() -> Metric:
    return metrics.Mean(name="loss")


def require_gradients() -> None:
    """Raise NotImplementedError where the engine in force computes no gradients."""
    e = engine()
    if "differentiates" not in e.capabilities:
        others = [name for name in available() if name not in WITHOUT_GRADIENTS]
        raise NotImplementedError(
            f"The engine {e.name!r} computes no gradients, so it cannot train; it can predict and evaluate. "
            f"Engines that train here: {others}. Switch with lamina.config.set_backend({(others or ['jax'])[0]!r})."
        )
