"""What is measured: the rows of RESULTS.md, in their order."""

from __future__ import annotations

from typing import NamedTuple

ALL = ("jax", "torch", "tensorflow")


class Row(NamedTuple):
    """One row for each engine.

    `name` is `work:measure` of a file in `benchmarks/works`, whose sides stay alive and are asked in turns, or
    `module[:words]` of a script in `benchmarks/` that prints seconds: then each round is a new process.
    `by_hand` is what the script calls the side that is written by hand (or without what is measured).
    `bounds` are the most that lamina / Keras may be, or the words of another demand, by engine.
    """

    name: str
    what: str
    sides: tuple[str, ...] = ("lamina", "keras", "hand")
    bounds: dict[str, float | str] = {}  # noqa: RUF012 a NamedTuple's default is never changed
    engines: tuple[str, ...] = ALL
    is_script: bool = False

    @property
    def work(self) -> str:
        return self.name.split(":")[0]


def _by_engine(jax: float | str, torch: float | str, tensorflow: float | str) -> dict:
    return dict(zip(ALL, (jax, torch, tensorflow), strict=True))


def _script(name: str, what: str, beside: str, bound: float | str = "", **more) -> Row:
    bounds = dict.fromkeys(more.get("engines", ALL), bound) if bound else {}
    return Row(name, what, ("lamina", beside), bounds, is_script=True, **more)


ROWS = (
    Row("mlp:epochs", "the note's MLP, a later epoch, per step", bounds=_by_engine(0.5, 0.33, 0.2)),
    Row(
        "mlp:one_epoch",
        "the note's MLP, `fit` of one epoch, per step",
        bounds=_by_engine(0.7, 0.4, 0.4),
    ),
    Row("cnn:epochs", "CNN 28x28x1, batch 128, a step", bounds=_by_engine(0.5, 0.5, 0.9)),
    Row(
        "resnet:epochs",
        "ResNet with BatchNorm, 32x32x3, batch 64, a step",
        bounds=_by_engine(0.7, 0.6, 0.9),
    ),
    Row(
        "lstm:epochs",
        "Embedding + LSTM(32), length 100, batch 128, a step",
        bounds=_by_engine(0.7, 0.2, 0.5),
    ),
    Row(
        "transformer:epochs",
        "Transformer, 2 blocks, vocabulary 5000, batch 32, a step",
        bounds=_by_engine(0.9, 0.5, 0.7),
    ),
    Row(
        "mlp:predict_one",
        "`predict` of one",
        bounds=_by_engine(0.2, 0.1, 0.02),
        engines=(*ALL, "numpy"),
    ),
    Row("mlp:predict_all", "`predict` of 60,000", bounds=_by_engine(0.7, 0.6, 0.5)),
    Row("mlp:call_one", "`model(x)` of one", engines=(*ALL, "numpy")),
    Row("deep:train_on_batch", "`train_on_batch`, 21 layers", bounds=_by_engine(0.5, 0.5, 0.5)),
    Row("deep:evaluate", "`evaluate` of a batch, 21 layers"),
    Row(
        "decoder:per_position",
        "a Transformer decoder of 2 blocks, a position of 8 rows",
        ("lamina", "hand"),
        dict.fromkeys(ALL, "1.1 x by hand"),
    ),
    Row("mlp:first_step", "definition and first step of the note's MLP"),
    Row("cnn:first_step", "definition and first step of the CNN"),
    Row("resnet:first_step", "definition and first step of the ResNet"),
    Row("transformer:first_step", "definition and first step of the Transformer"),
    Row("preprocessing:normalization", "`Normalization` of 128 pictures", ("lamina", "keras")),
    Row(
        "preprocessing:adapt",
        "`Normalization.adapt` on a table of 1,000,000 x 20",
        ("lamina", "keras"),
        dict.fromkeys(ALL, 0.5),
    ),
    Row("preprocessing:flips", "`RandomFlip` of 128 pictures", ("lamina", "keras")),
    *(
        Row(
            f"augmentation:{how}",
            f"flips, rotations and zooms of 64 x 224 x 224 x 3, {words}",
            ("lamina", "keras"),
            dict.fromkeys(ALL, 0.7),
        )
        for how, words in (("apart", "layer by layer"), ("together", "in a `Pipeline`"))
    ),
    *(
        Row(f"texts:{name}", what, ("lamina", "keras"), {"tensorflow": bound}, ("tensorflow",))
        for name, what, bound in (
            ("adapt", "`TextVectorization.adapt` on 5,000 documents of 230 words", 0.5),
            ("call", "`TextVectorization` of these documents", 0.67),
            ("lookup_adapt", "`StringLookup.adapt` on their 1,150,000 words", 0.5),
            ("lookup_call", "`StringLookup` of these words", 1.67),
        )
    ),
    _script("graph:chain", "defining 100 layers", "keras", 1.0),
    _script("graph:resnet50", "defining ResNet50", "keras", 0.3),
    _script("graph:MobileNetV2", "defining applications.MobileNetV2", "keras", 0.3),
    _script("graph:EfficientNetB0", "defining applications.EfficientNetB0", "keras", 0.3),
    _script("importing", "importing it", "keras", "0.3 s", engines=("jax",)),
    _script("model_files:save", "saving a model of 400 MB", "keras", 1.0),
    _script("model_files:load", "loading a model of 400 MB", "keras", 1.0),
    _script("model_files:save:memory", "MB that saving 400 MB takes on top", "keras", 1.0),
    _script(
        "model_files:load:memory", "MB that loading 400 MB takes, weights included", "keras", 1.0
    ),
    _script("training:batches", "a step of `fit` from a generator, 21 layers", "keras"),
    *(
        _script(
            f"serving:{network}",
            f"`predict` of one sample, {what}; by hand: lamina on PyTorch",
            "on_torch",
            "0.5 x by hand",
            engines=("onnx",),
        )
        for network, what in (("mlp", "an MLP"), ("cnn", "a CNN"), ("transformer", "a Transformer"))
    ),
    _script("recurrent:lstm", "a training step of `LSTM(64)`", "keras", engines=("torch",)),
    _script("recurrent:gru", "a training step of `GRU(64)`", "keras", engines=("torch",)),
    _script(
        "training:first_epoch",
        "`fit(epochs=1)` of new 60,000 x 784 floats; by hand: a later epoch",
        "later",
        "1.05 x by hand + 40 ms",
    ),
    _script(
        "loading",
        "an epoch of 5 ms of loading and a step of 5 ms, 100 times; by hand: the slower of both",
        "slower",
        "1.15 x by hand",
    ),
    *(
        _script(
            f"callbacks:{kind}",
            f"an epoch of 100 steps, {what}; by hand: without it",
            "without",
            bound,
        )
        for kind, what, bound in (
            ("every_batch", "a hook after every batch", "1.2 x by hand"),
            ("reading", "the loss of every batch is read", "1.2 x by hand"),
            ("tensorboard", "with `TensorBoard`", "1.05 x by hand"),
        )
    ),
    _script(
        "optimizer_step",
        "Adam's update of 158 variables",
        "foreach",
        "1.5 x by hand",
        engines=("torch",),
    ),
    *(
        Row(
            f"eager_ops:{op}",
            f"`ops.{op}` of small arrays",
            ("lamina", "hand"),
            dict.fromkeys((*ALL, "numpy"), "1.3 x by hand + 3 us"),
            (*ALL, "numpy"),
        )
        for op in ("add", "matmul", "softmax")
    ),
)
