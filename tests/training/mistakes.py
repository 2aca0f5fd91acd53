"""Common mistakes: each a function of a namespace, lamina or Keras, that gives a model and what `fit` gets.

`tests/training/test_preflight.py` holds that lamina finds each before the first step;
`tools/preflight_table.py` also runs Keras on it and writes `docs/preflight.md`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

_RNG = np.random.default_rng(0)
X = _RNG.normal(size=(64, 4)).astype("float32")
LABELS = np.arange(64) % 3
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
YES_NO = (np.arange(64) % 2).astype("float32")[:, None]
NUMBERS = _RNG.normal(size=(64, 1)).astype("float32")
SPARSE, CATEGORICAL = "sparse_categorical_crossentropy", "categorical_crossentropy"
BINARY = "binary_crossentropy"


class Mistake(NamedTuple):
    """What was done, which kind of finding it is, parts of the text, and the program."""

    what: str
    kind: str
    parts: tuple[str, ...]
    program: Callable[[Any], tuple[Any, dict]]


def short(text: str) -> str:
    """Return what the table of docs/preflight.md shows of a message."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)  # colours
    line = " ".join(plain.split()).replace("|", "\\|")
    return line if len(line) <= 160 else line[:157] + "..."


def net(k: Any, units: int, activation: Any, *more: Any, hidden: Any = None, x: Any = X) -> Any:
    first = hidden or [k.layers.Dense(5, activation="relu")]
    out = k.layers.Dense(units, activation=activation, name="out")
    return k.Sequential([k.layers.Input(x.shape[1:]), *first, out, *more])


def case(
    what: str,
    kind: str,
    parts: str | tuple[str, ...],
    loss: Any = SPARSE,
    units: int = 3,
    activation: Any = "softmax",
    y: Any = LABELS,
    x: Any = X,
    optimizer: Any = "sgd",
    metrics: Any = None,
    hidden: Any = None,
    more: Any = None,
    model: Any = None,
    compiled: Any = None,
    **fit: Any,
) -> Mistake:
    """A mistake; what depends on the namespace is a function of it."""

    def of(k: Any, value: Any) -> Any:
        return value(k) if callable(value) else value

    def program(k: Any) -> tuple[Any, dict]:
        made = of(k, model) or net(
            k, units, activation, *(of(k, more) or ()), hidden=of(k, hidden), x=x
        )
        made.compile(of(k, optimizer), of(k, loss), metrics=of(k, metrics), **(compiled or {}))
        return made, {"x": x, "y": y, **{name: of(k, value) for name, value in fit.items()}}

    return Mistake(what, kind, (parts,) if isinstance(parts, str) else parts, program)


def _with(x: np.ndarray, value: float) -> np.ndarray:
    changed = x.astype("float32").copy()
    changed.flat[0] = value
    return changed


def _one(value: float) -> np.ndarray:
    return np.full(64, value, "float32")


def _frozen(k: Any) -> Any:
    model = net(k, 3, "softmax")
    model.trainable = False
    return model


def _misspelt(k: Any) -> Any:
    model = net(k, 3, "softmax")
    model.layers[0].trainble = False
    return model


def _one_initializer(k: Any) -> Any:
    start = k.initializers.GlorotUniform(seed=1)
    inputs = k.layers.Input((4,))
    branches = [
        k.layers.Dense(3, activation="relu", kernel_initializer=start)(inputs) for _ in range(2)
    ]
    out = k.layers.Dense(3, activation="softmax")(k.layers.Add()(branches))
    return k.Model(inputs, out)


def _embedding(k: Any) -> Any:
    return k.Sequential(
        [
            k.layers.Input((4,), dtype="int32"),
            k.layers.Embedding(10, 3),
            k.layers.Flatten(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def _stateful(k: Any) -> Any:
    return k.Sequential(
        [
            k.layers.Input(batch_shape=(24, 4)),
            k.layers.Reshape((4, 1)),
            k.layers.LSTM(2, stateful=True),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def _not_a_folder() -> str:
    file = Path(tempfile.gettempdir(), "lamina-preflight-file")
    file.write_text("a file, not a folder")
    return str(file / "best.weights.h5")


def _checkpoint(path: Any, **more: Any) -> Callable:
    return lambda k: [k.callbacks.ModelCheckpoint(path, save_weights_only=True, **more)]


def _scheduled(k: Any) -> Any:
    return k.optimizers.SGD(k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))


def _two_dropouts(k: Any) -> list:
    return [
        k.layers.Dense(5, activation="relu"),
        k.layers.Dropout(0.5, seed=1),
        k.layers.Dense(5, activation="relu"),
        k.layers.Dropout(0.5, seed=1),
    ]


LOSSES = [
    case("softmax, and `from_logits=True`", "warning", ("applies one again", "from_logits"),
         lambda k: k.losses.SparseCategoricalCrossentropy(from_logits=True)),
    case("sigmoid, and `from_logits=True`", "warning", "applies one again",
         lambda k: k.losses.BinaryCrossentropy(from_logits=True), 1, "sigmoid", YES_NO),
    case("no softmax, and no `from_logits`", "warning", ("no activation", "softmax"), SPARSE, 3, None),
    case("no sigmoid, and no `from_logits`", "warning", ("no activation", "sigmoid"), BINARY, 1, None, YES_NO),
    case("tanh before a crossentropy", "warning", "a tanh", CATEGORICAL, 3, "tanh", ONE_HOT),
    case("softmax over one unit", "error", ("softmax over one unit", "sigmoid"), BINARY, 1, "softmax", YES_NO),
    case("categorical crossentropy of one unit", "error", "always 0", CATEGORICAL, 1, "sigmoid", YES_NO),
    case("binary crossentropy of a softmax", "warning", "yes or no of its own", BINARY, 3, "softmax", ONE_HOT),
    case("categorical crossentropy of sigmoids", "warning", "shares of 1", CATEGORICAL, 3, "sigmoid", ONE_HOT),
    case("softmax applied twice", "warning", "applies softmax to the softmax",
         more=lambda k: [k.layers.Softmax()]),
    case("relu, and negative numbers to learn", "warning", ("relu", "cannot be reached"), "mse", 1, "relu", NUMBERS),
    case("sigmoid, and numbers above 1 to learn", "warning", ("sigmoid", "between 0 and 1"), "mse", 1, "sigmoid",
         np.abs(NUMBERS) * 10),
    case("tanh, and numbers up to 10 to learn", "warning", "between -1 and 1", "mae", 1, "tanh", NUMBERS * 10),
    case("percentage error of zeros", "warning", "no percentage", "mape", 1, None, YES_NO),
    case("logarithmic error of negative numbers", "warning", "for numbers from 0", "msle", 1, None, NUMBERS),
    case("Poisson loss of negative numbers", "warning", "for numbers from 0", "poisson", 1, "exponential", NUMBERS),
    case("`loss_weights` of NaN", "error", "`loss_weights`", compiled={"loss_weights": float("nan")}),
    case("`loss_weights` of 0", "error", "0 for every output", compiled={"loss_weights": 0.0}),
]  # fmt: skip
TARGETS = [
    case("labels counted from 1", "error", ("labels from 1 to 3", "from 0"), y=LABELS + 1),
    case("negative labels", "error", "labels from -1 to 1", y=LABELS - 1),
    case("more labels than units", "error", "one unit per class", y=LABELS * 5),
    case("labels of sequences without a unit (CTC)", "error", "labels from 3 to 4, but the output has 3", "ctc",
         y=np.stack([LABELS * 0 + 3, LABELS * 0 + 4], 1), x=np.stack([X] * 5, 1), activation=None),
    case("labels that are not whole", "error", "not whole numbers", y=LABELS + 0.5),
    case("labels of -1 and 1", "error", ("from -1 to 1", "0 and 1"), BINARY, 1, "sigmoid", YES_NO * 2 - 1),
    case("one-hot targets, sparse loss", "error", "one-hot", y=ONE_HOT),
    case("numbers of classes, categorical loss", "error", "shape", CATEGORICAL),
    case("targets `(N, 1)` against 3 units", "error", "shape", "mse", 3, None, NUMBERS),
    case("targets `(N,)` against 3 units", "error", "shape", "mse", 3, None, NUMBERS[:, 0]),
    case("several classes at once, categorical loss", "warning", "rows that sum to", CATEGORICAL, 3, "softmax",
         np.maximum(ONE_HOT, np.roll(ONE_HOT, 1, axis=1))),
    case("one class only", "warning", "one class only", y=LABELS * 0),
    case("one answer only", "warning", "one class only", BINARY, 1, "sigmoid", YES_NO * 0),
    case("sorted labels, and `validation_split`", "warning", ("`validation_split`", "[2]"), y=np.sort(LABELS),
         validation_split=0.4),
    case("sorted labels, and `shuffle=False`", "warning", "sorted by class", y=np.sort(LABELS), shuffle=False,
         batch_size=8),
    case("NaN among the targets", "warning", "`y` holds 1 NaN", "mse", 1, None, _with(NUMBERS, np.nan)),
]  # fmt: skip
DATA = [
    case("NaN among the inputs", "warning", "`x` holds 1 NaN", x=_with(X, np.nan)),
    case("infinity among the inputs", "warning", "1 infinite", x=_with(X, np.inf)),
    case("inputs from 0 to 255", "warning", ("not scaled", "Divide"), x=_RNG.integers(0, 256, (64, 4)).astype("uint8")),
    case("inputs in thousands", "warning", "not scaled", x=X * 5000),
    case("no data", "error", "empty", x=X[:0], y=LABELS[:0]),
    case("fewer targets than inputs", "error", "x has 64", y=LABELS[:60]),
    case("words without a row in the Embedding", "error", "has rows for 0 to 9",
         x=np.full((64, 4), 12, "int32"), model=_embedding),
    case("NaN among sample weights", "error", "`sample_weight`", sample_weight=_with(_one(1), np.nan)),
    case("negative sample weights", "warning", "is negative", sample_weight=_with(_one(1), -1)),
    case("sample weights all 0", "error", "0 for every sample", sample_weight=_one(0)),
    case("`class_weight` without a class of y", "warning", ("`class_weight`", "[2]"), class_weight={0: 1.0, 1: 2.0}),
    case("`class_weight` for a class that is none", "warning", ("`class_weight`", "[3]"),
         class_weight={0: 1.0, 1: 2.0, 2: 1.0, 3: 5.0}),
    case("negative `class_weight`", "error", "at least 0", class_weight={0: 1.0, 1: -2.0, 2: 1.0}),
    case("validation with the training data", "warning", "is the training data", validation_data=(X, LABELS)),
    case("validation with some of the training data", "warning", "overlaps", validation_data=(X[40:], LABELS[40:])),
]  # fmt: skip
METRICS = [
    case("`AUC` of logits, own loss", "warning", ("'auc'", "thresholds"),
         lambda k: lambda y, p: k.ops.mean(k.ops.square(y - p), axis=-1), 1, None, YES_NO,
         metrics=lambda k: [k.metrics.AUC(name="auc")]),
    case("`accuracy` with a hinge loss", "warning", "has no activation", "hinge", 1, None, YES_NO, metrics=["accuracy"]),
    case("`accuracy` of a regression", "warning", "learns numbers", "mse", 1, None, NUMBERS, metrics=["accuracy"]),
    case("`metrics.Accuracy()` of probabilities", "warning", "equals the output", BINARY, 1, "sigmoid", YES_NO,
         metrics=lambda k: [k.metrics.Accuracy()]),
    case("`MeanIoU` of probabilities", "warning", "predicted classes", BINARY, 1, "sigmoid", YES_NO,
         metrics=lambda k: [k.metrics.MeanIoU(2)]),
    case("`MeanIoU` of classes that it does not have", "warning", "neither as right nor as wrong",
         metrics=lambda k: [k.metrics.MeanIoU(2, sparse_y_pred=False)]),
    case("the best 5 of 3 classes", "warning", "always 1",
         metrics=lambda k: [k.metrics.SparseTopKCategoricalAccuracy(5)]),
]  # fmt: skip
LAYERS = [
    case("everything frozen", "warning", "no weights to train", model=_frozen),
    case("`layer.trainble = False`", "warning", "Did you mean 'trainable'", model=_misspelt),
    case("two Dropouts with one seed", "warning", "same seed", hidden=_two_dropouts),
    case("one seeded initializer for two weights", "warning", "begin with the same values", model=_one_initializer),
    case("kernels of zeros", "warning", "a kernel of 0", hidden=lambda k: [
        k.layers.Dense(5, activation="relu", kernel_initializer="zeros")]),
    case("Dropout as the last layer", "warning", "comes last", more=lambda k: [k.layers.Dropout(0.2)]),
    case("Dropout of rate 1", "warning", "drops everything", hidden=lambda k: [
        k.layers.Dense(5, activation="relu"), k.layers.Dropout(1.0)]),
    case("BatchNormalization, batches of 1", "warning", "batches of 1", hidden=lambda k: [
        k.layers.Dense(5), k.layers.BatchNormalization()], batch_size=1),
    case("a stateful RNN, the last batch smaller", "error", ("24 samples", "batch_size=24"), model=_stateful,
         batch_size=24),
]  # fmt: skip
OPTIMIZATION = [
    case("learning rate 0", "warning", "learning rate 0", optimizer=lambda k: k.optimizers.SGD(0.0)),
    case("learning rate 100", "warning", "learning rate 100", optimizer=lambda k: k.optimizers.Adam(100.0)),
    case("a pattern of an OptimizerMap that fits nothing", "warning", ("['out'], which fit no", "'sequential"),
         optimizer=lambda k: k.optimizers.MultiOptimizer(k.optimizers.OptimizerMap(
             k.optimizers.SGD(0.1), {"out": k.optimizers.SGD(0.01)}))),
    case("more accumulated batches than there are", "warning", "no update", batch_size=32,
         optimizer=lambda k: k.optimizers.SGD(0.1, gradient_accumulation_steps=8)),
    case("`initial_epoch` behind `epochs`", "warning", "`epochs`", epochs=5, initial_epoch=5),
    case("`validation_freq` above `epochs`", "warning", "`validation_freq`", validation_split=0.2, validation_freq=5),
    case("a `monitor` without validation", "warning", ("'val_loss'", "validation_data"),
         callbacks=lambda k: [k.callbacks.EarlyStopping("val_loss")]),
    case("a misspelt `monitor`", "warning", ("'los'", "Did you mean 'loss'"),
         callbacks=lambda k: [k.callbacks.EarlyStopping("los", mode="min")]),
    case("ReduceLROnPlateau beside a schedule", "error", "follows a schedule", optimizer=_scheduled,
         callbacks=lambda k: [k.callbacks.ReduceLROnPlateau("loss")]),
    case("LearningRateScheduler beside a schedule", "error", "follows a schedule", optimizer=_scheduled,
         callbacks=lambda k: [k.callbacks.LearningRateScheduler(lambda epoch: 0.1)]),
    case("LearningRateScheduler with several optimizers", "error", ("a MultiOptimizer has one", "['sgd"),
         optimizer=lambda k: k.optimizers.MultiOptimizer(k.optimizers.OptimizerMap(k.optimizers.SGD(0.1))),
         callbacks=lambda k: [k.callbacks.LearningRateScheduler(lambda epoch: 0.1)]),
    case("a checkpoint that cannot be written", "error", "is not a folder", callbacks=lambda k: [
        k.callbacks.ModelCheckpoint(_not_a_folder(), save_weights_only=True)]),
    case("a checkpoint named after no log", "error", "['val_loss']",
         callbacks=_checkpoint(str(Path(tempfile.gettempdir(), "lamina-{val_loss:.2f}.weights.h5")))),
]  # fmt: skip
GROUPS = {
    "Losses and activations": LOSSES,
    "Targets": TARGETS,
    "Data": DATA,
    "Metrics": METRICS,
    "Layers": LAYERS,
    "Optimizer and callbacks": OPTIMIZATION,
}
MISTAKES = [mistake for group in GROUPS.values() for mistake in group]
