"""`Trainer`: `fit`, `evaluate`, `predict` for any model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from lamina.core import settings, tree
from lamina.core.tracebacks import shortened
from lamina.core.tracking import Forgotten, standing_still
from lamina.core.variable import restore, snapshot
from lamina.feeds.arrays import ArrayFeed, check_count, check_counts, common_length, split
from lamina.feeds.batches import StreamFeed
from lamina.feeds.feed import Feed, is_used_up, taken
from lamina.feeds.progress import Progress
from lamina.feeds.sources import is_batches, refuse_beside_batches, source_of
from lamina.feeds.staged import staged_or_not
from lamina.feeds.unpack import unpack_x_y_sample_weight
from lamina.training.backup.backups import Backups, backups_of
from lamina.training.batch_logs import as_floats
from lamina.training.callbacks import CallbackList, History
from lamina.training.filling import FillingPredictor, FillingTester, can_fill, filled_test_step
from lamina.training.finite.guard import Guard
from lamina.training.intake import as_data, bound, in_stages, make_ready, open_feed
from lamina.training.learner import Learner, require_gradients
from lamina.training.loop import run_pass
from lamina.training.plan import Plan, Run
from lamina.training.predicted import joined, outputs_of
from lamina.training.rehearsal import rehearse
from lamina.training.runner import CallRunner, StepRunner
from lamina.training.runners import is_eager, predictor_of, runner_of
from lamina.training.together import Together

_NOTHING = nullcontext()


class Trainer(Learner):
    """The part of a model that trains, evaluates and predicts. `Model` is a `Layer` with these methods."""

    __slots__ = (
        "__backups",  # those of the `fit` that is going on, if it writes any
        "__fits",  # how many calls of `fit` are going on
        "__history",
        "__runners",  # compiled steps by kind
    )

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.__backups: Backups | None = None
        self.__fits = 0
        self.__history: History | None = None
        self.__runners = Forgotten()

    @property
    def history(self) -> History | None:
        """The `History` of the last `fit`."""
        return self.__history

    @history.setter
    def history(self, history: History | None) -> None:
        self.__history = history

    # Compiled steps.

    def __runner(self, kind: str, step: Callable[[Any], Any] | None = None) -> StepRunner:
        return runner_of(self, self.__runners, kind, self.__alone, step)

    def __tester(self, several: bool) -> Any:
        """Return what runs chunks of test batches; of `several` the last may be short."""
        plain = partial(self.__runner, "test")
        if not several or is_eager(self) or self.__alone or not can_fill(self):
            return plain()
        filled = self.__runner("filled test", partial(filled_test_step, self))
        return FillingTester(filled, plain, self.metrics_variables)

    @property
    def __alone(self) -> bool:
        """Whether batches run as they are, one by one: whatever else is faster may round otherwise."""
        return self.__backups is not None or settings.is_op_determinism_enabled()

    def __predictor(self) -> CallRunner:
        return predictor_of(self, self.__runners)

    def __require_compiled(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"Call `model.compile(optimizer=..., loss=...)` before `model.{method}(...)`."
            )

    def __with_exact(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Add to the logs of a pass what exact metrics give for all of it."""
        compiled = self.__compiled__
        if compiled is None or compiled.metrics is None or not compiled.metrics.exact:
            return logs
        return {**logs, **compiled.metrics.exact_results()}

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
        class_weight: dict[int, float] | str | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | list[int] = 1,
        preflight: bool = True,
        resume: str | os.PathLike[str] | None = None,
        on_nan: str = "stop",
    ) -> History:
        """Learn from data.

        Args:
            x, y: inputs and targets: arrays, or lists or dicts of arrays, one sample per entry of axis 0.
                Or `x` alone gives batches `(x, y)` or `(x, y, sample_weight)`: a generator, a
                `tf.data.Dataset`, a torch `DataLoader`, an object with `__len__` and `__getitem__`.
            batch_size: samples in a step, 32 by default.
            epochs: the number of the last epoch; with `initial_epoch` learning starts later. A model that was saved
                after two epochs and loaded in a process with the same seed goes on with `initial_epoch=2` as if
                it had never stopped.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch; `"auto"` is 1.
            callbacks: objects that are told what happens.
            validation_split: the last share of the samples is kept for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)` for validation, or what gives batches.
            shuffle: a new order of the samples every epoch; `"batch"` shuffles whole batches.
            class_weight: class -> weight in the loss; `"balanced"` lets each class count equally.
            sample_weight: weight of each sample in the loss.
            steps_per_epoch: at most so many batches in an epoch; where `x` gives batches, the next
                epoch goes on from there.
            validation_freq: validate every so many epochs, or in these epochs.
            preflight: look for common mistakes first, on a few of the samples: see `preflight`.
            resume: a folder for backups. After a kill the same program goes on from there, and ends as it
                would have; once it has ended, it returns the history at once. See
                `callbacks.BackupAndRestore`.
            on_nan: what to do at the first loss that is not finite, with an account of where it comes from:
                `"stop"` ends training, `"raise"` raises an error, both with the weights of before;
                `"warn"` goes on, as Keras does; `"ignore"` does not look.

        Returns:
            A `History`, whose `history` holds the logs of every epoch by name.

        Raises:
            ValueError: the data do not fit the model or each other; before the first step. Or the
                backups in `resume` are of another run (`lamina.saving.LoadError`).
            FloatingPointError: with `on_nan="raise"`, a loss is not finite.
            NotImplementedError: the engine in force computes no gradients.
        """
        self.__require_compiled("fit")
        require_gradients()
        check_counts(0, epochs=epochs, initial_epoch=initial_epoch)
        freq = None if isinstance(validation_freq, list) else validation_freq
        counts = {"steps_per_epoch": steps_per_epoch, "validation_freq": freq}
        counts |= {"validation_steps": validation_steps}
        check_counts(1, **counts, validation_batch_size=validation_batch_size)
        epochs = settings.limited(epochs, settings.max_epochs())
        most = settings.max_steps_per_epoch()
        steps_per_epoch = settings.limited(steps_per_epoch, most)
        guard, backups = Guard(self, on_nan), backups_of(callbacks, resume, epochs)
        validation_steps = settings.limited(validation_steps, most)
        in_batches = is_batches(x)
        if validation_split and in_batches:
            refuse_beside_batches(validation_split=validation_split)
        if validation_data is not None:
            validation_split = 0.0
        elif validation_split:
            (x, y, sample_weight), validation_data = split((x, y, sample_weight), validation_split)
        data = open_feed(
            self,
            x,
            y,
            sample_weight,
            batch_size,
            class_weight=class_weight,
            shuffle=shuffle,
            continues=True,
            examine=self.__examine__ if in_batches else None,
        )
        if isinstance(data, ArrayFeed):  # the order of an epoch is a function of its number
            data.cursor.epoch = initial_epoch
        total = data.steps(steps_per_epoch)
        hooks = _hooks(
            callbacks, self, add_history=True, epochs=epochs, steps=total, verbose=verbose
        )
        weights = data.example[2] if sample_weight is None and not class_weight else sample_weight
        plan = Plan(
            *(data.batch_size, epochs, initial_epoch, list(hooks), shuffle, class_weight, weights),
            *(x, validation_data, validation_split, validation_freq, validation_steps),
            one_batch=in_batches,
            steps=total,
        )
        self.__examine__(data.example, plan=plan, thorough=preflight)
        validation = self.__validation(validation_data, validation_batch_size or batch_size)
        run = Run(plan, data, validation, hooks, steps_per_epoch, guard, backups)
        with Progress(verbose, epochs, total) as progress, self.__fitting(run):
            self.__learn(run, progress)
        return self.history  # type: ignore[return-value]

    def __learn(self, run: Run, progress: Progress) -> None:
        hooks, backups, plan = run.hooks, self.__backups, run.plan
        self.stop_training = ended = False
        epoch, logs = plan.initial_epoch, {}
        if backups is not None:
            self.__runner("train")  # it builds the optimizer
            if backups.is_finished:
                backups.restore()
                return
        rehearse(self, run, self.__runner)
        hooks.on_train_begin()
        for choice in self.loss_choices.values():
            progress.note(f'loss="auto" for {choice.reason}')
        if backups is not None and backups.epoch is not None:
            epoch, (logs, ended) = backups.epoch, backups.restore()
        while epoch < plan.epochs and not ended:
            logs = self.__epoch(epoch, run, progress)
            if run.validation is not None and plan.validates_after(epoch):
                self.reset_metrics()
                of_val = self.__evaluated(run.validation, hooks, None, plan.validation_steps)
                logs = {**logs, **{f"val_{name}": value for name, value in of_val.items()}}
            progress.epoch_end(logs)
            hooks.on_epoch_end(epoch, logs)
            ended = self.stop_training or is_used_up(run.data, epoch, plan.epochs)
            epoch += 1
            if backups is not None:
                backups.after_epoch(epoch, logs, ended, last=ended or epoch >= plan.epochs)
        self.optimizer.finalize_variable_values(self.trainable_variables)
        hooks.on_train_end(logs)
        if backups is not None:
            backups.finish(epoch, logs, ended)

    def __epoch(self, epoch: int, run: Run, progress: Progress) -> dict[str, Any]:
        self.reset_metrics()
        run.hooks.on_epoch_begin(epoch)
        progress.epoch_begin(epoch)
        per_call, backups = self.steps_per_execution, self.__backups
        start = (0, {}) if backups is None else backups.begin_epoch()
        runner = run.guard.begin_epoch(epoch, self.__runner("train"), start[0])
        logs = run_pass(
            *(runner, run.data, run.hooks, "train", progress, run.steps_per_epoch, per_call, start),
            backups and backups.in_epoch(epoch),
        )
        run.guard.end_epoch(logs)
        return self.__with_exact(logs)

    @contextmanager
    def __fitting(self, run: Run) -> Iterator[None]:
        """Within, other methods leave the metrics as they are: the epoch's running means go on.

        What the run has opened is closed afterwards.
        """
        before, self.__backups = self.__backups, run.backups
        self.__fits += 1
        try:
            if run.backups is not None:
                run.backups.attach(self, run.data, run.hooks, run.plan)
            yield
        finally:
            self.__fits -= 1
            self.__backups = before
            for opened in (run.data, run.validation, run.backups):
                if opened is not None:
                    opened.close()

    def __metrics_apart(self) -> AbstractContextManager[None]:
        """Start all metrics again; where a `fit` goes on around this, they are put back afterwards."""
        if self.__fits:
            return self.__beside_fit()
        self.reset_metrics()
        return _NOTHING

    @contextmanager
    def __beside_fit(self) -> Iterator[None]:
        kept = self.metrics_variables
        held = snapshot(kept)
        self.reset_metrics()
        try:
            yield
        finally:
            restore(kept, held)

    def __validation(self, given: Any, batch_size: int | None) -> ArrayFeed | StreamFeed | None:
        if given is None:
            return None
        try:
            parts = (given,) if is_batches(given) else unpack_x_y_sample_weight(given)
        except ValueError as error:
            raise ValueError(f"`validation_data`: {error}") from None
        return open_feed(
            self,
            *parts,
            batch_size=None if is_batches(given) else batch_size,
            what="validation ",
            examine=self.__examine__,
            repeats=True,
        )

    def __evaluated(
        self, data: Feed, hooks: CallbackList, progress: Progress | None, steps: int | None
    ) -> dict[str, Any]:
        self.stop_evaluating = False
        hooks.on_test_begin()
        run = self.__tester(data.ends_short(steps))
        logs = run_pass(run, data, hooks, "test", progress, steps, self.steps_per_execution)
        logs = self.__with_exact(logs)
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
        """Return the loss and metrics on data; arguments as for `fit`.

        Returns:
            The loss, or a list of loss and metrics in the order of `metrics_names`, or with
            `return_dict` a dict by name.
        """
        self.__require_compiled("evaluate")
        if kwargs:
            raise TypeError(f"evaluate does not take the argument(s) {sorted(kwargs)}.")
        check_counts(1, steps=steps)
        steps = settings.limited(steps, settings.max_steps_per_epoch())
        # Callbacks and generators may change the model meanwhile; nothing else does.
        still = callbacks is None and not is_batches(x)
        with standing_still() if still else _NOTHING:
            given = as_data(self, x, y, sample_weight) if still else None
            if given is not None and common_length({"x": given[0]}) <= _size_of_batch(batch_size):
                return self.__evaluated_at_once(given, verbose, return_dict)
            data = open_feed(
                self, x, y, sample_weight, batch_size, examine=self.__examine__, data=given
            )
            hooks, total = _hooks(callbacks, self), data.steps(steps)
            with closing(data), self.__metrics_apart(), Progress(verbose, 1, total) as progress:
                progress.epoch_begin(0)
                logs = self.__evaluated(data, hooks, progress, steps)
                progress.epoch_end(logs)
                return logs if return_dict else self.__flat(logs)

    def __evaluated_at_once(self, data: Any, verbose: int | str, return_dict: bool) -> Any:
        """Evaluate data that are one batch: no feed is opened for them, and nobody looks at batches."""
        self.stop_evaluating = False
        with Progress(verbose, 1, 1) as progress:
            progress.epoch_begin(0)
            logs = self.__step("test", data)
            progress.update(1, logs)
            progress.epoch_end(logs)
        return logs if return_dict else self.__flat(logs)

    def __flat(self, logs: dict[str, Any]) -> Any:
        if len(logs) == 1:
            return next(iter(logs.values()))
        names = self.metrics_names
        ordered = [*(n for n in names if n in logs), *(n for n in logs if n not in names)]
        values = [logs[name] for name in ordered]
        return values

    @shortened
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> np.ndarray:
        """Return the outputs for `x`, as NumPy arrays.

        Args:
            x: inputs as for `fit`; of batches `(x, y)` only x is used.
            batch_size: samples computed at once, 32 by default.
            steps: at most so many batches.
        """
        check_counts(1, steps=steps)
        steps = settings.limited(steps, settings.max_steps_per_epoch())
        if is_batches(x):
            feed: ArrayFeed | StreamFeed = StreamFeed(
                source_of(x, batch_size=batch_size),
                lambda x, *_: ((self.__input(*bound(self, x)), None, None), True),
            )
        else:
            x, stage = bound(self, x)
            size = _size_of_batch(batch_size)
            if callbacks is None and common_length({"x": x}) <= size:
                return self.__outputs(x, stage)
            x = self.__input(x) if stage is None else x
            feed = staged_or_not(stage, (x, None, None), batch_size=size)
        feed.open()
        hooks, parts = _hooks(callbacks, self), []
        usual = self.__predicts_as_usual__() and not is_eager(self)
        run = Together(FillingPredictor(self.__predictor, usual), parts, usual, self.__complete__)
        self.stop_predicting = False
        hooks.on_predict_begin()
        with closing(feed), Progress(verbose, 1, feed.steps(steps)) as progress:
            progress.epoch_begin(0)
            run_pass(run, feed, hooks, "predict", progress, steps, self.steps_per_execution)
            progress.epoch_end({})
        hooks.on_predict_end()
        return joined(parts, feed.places)

    def __input(self, x: Any, stage: Any = None, notes: dict[str, Any] | None = None) -> Any:
        x = x if stage is None else stage(x)
        self.__examine__((x, None, None), notes=notes)
        return (
            taken(x)
            if type(x) is np.ndarray
            else tree.map_structure(lambda leaf: None if leaf is None else taken(leaf), x)
        )

    def __outputs(self, x: Any, stage: Any) -> Any:
        run = self.__predictor()
        return outputs_of(run, self.__input(x, stage, run.notes), self.__complete__)

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
        """Take one step on one batch; return its loss, or a list of loss and metrics, or a dict."""
        self.__require_compiled("train_on_batch")
        require_gradients()
        return self.__on_batch("train", (x, y, sample_weight, class_weight), return_dict)

    @shortened
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return loss and metrics on one batch, as `train_on_batch` does."""
        self.__require_compiled("test_on_batch")
        return self.__on_batch("test", (x, y, sample_weight), return_dict)

    def __on_batch(self, kind: str, data: tuple, return_dict: bool) -> Any:
        with standing_still():
            logs = self.__step(kind, as_data(self, *data))
            return logs if return_dict else self.__flat(logs)

    def __step(self, kind: str, data: tuple[Any, Any, Any]) -> dict[str, Any]:
        """Return the logs of a step on one batch, whose arrays fit each other and the model."""
        batch = in_stages(self, data)
        notes = make_ready(self, batch, "", 32)
        self.__examine__(batch, notes=notes)
        with self.__metrics_apart():
            return self.__with_exact(as_floats(self.__runner(kind).alone(batch)))

    @shortened
    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Return the outputs for one batch, as NumPy arrays."""
        return self.__outputs(*bound(self, x))


def _size_of_batch(given: int | None) -> int:
    return 32 if given is None else check_count("batch_size", given)


def _hooks(callbacks: Any, model: Any, **options: Any) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(callbacks, model=model, **options)
