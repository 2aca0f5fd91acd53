"""Callbacks, driven by hand on a model that only looks like one."""

import csv
import math
import warnings

import numpy as np
import pytest

import lamina
from lamina.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgbarLogger,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from lamina.metrics import AUC


class Optimizer:
    learning_rate = 1.0


class Model:
    """As much of a model as callbacks need."""

    def __init__(self):
        self.stop_training = False
        self.weights = [np.zeros(1)]
        self.optimizer = Optimizer()
        self.saved = []
        self.metrics = []

    def get_weights(self):
        return [w.copy() for w in self.weights]

    def set_weights(self, weights):
        self.weights = weights

    def save_weights(self, path, overwrite):
        self.saved.append(path)


def train(callbacks, epochs, batches=0, model=None):
    """Run `callbacks` over `epochs`, a list of logs; the number of epochs that were run."""
    model = model or Model()
    hooks = CallbackList(
        callbacks, add_history=True, model=model, epochs=len(epochs), steps=batches, verbose=0
    )
    model.stop_training = False
    hooks.on_train_begin()
    for epoch, logs in enumerate(epochs):
        logs = dict(logs)
        hooks.on_epoch_begin(epoch)
        for batch in range(batches):
            hooks.on_train_batch_begin(batch)
            hooks.on_train_batch_end(batch, logs)
        model.weights = [np.array([float(epoch)])]
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    hooks.on_train_end(logs)
    return model


def losses(*values, name="loss"):
    return [{name: value} for value in values]


# Callback, CallbackList


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


# LambdaCallback, History


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


# EarlyStopping


def test_early_stopping_restores_the_best_weights(capsys):
    stop = EarlyStopping("loss", patience=2, restore_best_weights=True, verbose=1)
    model = train([stop], losses(3.0, 1.0, 2.0, 2.0, 0.0))
    assert stop.stopped_epoch == 3 and stop.best_epoch == 1
    assert model.weights[0] == [1.0]
    shown = capsys.readouterr().out
    assert "Epoch 4: early stopping" in shown and "best epoch, 2" in shown


def test_a_missing_monitor_is_warned_of_once():
    with pytest.warns(UserWarning) as caught:
        model = train([EarlyStopping("val_los")], [{"loss": 1.0, "val_loss": 1.0}] * 3)
    assert not model.stop_training and len(caught) == 1
    text = str(caught[0].message)
    assert (
        "no 'val_los'" in text
        and "Did you mean 'val_loss'" in text
        and "Available: loss, val_loss" in text
    )


def test_a_missing_validation_is_told_of():
    with pytest.warns(UserWarning, match="Give fit `validation_data`"):
        train([EarlyStopping("val_score")], losses(1.0, name="score"))


def test_an_unknown_direction_is_an_error():
    with pytest.raises(
        ValueError, match=r"'score' should rise or fall is not known\. Say mode='max'"
    ):
        train([EarlyStopping("score")], losses(1.0, name="score"))
    with pytest.warns(UserWarning, match="must be 'auto', 'min' or 'max', not 'big'"):
        EarlyStopping(mode="big")


@pytest.mark.parametrize("name", ["accuracy", "acc", "val_auc", "val_left_accuracy", "precision_1"])
def test_what_should_rise(name):
    stop = EarlyStopping(name)
    train([stop], losses(0.1, 0.2, 0.3, 0.2, 0.1, name=name))
    assert stop.stopped_epoch == 3 and stop.best == 0.3


@pytest.mark.parametrize(
    "name", ["loss", "val_loss", "huber", "mse", "val_mae", "left_loss", "kl_divergence"]
)
def test_what_should_fall(name):
    stop = EarlyStopping(name)
    train([stop], losses(0.3, 0.2, 0.1, 0.2, 0.3, name=name))
    assert stop.stopped_epoch == 3 and stop.best == 0.1


def test_the_metric_of_that_name_decides_first():
    model = Model()
    model.metrics = [AUC(name="error")]
    stop = EarlyStopping("val_error")
    train([stop], losses(0.1, 0.2, 0.1, name="val_error"), model=model)
    assert stop.best == 0.2


def test_nan_is_never_the_best():
    stop = EarlyStopping("loss", patience=3)
    train([stop], losses(math.nan, 2.0, math.nan, 1.0))
    assert stop.best == 1.0 and stop.stopped_epoch == 0


# Learning rates


def test_schedule_with_one_and_with_two_arguments():
    for schedule in (
        lambda epoch: 0.5**epoch,
        lambda epoch, rate: 0.5**epoch,
        lambda epoch, rate=None: 0.5**epoch,
    ):
        model = train([LearningRateScheduler(schedule)], losses(1.0, 1.0, 1.0))
        assert model.history.history["learning_rate"] == [1.0, 0.5, 0.25]


def test_an_error_in_the_schedule_stays_what_it_is():
    def schedule(epoch, rate):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        train([LearningRateScheduler(schedule)], losses(1.0))


def test_a_schedule_must_return_a_number(capsys):
    with pytest.raises(ValueError, match="must return a number, but returned None for epoch 0"):
        train([LearningRateScheduler(lambda epoch: None)], losses(1.0))
    with pytest.raises(TypeError, match="must be a function"):
        LearningRateScheduler(0.1)
    train([LearningRateScheduler(lambda epoch: 0.25, verbose=1)], losses(1.0))
    assert capsys.readouterr().out == "Epoch 1: the learning rate is set to 0.25\n"


def test_plateau_checks_its_arguments(capsys):
    with pytest.raises(ValueError, match="`factor` must be below 1"):
        ReduceLROnPlateau(factor=1.0)
    with pytest.raises(TypeError, match="paitence"):
        ReduceLROnPlateau(paitence=1)
    assert ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5
    train([ReduceLROnPlateau("loss", patience=1, verbose=1)], losses(1.0, 1.0))
    assert "Epoch 2: the learning rate is reduced to 0.1" in capsys.readouterr().out


def test_plateau_refuses_a_schedule_before_training():
    class Scheduled:
        learning_rate = property(lambda self: 0.1)

    model = Model()
    model.optimizer = Scheduled()
    with pytest.raises(AttributeError):
        train([ReduceLROnPlateau("loss")], [], model=model)


# ModelCheckpoint


def test_checkpoint_fills_in_the_name(tmp_path):
    path = tmp_path / "new" / "{epoch:02d}-{val_loss:.2f}.weights.h5"
    model = train(
        [ModelCheckpoint(path, save_weights_only=True)], losses(1.0, 0.123, name="val_loss")
    )
    assert model.saved == [
        str(tmp_path / "new" / name) for name in ("01-1.00.weights.h5", "02-0.12.weights.h5")
    ]
    assert (tmp_path / "new").is_dir()


def test_checkpoint_counts_batches_over_epochs():
    save = ModelCheckpoint("{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=3)
    model = train([save], losses(1.0, 1.0), batches=5)
    assert model.saved == ["1-3.weights.h5", "2-1.weights.h5", "2-4.weights.h5"]


@pytest.mark.parametrize(
    ("per_call", "save_freq", "batches"),
    [
        (32, 32, [32]),
        (4, 8, [8, 16, 24, 32]),
        (8, 4, [8, 16, 24, 32]),
        (4, 6, [8, 16, 24, 32]),
        (1, 20, [20]),
    ],
)
def test_checkpoint_counts_batches_of_calls(tmp_path, per_call, save_freq, batches):
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse", steps_per_execution=per_call)
    save = ModelCheckpoint(
        tmp_path / "{batch}.weights.h5", save_weights_only=True, save_freq=save_freq
    )
    x = np.zeros((64, 1), "float32")
    model.fit(x, x, batch_size=2, verbose=0, callbacks=[save])
    assert sorted(int(p.name.split(".")[0]) for p in tmp_path.iterdir()) == batches


def test_checkpoint_saves_only_what_is_better(capsys):
    save = ModelCheckpoint("{epoch}.weights.h5", "acc", 1, True, True, initial_value_threshold=0.5)
    model = train([save], losses(0.4, 0.6, 0.6, 0.7, name="acc"))
    assert model.saved == ["2.weights.h5", "4.weights.h5"]
    shown = capsys.readouterr().out
    assert "Epoch 1: acc did not improve from 0.50000" in shown
    assert "Epoch 4: acc improved from 0.60000 to 0.70000, saving to 4.weights.h5" in shown


def test_checkpoint_names_what_is_wrong_with_the_file():
    with pytest.raises(ValueError, match=r"must end with .weights.h5, but `filepath` is 'm.h5'"):
        ModelCheckpoint("m.h5", save_weights_only=True)
    with pytest.raises(ValueError, match=r"must end with .keras or .h5"):
        ModelCheckpoint("m")
    with pytest.raises(
        ValueError, match="`save_freq` must be 'epoch' or a number of batches, not 'batch'"
    ):
        ModelCheckpoint("m.keras", save_freq="batch")
    save = ModelCheckpoint("{val_los}.weights.h5", save_weights_only=True)
    with pytest.raises(
        KeyError, match=r"names 'val_los', which is not among the logs\. Available: epoch, loss"
    ):
        train([save], losses(1.0))


def test_checkpoint_without_its_monitor_saves_every_time():
    save = ModelCheckpoint("{epoch}.weights.h5", save_best_only=True, save_weights_only=True)
    with pytest.warns(
        UserWarning,
        match=r"no 'val_loss' in the logs, so the model is saved every time\. Give fit",
    ):
        model = train([save], losses(1.0, 1.0))
    assert len(model.saved) == 2


def test_checkpoint_of_whole_models():
    with pytest.raises(NotImplementedError, match="save_weights_only=True"):
        train([ModelCheckpoint("m.keras")], losses(1.0))
    model = Model()
    model.save = lambda path, overwrite: model.saved.append(path)
    train([ModelCheckpoint("m.keras")], losses(1.0), model=model)
    assert model.saved == ["m.keras"]


# TerminateOnNaN, CSVLogger, ProgbarLogger


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_ends_training(bad, capsys):
    model = train([TerminateOnNaN()], losses(1.0, bad, 1.0), batches=1)
    assert model.stop_training and len(model.history.epoch) == 2
    assert f"Batch 0: the loss is {bad}" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="the loss is"):
        train([TerminateOnNaN(raise_error=True)], losses(bad), batches=1)


def test_csv_goes_on_in_the_same_file(tmp_path):
    path = tmp_path / "log.csv"
    train([CSVLogger(path, separator=";")], losses(2.0, 1.0))
    train([CSVLogger(path, separator=";", append=True)], losses(0.5))
    rows = list(csv.reader(path.read_text().splitlines(), delimiter=";"))
    assert rows == [
        ["epoch", "loss", "val_loss"],
        ["0", "2.0", "NA"],
        ["1", "1.0", "NA"],
        ["0", "0.5", "NA"],
    ]


def test_csv_has_every_epoch_on_disk_at_once(tmp_path):
    path = tmp_path / "log.csv"
    logger = CSVLogger(str(path))
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 1.0, "val_loss": np.array([1, 2])})
    assert path.read_text() == 'epoch,loss,val_loss\n0,1.0,"""[1, 2]"""\n'
    logger.on_train_end()


def test_progbar_logger_shows_lines(capsys):
    hooks = CallbackList(add_progbar=True, epochs=2, steps=1, verbose=2)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    hooks.on_train_batch_end(0, {"loss": 9.0})
    hooks.on_test_begin()
    hooks.on_test_batch_end(0, {"loss": 9.0})
    hooks.on_test_end({"loss": 9.0})
    hooks.on_epoch_end(0, {"loss": 1.0})
    hooks.on_train_end()
    hooks.on_predict_begin()
    hooks.on_predict_batch_end(0, {"outputs": object()})
    hooks.on_predict_end()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Epoch 1/2 - 1/1 - ") and lines[0].endswith(" - loss: 1.0000")
    assert lines[1].startswith("1/1 - ")


# With the real loop


def fitted(callbacks, **kwargs):
    lamina.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(4,))])
    model.compile(lamina.optimizers.SGD(0.1), "mse", metrics=["mae"])
    arguments = {"batch_size": 16, "epochs": 3, "verbose": 0, "validation_split": 0.25} | kwargs
    model.fit(x, x.sum(1, keepdims=True), callbacks=callbacks, **arguments)
    return model


def test_fit_drives_callbacks(engine, tmp_path):
    if "differentiates" not in engine.capabilities:
        pytest.skip("no gradients")
    seen = []
    path = tmp_path / "log.csv"
    model = fitted(
        [
            LambdaCallback(
                on_train_batch_end=lambda batch, logs: seen.append((batch, logs["loss"]))
            ),
            CSVLogger(path),
            TerminateOnNaN(),
            ReduceLROnPlateau("loss", min_delta=1e9, patience=1, factor=0.5),
        ]
    )
    assert [batch for batch, _ in seen] == [0, 1, 2] * 3
    assert all(isinstance(loss, float) for _, loss in seen)
    history = model.history.history
    assert set(history) == {"loss", "mae", "val_loss", "val_mae", "learning_rate"}
    assert np.allclose(history["learning_rate"], [0.1, 0.1, 0.05])
    with path.open() as file:
        assert [float(row["val_mae"]) for row in csv.DictReader(file)] == history["val_mae"]


def test_fit_gives_equal_results_with_and_without_batch_hooks():
    plain = fitted([]).history.history
    watched = fitted([LambdaCallback(on_train_batch_end=lambda batch, logs: None)]).history.history
    for name, values in plain.items():
        assert np.allclose(values, watched[name], rtol=1e-5), name


def test_fit_stops_early_and_restores():
    kept = []
    stop = EarlyStopping("val_loss", patience=1, mode="max", restore_best_weights=True)
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(keep.model.get_weights()))
    model = fitted([keep, stop], epochs=10)
    assert len(model.history.epoch) == 2 and stop.best_epoch == 0
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), kept[0], strict=True))


def test_fit_writes_checkpoints(tmp_path):
    path = tmp_path / "{epoch:02d}-{val_loss:.3f}.weights.h5"
    model = fitted([ModelCheckpoint(path, save_weights_only=True)])
    names = [
        f"{i + 1:02d}-{loss:.3f}.weights.h5"
        for i, loss in enumerate(model.history.history["val_loss"])
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    last = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in last])
    model.load_weights(tmp_path / names[-1])
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), last, strict=True))


def test_fit_refuses_what_is_no_callback():
    with pytest.raises(TypeError, match="not a Callback"):
        fitted([EarlyStopping])


def test_plateau_refuses_a_real_schedule_before_training():
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(4,))])
    model.compile(lamina.optimizers.SGD(lambda step: 0.1), "mse")
    with pytest.raises(ValueError, match="follows a schedule"), warnings.catch_warnings():
        model.fit(
            np.ones((4, 4)), np.ones((4, 1)), callbacks=[ReduceLROnPlateau("loss")], verbose=0
        )
