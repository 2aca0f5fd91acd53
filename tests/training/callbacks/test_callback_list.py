"""Callbacks and lists of them: who is called when, driven by hand."""

import pytest

from lamina.callbacks import (
    Callback,
    CallbackList,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgbarLogger,
    TerminateOnNaN,
)
from tests.training.callbacks.fakes import Model, losses, train


def test_every_hook_is_told_to_every_callback_in_order():
    told = []

    class Teller(Callback):
        def __init__(self, name):
            self.name = name

        def __getattribute__(self, attribute):
            if attribute.startswith("on_"):
                return lambda *args: told.append((self.name, attribute, args))
            return super().__getattribute__(attribute)

    hooks = CallbackList([Teller("a"), [Teller("b")]])
    names = [name for name in dir(Callback) if name.startswith("on_")]
    assert len(names) == 16
    for name in names:
        told.clear()
        arguments = (3,) if "batch" in name or "epoch" in name else ()
        getattr(hooks, name)(*arguments, {"loss": 1.0})
        assert told == [
            ("a", name, (*arguments, {"loss": 1.0})),
            ("b", name, (*arguments, {"loss": 1.0})),
        ]
        getattr(hooks, name)(*arguments)
        assert told[-1][2] == (*arguments, {})


def test_batch_hooks_of_training_have_two_names():
    told = []

    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            told.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            told.append(("end", batch, logs))

    hooks = CallbackList([Old()])
    hooks.on_train_batch_begin(1)
    hooks.on_train_batch_end(1, {"loss": 2.0})
    hooks.on_test_batch_end(5)
    assert told == [("begin", 1), ("end", 1, {"loss": 2.0})]
    assert hooks.wants_batches("train") and not hooks.wants_batches("test")


def test_model_and_params_reach_callbacks_that_do_not_call_super():
    class Mine(Callback):
        def __init__(self):
            self.mine = 1

    first, late = Mine(), Mine()
    model = Model()
    hooks = CallbackList([first], model=model, epochs=3, steps=None)
    hooks.append(late)
    assert first.model is late.model is model
    assert first.params == late.params == {"epochs": 3, "steps": None}
    assert list(hooks) == [first, late] and len(hooks) == 2


def test_a_single_callback_and_none_are_lists_too():
    assert len(CallbackList()) == 0
    history = History()
    assert list(CallbackList(history)) == [history]
    assert list(CallbackList([history], add_history=True)) == [history]


def test_history_comes_last_and_becomes_the_models():
    model = Model()
    hooks = CallbackList([LearningRateScheduler(lambda epoch: 0.5)], add_history=True, model=model)
    assert isinstance(list(hooks)[-1], History)
    assert model.history is list(hooks)[-1]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (EarlyStopping, "make an object of it: EarlyStopping"),
        ("early_stopping", "'early_stopping' .str., which is not a Callback"),
        (print, "LambdaCallback"),
        (3, "not a Callback"),
    ],
)
def test_what_is_no_callback_is_refused(given, hint):
    with pytest.raises(TypeError, match=hint):
        CallbackList([given])
    with pytest.raises(TypeError, match=hint):
        CallbackList().append(given)


class WatchesTest(Callback):
    def on_test_batch_end(self, batch, logs=None):
        pass


class WatchesPredict(Callback):
    def on_predict_batch_begin(self, batch, logs=None):
        pass


class WatchingCheckpoint(ModelCheckpoint):
    def on_train_batch_begin(self, batch, logs=None):
        pass


@pytest.mark.parametrize(
    ("callback", "phases"),
    [
        (History(), ""),
        (EarlyStopping(), ""),
        (ModelCheckpoint("m.weights.h5", save_weights_only=True), ""),
        (ModelCheckpoint("m.weights.h5", save_weights_only=True, save_freq=5), "train"),
        (WatchingCheckpoint("m.weights.h5", save_weights_only=True), "train"),
        (TerminateOnNaN(), "train"),
        (ProgbarLogger(), "train test predict"),
        (WatchesTest(), "test"),
        (WatchesPredict(), "predict"),
        (LambdaCallback(on_epoch_end=print), ""),
        (LambdaCallback(on_train_batch_end=print), "train"),
        (LambdaCallback(on_test_batch_end=print), "test"),
    ],
)
def test_who_wants_batches(callback, phases):
    hooks = CallbackList([callback])
    assert [p for p in ("train", "test", "predict") if hooks.wants_batches(p)] == phases.split()


def test_lambda_callback_calls_what_it_was_given():
    told = []
    callback = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: told.append(epoch),
        on_test_end=lambda logs: told.append("test"),
    )
    hooks = CallbackList([callback])
    hooks.on_epoch_begin(2)
    hooks.on_epoch_end(2)
    hooks.on_test_end()
    assert told == [2, "test"]


def test_lambda_callback_refuses_hooks_that_there_are_not():
    with pytest.raises(TypeError, match=r"no hook 'on_epoch_ends'. Did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(TypeError, match="on_epoch_end must be a function, not 3"):
        LambdaCallback(on_epoch_end=3)


def test_history_goes_on_over_several_fits():
    history = History()
    model = train([history], losses(3.0, 2.0))
    train([history], [{"loss": 1.0, "val_loss": 5.0}], model=model)
    assert history.epoch == [0]
    assert history.history == {"loss": [3.0, 2.0, 1.0], "val_loss": [5.0]}
