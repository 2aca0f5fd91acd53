"""`CallbackList`: many callbacks that are told as one."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from lamina.core import tree
from lamina.core.foreign import of_keras
from lamina.training.callbacks.callback import Callback
from lamina.training.callbacks.history import History
from lamina.training.callbacks.profile import Clock, Profile
from lamina.training.callbacks.progbar_logger import ProgbarLogger

# Attributes of the model by which a hook ends what is going on.
_STOPS = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}


def _fan_out_logs(hook: str) -> Callable:
    def tell(self: CallbackList, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        self._tell(hook, logs)

    return _named(tell, hook)


def _fan_out_epoch(hook: str) -> Callable:
    def tell(self: CallbackList, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._tell(hook, epoch, {} if logs is None else logs)

    return _named(tell, hook)


def _fan_out_batch(hook: str) -> Callable:
    def tell(self: CallbackList, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._tell(hook, batch, {} if logs is None else logs)

    return _named(tell, hook)


def _named(tell: Callable, hook: str) -> Callable:
    tell.__name__, tell.__qualname__ = hook, f"CallbackList.{hook}"
    tell.__doc__ = f"Tell every callback `{hook}`."
    return tell


def _both(fan_out: Callable[[str], Callable], stem: str) -> tuple[Callable, Callable]:
    return fan_out(f"{stem}_begin"), fan_out(f"{stem}_end")


class CallbackList:
    """Tells its callbacks, in their order, whatever it is told.

    Args:
        callbacks: a callback, or a (nested) list of them.
        add_history: append a `History`, unless there is one; the model gets it as `model.history`.
        add_progbar: append a `ProgbarLogger`, unless there is one.
        model: the model that is going to run.
        params: what `fit` was asked for: `epochs`, `steps`, `verbose`.

    Attributes:
        looks: by phase, how often hooks of batches have looked at a model that had run ahead of them; see `Replay`.

    Raises:
        TypeError: one of `callbacks` is not a callback.

    Example:
        >>> seen = []
        >>> from lamina.callbacks import CallbackList, LambdaCallback
        >>> mine = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
        >>> both = CallbackList([mine], add_history=True)
        >>> both.on_epoch_end(0, {"loss": 0.5})
        >>> seen, both.wants_batches("train")
        ([0], False)
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        self.callbacks: list[Callback] = []
        self.params: dict[str, Any] = {}
        self.model: Any = None
        self.looks: dict[str, float] = {"train": 0.0, "test": 0.0}
        for callback in [] if callbacks is None else tree.flatten(callbacks):
            self.callbacks.append(_checked(callback))
        if add_progbar and self._first(ProgbarLogger) is None:
            self.callbacks.append(ProgbarLogger())
        # Last, so that it keeps what the others write into the logs.
        if add_history and self._first(History) is None:
            self.callbacks.append(History())
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def append(self, callback: Callback) -> None:
        """Add a callback after the others; it is given the model and the params."""
        self.callbacks.append(_checked(callback))
        if self.model is not None:
            callback.set_model(self.model)
        if self.params:
            callback.set_params(self.params)

    def set_params(self, params: dict[str, Any]) -> None:
        """Give every callback what `fit` was asked for."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Give every callback the model; the model gets the `History` among them."""
        self.model = model
        history = self._first(History)
        if history is not None:
            model.history = history
        for callback in self.callbacks:
            callback.set_model(model)

    def get_state(self) -> dict[str, dict[str, Any]]:
        """Return the state of each callback by the name of its class, numbered from the second on."""
        return {name: callback.get_state() for name, callback in self._by_name()}

    def set_state(self, states: dict[str, dict[str, Any]]) -> None:
        """Give callbacks back their states; call it between `on_train_begin` and the first epoch.

        A callback that was not there when the states were taken starts afresh.
        """
        for name, callback in self._by_name():
            if name in states:
                callback.set_state(states[name])

    def _by_name(self) -> Iterator[tuple[str, Callback]]:
        counts: Counter[str] = Counter()
        for callback in self.callbacks:
            kind = type(callback).__name__
            counts[kind] += 1
            yield kind if counts[kind] == 1 else f"{kind}_{counts[kind]}", callback

    def wants_batches(self, phase: str) -> bool:
        """Tell whether some callback looks at every batch of `phase` (train, test, predict)."""
        return any(callback.watches_batches(phase) for callback in self.callbacks)

    def is_step_by_step(self, phase: str) -> bool:
        """Tell whether some callback needs each step of `phase` to run between its two hooks."""
        return any(c.step_by_step and c.watches_batches(phase) for c in self.callbacks)

    def hooks_of_batches(self, phase: str) -> tuple[Callable, Callable]:
        """Return the two hooks that tell of the begin and the end of a batch of `phase`."""
        return getattr(self, f"on_{phase}_batch_begin"), getattr(self, f"on_{phase}_batch_end")

    def is_over(self, phase: str) -> bool:
        """Tell whether a hook has ended what is going on, by an attribute of the model."""
        return getattr(self.model, _STOPS[phase], False)

    @property
    def clock(self) -> Clock | None:
        """The clock of a `Profile` among the callbacks."""
        profile = self._first(Profile)
        return None if profile is None else profile.clock

    def _tell(self, hook: str, *args: Any) -> None:
        clock = self.clock
        for callback in self.callbacks:
            if clock is None or isinstance(callback, Profile):
                getattr(callback, hook)(*args)
            else:
                with clock.measuring(type(callback).__name__):
                    getattr(callback, hook)(*args)

    def _first(self, kind: type) -> Any:
        return next((callback for callback in self.callbacks if isinstance(callback, kind)), None)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def __len__(self) -> int:
        return len(self.callbacks)

    on_train_begin, on_train_end = _both(_fan_out_logs, "on_train")
    on_test_begin, on_test_end = _both(_fan_out_logs, "on_test")
    on_predict_begin, on_predict_end = _both(_fan_out_logs, "on_predict")
    on_epoch_begin, on_epoch_end = _both(_fan_out_epoch, "on_epoch")
    on_batch_begin, on_batch_end = _both(_fan_out_batch, "on_batch")
    on_train_batch_begin, on_train_batch_end = _both(_fan_out_batch, "on_train_batch")
    on_test_batch_begin, on_test_batch_end = _both(_fan_out_batch, "on_test_batch")
    on_predict_batch_begin, on_predict_batch_end = _both(_fan_out_batch, "on_predict_batch")


def _checked(callback: Any) -> Callback:
    if isinstance(callback, Callback):
        return callback
    if inspect.isclass(callback) and issubclass(callback, Callback):
        fix = f"That is the class; make an object of it: {callback.__name__}(...)."
    elif callable(callback):
        fix = "To have a function called, give LambdaCallback(on_epoch_end=function)."
    else:
        fix = "Give objects such as EarlyStopping(patience=3), or of your own subclass of Callback."
    raise TypeError(
        f"`callbacks` holds {callback!r} ({type(callback).__name__}), which is not a Callback. "
        f"{of_keras(callback).strip() or fix}"
    )
