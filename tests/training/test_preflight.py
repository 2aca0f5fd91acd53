"""Preflight: common mistakes are found before the first step, and right programs are left alone."""

from __future__ import annotations

import re
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import callbacks, layers
from lamina.preflight import CHECKS, examine
from lamina.preflight.facts import Facts
from lamina.preflight.finding import error, refuse, warn_of, warning
from lamina.training.intake import take_in
from lamina.training.plan import Plan
from tests.training.mistakes import LABELS, MISTAKES, NUMBERS, ONE_HOT, YES_NO, X, net, short
from tests.training.nets import assert_same_weights


class BegunError(Exception):
    """The first step would be next."""


class Stop(lamina.callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise BegunError


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_mistakes_are_found_before_the_first_step(mistake, trains):
    model, fit = mistake.program(lamina)
    callbacks = [*fit.pop("callbacks", []), Stop()]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ValueError if mistake.kind == "error" else BegunError) as raised:
            model.fit(**fit, callbacks=callbacks, verbose=0)
    said = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    notes = getattr(raised.value, "__notes__", ())
    text = "\n".join([str(raised.value), *notes] if mistake.kind == "error" else said)
    assert all(part in text for part in mistake.parts), text
    if mistake.kind == "warning":
        assert len(said) == 1, text  # one mistake, one warning
    first = str(raised.value) if mistake.kind == "error" else said[0]
    row = f"{mistake.kind}: {short(first)}"
    assert _without_numbers(row) == _without_numbers(TABLE[mistake.what])


def _table() -> dict[str, str]:
    """What docs/preflight.md says that lamina says, by mistake."""
    text = Path(__file__).parents[2].joinpath("docs/preflight.md").read_text(encoding="utf-8")
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1] for row in cells if row[0] != "mistake"}


TABLE = _table()


def test_there_are_many():
    assert len({mistake.what for mistake in MISTAKES}) == len(MISTAKES) >= 40
    assert {mistake.what for mistake in MISTAKES} == TABLE.keys()


def _without_numbers(text):
    """Automatic names count on through a process; and a longer name leaves less room in a row."""
    return re.sub(r"_\d+\b", "", text)[:110]


RIGHT = {
    "classes": (3, "softmax", "sparse_categorical_crossentropy", LABELS),
    "one-hot": (3, "softmax", "categorical_crossentropy", ONE_HOT),
    "one-hot, mse": (3, "softmax", "mse", ONE_HOT),
    "yes or no": (1, "sigmoid", "binary_crossentropy", YES_NO),
    "yes or no, one axis": (1, "sigmoid", "binary_crossentropy", YES_NO[:, 0].astype("int64")),
    "several at once": (3, "sigmoid", "binary_crossentropy", np.maximum(ONE_HOT, ONE_HOT[::-1])),
    "numbers": (1, None, "mse", NUMBERS),
    "counts": (1, "exponential", "poisson", np.abs(np.round(NUMBERS * 3))),
    "yes or no, hinge": (1, "tanh", "hinge", YES_NO * 2 - 1),
    "logits": (
        3,
        None,
        lamina.losses.SparseCategoricalCrossentropy(from_logits=True),
        LABELS,
    ),
    "own loss": (1, None, lambda y, p: lamina.ops.mean(lamina.ops.abs(y - p), axis=-1), NUMBERS),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_programs_are_left_alone(case, trains):
    units, activation, loss, y = RIGHT[case]
    model = net(lamina, units, activation)
    metrics = ["accuracy"] if units == 3 or activation == "sigmoid" else ["mae"]
    model.compile(lamina.optimizers.Adam(0.01), loss, metrics=metrics)
    stop = lamina.callbacks.EarlyStopping("val_loss", patience=2)
    report = model.preflight(X, y, validation_split=0.25, callbacks=[stop], epochs=5)
    assert [found for found in report if found.kind != "hint"] == []


def test_all_errors_come_in_one(trains):
    model = net(lamina, 3, "softmax")
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"(?s)2 mistakes.*1\. .*labels.*2\. .*sample_weight"):
        model.fit(X, LABELS + 1, sample_weight=np.zeros(64), verbose=0)
    found = model.preflight(X, LABELS + 1, sample_weight=np.zeros(64))
    assert [one.kind for one in found] == ["error"] * 2
    assert all(one.what and one.where and one.fix for one in found)
    assert str(found).count("error: ") == 2


def test_data_that_do_not_fit_are_a_finding(trains):
    model = net(lamina, 3, "softmax")
    model.compile("sgd", "sparse_categorical_crossentropy")
    (found,) = model.preflight(X[:, :3], LABELS)
    assert found.kind == "error" and "(64, 3)" in str(found)
    (found,) = model.preflight(X, LABELS, validation_data=(X[:9].copy(), LABELS[:9] + 1))
    assert "`validation y` holds labels" in str(found)


def test_it_can_be_turned_off(trains):
    model = net(lamina, 1, "softmax")
    model.compile("sgd", "binary_crossentropy")
    assert np.isfinite(model.fit(X, YES_NO, verbose=0, preflight=False).history["loss"][0])


def test_callbacks_that_log_more_are_believed(trains):
    class Logs(lamina.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["mine"] = 1.0

    model = net(lamina, 1, None)
    model.compile("sgd", "mse")
    stop = lamina.callbacks.EarlyStopping("mine", mode="min")
    assert list(model.preflight(X, NUMBERS, callbacks=[Logs(), stop])) == []


def _fitted(model, x, y=None, **options):
    """What `fit` warns of, from its start to its end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(x, y, verbose=0, **options)
    return [str(w.message) for w in caught if issubclass(w.category, UserWarning)]


def test_a_missing_log_is_told_once(trains):
    model = net(lamina, 1, None)
    model.compile("sgd", "mse")
    stop = lamina.callbacks.EarlyStopping("val_los", mode="min")
    (said,) = _fitted(model, X, NUMBERS, callbacks=[stop], epochs=2)
    assert "`EarlyStopping` looks at 'val_los'" in said
    stop = lamina.callbacks.EarlyStopping("val_los", mode="min")
    (said,) = _fitted(model, X, NUMBERS, callbacks=[stop], preflight=False)
    assert "EarlyStopping: no 'val_los'" in said


def _batches(x, y, *weights):
    """Of one class each."""
    order = np.argsort(y.reshape(-1), kind="stable")
    return [tuple(a[rows] for a in (x, y, *weights)) for rows in np.array_split(order, 4)]


class _Loader:
    """Batches that can be started again."""

    def __init__(self, batches):
        self._batches = batches

    def __iter__(self):
        return iter(self._batches)


def test_the_first_batch_is_looked_at(trains):
    def model(activation):
        made = net(lamina, 1, activation)
        made.compile("sgd", lamina.losses.BinaryCrossentropy(from_logits=True))
        return made

    weights = np.ones(64)
    weights[YES_NO[:, 0] == 0] = 0  # of all samples in the first batch
    right = _batches(X, YES_NO, weights)
    assert _fitted(model(None), iter(right)) == []
    hot = [(100 * x, y) for x, y in _batches(X, YES_NO)]
    hot[0][0][0, 0] = np.nan
    stop = lamina.callbacks.EarlyStopping("val_loss")
    said = _fitted(model("sigmoid"), iter(hot), callbacks=[stop], on_nan="ignore")
    parts = ["NaN", "is not scaled", "applies one again", "'val_loss'"]
    assert [part for part, text in zip(parts, said, strict=True) if part in text] == parts
    assert _fitted(model("sigmoid"), iter(right), preflight=False) == []
    seen = [str(found) for found in model("sigmoid").preflight(_Loader(hot))]
    assert [part for part, text in zip(parts[:3], seen, strict=True) if part in text] == parts[:3]
    (found,) = model(None).preflight(iter(right))
    assert "would use it up" in str(found)


def test_layers_of_the_users_may_do_anything_with_an_activation(trains):
    class Own(layers.Dense):
        def call(self, inputs):
            return lamina.ops.sigmoid(super().call(inputs))

    model = lamina.Sequential([layers.Input((4,)), Own(1)])
    model.compile("sgd", "binary_crossentropy")
    assert list(model.preflight(X, YES_NO)) == []


def test_scaling_layers_take_any_scale(trains):
    for first in (layers.BatchNormalization(), layers.LayerNormalization()):
        model = net(lamina, 1, None, hidden=[first])
        model.compile("sgd", "mse")
        assert list(model.preflight(X * 1000, NUMBERS)) == []


def test_delivering():
    with pytest.warns(UserWarning, match=r"`a` is odd\. Because\. Mend it\."):
        warn_of([warning("`a`", "is odd.", "Because.", "Mend it.")])
    with pytest.raises(ValueError, match=r"^`a` is wrong\.$"):
        refuse([error("`a`", "is wrong.")])


def _state(model):
    held = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(v.numpy()) for v in held]


def test_overfitting_one_batch_puts_everything_back(trains):
    hidden = [layers.Dense(16, activation="relu"), layers.Dropout(0.1)]
    model = net(lamina, 3, "softmax", hidden=hidden)
    model.compile(lamina.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["acc"])
    model.fit(X, LABELS, verbose=0)
    before = _state(model)
    report = model.preflight(X, LABELS, overfit=True)
    assert list(report) == [] and report.overfit.last < 0.7 * report.overfit.first
    assert report.overfit.samples == 32 and "one batch of 32" in str(report)
    assert_same_weights(before, _state(model))


def test_what_cannot_learn_is_said_and_where(trains):
    dead = layers.Dense(
        4, "relu", bias_initializer=lamina.initializers.Constant(-100.0), name="dead"
    )
    model = net(lamina, 1, None, hidden=[dead])
    model.compile(lamina.optimizers.SGD(1e-4), "mse")
    report = model.preflight(X, NUMBERS, overfit=True)
    assert ["cannot learn" in str(found) for found in report] == [True, False]
    assert report.overfit.without_gradient == [dead.path]


def test_it_looks_at_samples_of_large_data(trains):
    """Data are not copied or gone through as a whole."""
    model = net(lamina, 10, "softmax", x=np.zeros((1, 784)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x, y = rng.random((20000, 784), "float32"), rng.integers(0, 10, 20000)
    fitted = take_in(model, x, y)
    own = [check for check in CHECKS if check.__name__ != "not_finite"]  # was there before
    tracemalloc.start()
    assert examine(Facts(model, *fitted, plan=Plan()), own) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes / 20


UNWRITABLE = {
    "CSVLogger": lambda path: callbacks.CSVLogger(path / "log.csv"),
    "TensorBoard": lambda path: callbacks.TensorBoard(path / "logs"),
    "BackupAndRestore": lambda path: callbacks.BackupAndRestore(path / "backups"),
    "ModelCheckpoint": lambda path: callbacks.ModelCheckpoint(
        str(path / "{epoch}.weights.h5"), save_weights_only=True
    ),
}


@pytest.mark.parametrize("kind", UNWRITABLE)
def test_what_cannot_be_written_is_said_before_training(kind, tmp_path):
    (tmp_path / "a file").write_text("")
    model = net(lamina, 1, "sigmoid")
    model.compile("sgd", "binary_crossentropy")
    callback = UNWRITABLE[kind](tmp_path / "a file")
    with pytest.raises(ValueError, match=f"`{kind}` is to write .*a file' is not a folder"):
        model.fit(X, YES_NO, verbose=0, callbacks=[callback])


@pytest.mark.parametrize("name", ["{loss:d}", "{}", "{epoch:q}"])
def test_a_name_that_is_not_a_format_is_said(name):
    model = net(lamina, 1, "sigmoid")
    model.compile("sgd", "binary_crossentropy")
    save = callbacks.ModelCheckpoint(f"{name}.weights.h5", save_weights_only=True)
    with pytest.raises(ValueError, match="not a format for a file's name"):
        model.fit(X, YES_NO, verbose=0, callbacks=[save])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "float32"])
def test_integers_that_an_embedding_has_no_row_for_are_found_in_each_dtype(dtype):
    """Tables larger than the dtype included: there only negative numbers have no row."""
    negative = [] if dtype == "uint8" else [-1, -100]
    for rows in (100, 1000):
        model = lamina.Sequential([lamina.Input((3,)), lamina.layers.Embedding(rows, 2)])
        for worst in (rows - 1, rows, *negative):
            info = np.iinfo(dtype) if dtype != "float32" else np.finfo(dtype)
            if not info.min <= worst <= info.max:
                continue
            x = np.array([[0, 5, worst]] * 2)[:, ::-1].astype(dtype)
            if 0 <= worst < rows:
                model.predict(x, verbose=0)
                continue
            with pytest.raises(ValueError, match=f"has rows for 0 to {rows - 1}"):
                model.predict(x, verbose=0)
