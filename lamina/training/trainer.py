"""`Trainer`: `compile`, `fit`, `evaluate`, `predict` for any model."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.core import autodiff, tree
from lamina.core.symbolic import KerasTensor
from lamina.core.tracebacks import shortened
from lamina.engine.current import engine
from lamina.training.callbacks import CallbackList, History
from lamina.training.data.arrays import ArrayData, as_arrays, check_count, common_length, split
from lamina.training.data.batches import BatchData, is_batches, refuse_beside_batches
from lamina.training.data.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
from lamina.training.loop import as_floats, run_pass
from lamina.training.preflight.facts import Asked
from lamina.training.preflight.finding import warn
from lamina.training.preflighting import Preflights, require_gradients
from lamina.training.progress import Progress
from lamina.training.runner import CallRunner


class Trainer(Preflights):
    """The part of a model that learns. `Model` is a `Layer` with these methods."""

    # What a step does; any of these may be overridden, in code that works on every engine.

    def train_step(self, data: Any) -> dict[str, Any]:
        """Learn from one batch `x`, `(x, y)` or `(x, y, sample_weight)`, as `fit` got it; returns logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)

        def objective() -> tuple[Any, Any]:
            y_pred = self(x, training=True)
            loss = self.compute_loss(
                x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True
            )
            return self.optimizer.scale_loss(loss), (loss, y_pred)

        variables = self.trainable_variables
        (_, (loss, y_pred)), grads = autodiff.value_and_grad(
            objective, variables=variables, has_aux=True
        )()
        self._track_loss(loss, x)
        if variables:
            self.optimizer.apply(grads, variables, **self._size_of(x))
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def _size_of(self, x: Any) -> dict[str, Any]:
        """What the optimizer must know of the batch: its size, where several make one update."""
        if not self.optimizer.gradient_accumulation_steps:
            return {}
        return {"samples": ops.shape(tree.flatten(x)[0])[0]}

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch `x`, `(x, y)` or `(x, y, sample_weight)`; returns logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        self._track_loss(
            self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False),
            x,
        )
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def predict_step(self, data: Any) -> Any:
        """The outputs for one batch: `x`, or `(x,)` where `x` is a list."""
        return self(unpack_x_y_sample_weight(data)[0], training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The scalar that training minimizes: the compiled losses, and those that layers add."""
        total = None
        if self._compiled_loss is None and y is not None:
            self._compile_loss_for(y, y_pred)
        if self._compiled_loss is not None and y is not None:
            total = self._compiled_loss(y, y_pred, sample_weight)
        for loss in self.losses:
            loss = ops.sum(loss)
            total = (
                loss
                if total is None
                else ops.add(
                    total,
                    ops.cast(
                        loss,
                        total.dtype if isinstance(total, KerasTensor) else engine().dtype(total),
                    ),
                )
            )
        if total is None:
            raise ValueError(
                "There is nothing to minimize: no `loss` was compiled (or no `y` given), and no layer adds a loss."
            )
        return total

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Take the batch into the compiled metrics; returns the logs so far."""
        for_host: dict[str, Any] = {}
        if self._compiled_metrics is not None and y is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight)
            for_host = self._compiled_metrics.for_host(y, y_pred, sample_weight)
        return {**self.get_metrics_result(), **for_host}

    def _steps_as_usual(self) -> bool:
        """Whether the compiled loss is what the step uses: a step of the user's own may do anything."""
        own = (type(self).compute_loss, type(self).train_step)
        return own == (Trainer.compute_loss, Trainer.train_step)

    def _require_weights(self) -> None:
        if not self.trainable_variables and type(self).train_step is Trainer.train_step:
            raise ValueError(
                "The model has no weights to train: every layer is frozen (`trainable=False`), or none has weights."
            )

    def _track_loss(self, loss: Any, x: Any) -> None:
        self._loss_tracker.update_state(loss, sample_weight=ops.shape(tree.flatten(x)[0])[0])  # type: ignore[union-attr]

    # Learning, testing, predicting.

    @shortened
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | list[int] = 1,
        preflight: bool = True,
    ) -> History:
        """Learn from data.

        Args:
            x, y: inputs and targets: arrays, or lists or dicts of arrays, one sample per entry of axis 0.
                Or `x` alone gives batches `(x, y)` or `(x, y, sample_weight)`: a generator, a
                `tf.data.Dataset`, a torch `DataLoader`, an object with `__len__` and `__getitem__`.
            batch_size: samples in a step, 32 by default.
            epochs: the number of the last epoch; with `initial_epoch` learning starts later.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch; `"auto"` is 1.
            callbacks: objects that are told what happens.
            validation_split: the last share of the samples is kept for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)` for validation, or what gives batches.
            shuffle: a new order of the samples every epoch; `"batch"` shuffles whole batches.
            class_weight: class -> weight in the loss.
            sample_weight: weight of each sample in the loss.
            steps_per_epoch: at most so many batches in an epoch; where `x` gives batches, the next
                epoch goes on from there.
            validation_freq: validate every so many epochs, or in these epochs.
            preflight: look for common mistakes first, on a few of the samples: see `preflight`.

        Returns:
            A `History`, whose `history` holds the logs of every epoch by name.

        Raises:
            ValueError: the data do not fit the model or each other; before the first step.
            NotImplementedError: the engine in force computes no gradients.
        """
        self._require_compiled("fit")
        require_gradients()
        check_count("epochs", epochs, least=0)
        check_count("initial_epoch", initial_epoch, least=0)
        _check_counts(
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq if not isinstance(validation_freq, list) else None,
        )
        if validation_split and is_batches(x):
            refuse_beside_batches(validation_split=validation_split)
        if validation_data is not None:
            validation_split = 0.0
        elif validation_split:
            (x, y, sample_weight), validation_data = split((x, y, sample_weight), validation_split)
        data, fitted = self._training_data(x, y, sample_weight, class_weight, batch_size, shuffle)
        self._require_weights()
        total = data.steps(steps_per_epoch)
        hooks = (
            callbacks
            if isinstance(callbacks, CallbackList)
            else CallbackList(
                callbacks, add_history=True, model=self, epochs=epochs, steps=total, verbose=verbose
            )
        )
        in_batches = isinstance(data, BatchData)
        asked = Asked(
            len(tree.flatten(fitted[0])[0]) if in_batches else data.batch_size,
            *(epochs, initial_epoch, list(hooks), shuffle, class_weight),
            sample_weight if not in_batches or class_weight else fitted[2],
            *(x, validation_data, validation_split, validation_freq, validation_steps),
            one_batch=in_batches,
            steps=total,
        )
        found = self._refuse(fitted, asked, everything=preflight)
        validation = self._validation(validation_data, validation_batch_size or batch_size)
        warn(found)
        self.stop_training = False
        hooks.on_train_begin()
        logs: dict[str, Any] = {}
        with Progress(verbose, epochs, total) as progress:
            for choice in self.loss_choices.values():
                progress.note(f'loss="auto" for {choice.reason}')
            for epoch in range(initial_epoch, epochs):
                self.reset_metrics()
                hooks.on_epoch_begin(epoch)
                progress.epoch_begin(epoch)
                logs = self._train_pass(data, hooks, progress, steps_per_epoch)
                if validation is not None and _due(epoch, validation_freq):
                    of_val = self._evaluated(validation, hooks, None, validation_steps)
                    logs = {**logs, **{f"val_{name}": value for name, value in of_val.items()}}
                progress.epoch_end(logs)
                hooks.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
        self.optimizer.finalize_variable_values(self.trainable_variables)
        hooks.on_train_end(logs)
        return self.history  # type: ignore[return-value]

    def _training_data(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any, shuffle: Any
    ) -> tuple[ArrayData | BatchData, Any]:
        """The data of `fit`, and the arrays that are still to be looked at: of batches the first."""
        if is_batches(x):
            options: Any = {"shuffle": shuffle, "class_weight": class_weight, "continues": True}
            data = self._source(x, y, sample_weight, batch_size, **options)
            return data, data.first  # type: ignore[union-attr]
        fitted = self._fitted_data(x, y, sample_weight, class_weight)
        return ArrayData(*fitted, batch_size, shuffle), fitted

    def _train_pass(
        self,
        data: ArrayData | BatchData,
        hooks: CallbackList,
        progress: Progress,
        steps: int | None,
    ) -> dict[str, float]:
        runner = self._step_runner("train", self.train_step)
        per_call = self.steps_per_execution
        return self._with_exact(run_pass(runner, data, hooks, "train", progress, steps, per_call))

    def _validation(self, given: Any, batch_size: int | None) -> ArrayData | BatchData | None:
        if given is None:
            return None
        if is_batches(given):
            return self._source(given, what="validation ")
        x, y, sample_weight = unpack_x_y_sample_weight(given)
        return self._source(x, y, sample_weight, batch_size, what="validation ")

    def _evaluated(
        self,
        data: ArrayData | BatchData,
        hooks: CallbackList,
        progress: Progress | None,
        steps: int | None,
    ) -> dict[str, float]:
        self.reset_metrics()
        hooks.on_test_begin()
        logs = run_pass(
            self._step_runner("test", self.test_step),
            data,
            hooks,
            "test",
            progress,
            steps,
            self.steps_per_execution,
        )
        logs = self._with_exact(logs)
        hooks.on_test_end(logs)
        return logs

    @shortened
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics on data; arguments as for `fit`.

        Returns:
            The loss, or a list of loss and metrics in the order of `metrics_names`, or with
            `return_dict` a dict by name.
        """
        self._require_compiled("evaluate")
        if kwargs:
            raise TypeError(f"evaluate does not take the argument(s) {sorted(kwargs)}.")
        _check_counts(steps=steps)
        data = self._source(x, y, sample_weight, batch_size)
        hooks = (
            callbacks
            if isinstance(callbacks, CallbackList)
            else CallbackList(callbacks, model=self)
        )
        with Progress(verbose, 1, data.steps(steps)) as progress:
            progress.epoch_begin(0)
            logs = self._evaluated(data, hooks, progress, steps)
            progress.epoch_end(logs)
        return logs if return_dict else self._flat(logs)

    def _flat(self, logs: dict[str, Any]) -> Any:
        names = [name for name in self.metrics_names if name in logs] + [
            name for name in logs if name not in self.metrics_names
        ]
        values = [logs[name] for name in names]
        return values[0] if len(values) == 1 else values

    @shortened
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for `x`, as NumPy arrays.

        Args:
            x: inputs as for `fit`; of batches `(x, y)` only x is used.
            batch_size: samples computed at once, 32 by default.
            steps: at most so many batches.
        """
        _check_counts(steps=steps)
        if is_batches(x):
            return self._predict_batches(
                BatchData(x, self._batch_to_predict), verbose, steps, callbacks
            )
        x = as_arrays(x, "x")
        samples = len(x) if isinstance(x, np.ndarray) and len(x) else common_length({"x": x})
        x = self.bind_inputs(x)
        self._check_lookups(x)
        batch_size = 32 if batch_size is None else check_count("batch_size", batch_size)
        if samples <= batch_size and callbacks is None:
            return tree.map_structure(_copied_out, self._predict_runner()((x,)))
        return self._predict_batches(ArrayData(x, batch_size=batch_size), verbose, steps, callbacks)

    def _batch_to_predict(self, x: Any, *_: Any) -> tuple[Any]:
        x = self.bind_inputs(as_arrays(x, "x"))
        self._check_lookups(x)
        return (x,)

    def _predict_batches(
        self, data: ArrayData | BatchData, verbose: Any, steps: int | None, callbacks: Any
    ) -> Any:
        hooks = (
            callbacks
            if isinstance(callbacks, CallbackList)
            else CallbackList(callbacks, model=self)
        )
        parts: list[Any] = []
        hooks.on_predict_begin()
        with Progress(verbose, 1, data.steps(steps)) as progress:
            progress.epoch_begin(0)
            for step, batch in enumerate(data.batches(steps)):
                hooks.on_predict_batch_begin(step)
                outputs = self._predict_runner()((batch[0],))
                parts.append(outputs)
                hooks.on_predict_batch_end(step, {"outputs": outputs})
                progress.update(step + 1, {})
            progress.epoch_end({})
        hooks.on_predict_end()
        return tree.map_structure(
            lambda *leaves: np.concatenate([ops.convert_to_numpy(leaf) for leaf in leaves]), *parts
        )

    def _predict_runner(self) -> CallRunner:
        eager = self.run_eagerly
        runner = self._functions.get("predict")
        if (
            runner is None
            or runner.key[0] != engine().name
            or runner.key[2] != eager
            or not self.built
        ):
            runner = CallRunner(
                lambda batch: self.predict_step(pack_x_y_sample_weight(*batch)),
                self.variables,
                eager,
            )
            if self.built:
                self._functions["predict"] = runner
        return runner

    # One batch.

    @shortened
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """One step on one batch; returns its loss, or a list of loss and metrics, or a dict."""
        self._require_compiled("train_on_batch")
        require_gradients()
        batch = self._checked_data(x, y, sample_weight, class_weight)
        self._require_weights()
        self.reset_metrics()
        logs = self._with_exact(as_floats(self._step_runner("train", self.train_step).one(batch)))
        return logs if return_dict else self._flat(logs)

    @shortened
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics on one batch; returns them as `train_on_batch` does."""
        self._require_compiled("test_on_batch")
        batch = self._checked_data(x, y, sample_weight)
        self.reset_metrics()
        logs = self._with_exact(as_floats(self._step_runner("test", self.test_step).one(batch)))
        return logs if return_dict else self._flat(logs)

    @shortened
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        x = as_arrays(x, "x")
        common_length({"x": x})
        x = self.bind_inputs(x)
        self._check_lookups(x)
        return tree.map_structure(_copied_out, self._predict_runner()((x,)))


def _copied_out(x: Any) -> np.ndarray:
    """A NumPy array of its own: on some engines the plain one is read-only, or is the user's input."""
    return np.array(ops.convert_to_numpy(x))


def _check_counts(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            check_count(name, value)


def _due(epoch: int, freq: int | list[int]) -> bool:
    return (epoch + 1) % freq == 0 if isinstance(freq, int) else epoch + 1 in freq
