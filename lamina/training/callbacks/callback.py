"""`Callback`: an object that is told what happens while a model trains, tests or predicts."""

from typing import Any

Logs = dict[str, Any] | None


class Callback:
    """Base of all callbacks: override the hooks that matter.

    `epoch` and `batch` count from 0. `logs` holds numbers by name: the loss, the metrics, and at
    the end of an epoch those of the validation with `val_` before their names. A callback that
    changes `logs` changes what the callbacks after it see.

    Hooks of batches are told of every batch, with its logs. Short steps may run ahead of them in one program:
    a hook that reads or assigns a variable of the model still meets the state after its batch, and the steps
    after it run anew.

    Attributes:
        params: a dict with `epochs`, `steps` and `verbose`.
        model: the model that trains; `self.model.stop_training = True` ends its training, `stop_evaluating` and
            `stop_predicting` end the `evaluate` and `predict` that is going on.
        step_by_step: whether each step has to run between its two hooks: because they measure time, or because
            they read weights at nearly every batch, and steps would run ahead in vain.
        state_names: the attributes that hold what the callback has learned so far; a run that goes on
            in another process gives them back.

    Example:
        >>> import lamina
        >>> class Halve(lamina.callbacks.Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         self.model.optimizer.learning_rate = self.model.optimizer.learning_rate / 2
        >>> Halve().model is None
        True
    """

    params: dict[str, Any] | None = None
    model: Any = None
    step_by_step: bool = False
    state_names: tuple[str, ...] = ()

    def set_params(self, params: dict[str, Any]) -> None:
        """Take what `fit` was asked for."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model that is going to run."""
        self.model = model

    def on_train_begin(self, logs: Logs = None) -> None:
        """Called when `fit` begins."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Called when `fit` ends."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Called when `evaluate`, or the validation in `fit`, begins."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called when `evaluate`, or the validation in `fit`, ends."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called when `predict` begins."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called when `predict` ends."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Called when an epoch of `fit` begins."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Called when an epoch of `fit` ends, its validation included."""

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name for `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name for `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called when a batch of `fit` begins."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called when a batch of `fit` ends; `logs` holds the means of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called when a batch of `evaluate`, or of the validation, begins."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called when a batch of `evaluate`, or of the validation, ends."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called when a batch of `predict` begins."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called when a batch of `predict` ends; `logs["outputs"]` are its outputs."""

    def get_state(self) -> dict[str, Any]:
        """Return what the callback must know to go on in another process: the `state_names`.

        Values are numbers, strings, booleans, `None`, NumPy arrays, and lists and dicts of these with
        strings as keys, so that they can be kept in a file. Arguments of the constructor do not belong
        to them.

        Example:
            >>> import lamina
            >>> class Count(lamina.callbacks.Callback):
            ...     state_names = ("batches",)
            ...     def on_train_begin(self, logs=None):
            ...         self.batches = 0
            ...     def on_train_batch_end(self, batch, logs=None):
            ...         self.batches = self.batches + 1
            >>> count = Count()
            >>> count.on_train_begin()
            >>> count.set_state({"batches": 7})
            >>> count.get_state()
            {'batches': 7}
        """
        return {name: getattr(self, name) for name in self.state_names}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` returned; called after `on_train_begin`.

        In the middle of an epoch it is called again, after `on_epoch_begin`.
        """
        for name in self.state_names:
            setattr(self, name, state[name])

    def watches_batches(self, phase: str) -> bool:
        """Tell whether a hook of the batches of `phase` (train, test, predict) is not the empty one."""
        hooks = [f"on_{phase}_batch_begin", f"on_{phase}_batch_end"]
        if phase == "train":
            hooks += ["on_batch_begin", "on_batch_end"]
        return any(self.overrides(hook) for hook in hooks)

    def overrides(self, hook: str) -> bool:
        """Tell whether `hook` was written by a subclass or set on this very object."""
        method = getattr(self, hook)
        return getattr(method, "__func__", method) is not getattr(Callback, hook)
