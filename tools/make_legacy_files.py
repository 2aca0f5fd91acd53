"""Make the files of Keras 2 that tests read: models that tf_keras built and trained, and its numbers.

tf_keras is Keras 2, kept for TensorFlow 2.16 and later. It is not among the requirements of the tests:

    pip install --no-deps --target /tmp/tf_keras tf_keras
    PYTHONPATH=/tmp/tf_keras python tools/make_legacy_files.py tests/saving/legacy_files

Each case is a ZIP archive of `model.h5`, `model.keras`, `model.json`, `weights.h5` and `numbers.npz`: the inputs
`x0`, `x1`, ..., the targets `y0`, ..., what the model then predicted (`before0`, ...), the losses of three
further steps on the same batch (`losses`), and what it predicted after these (`after0`, ...).
"""

import os
import sys
import tempfile
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tf_keras as keras

layers, optimizers = keras.layers, keras.optimizers
random = np.random.default_rng(0)


def text():
    """Recurrent layers over words, with a mask."""
    model = keras.Sequential(
        [
            layers.Embedding(7, 4, mask_zero=True, input_length=5, name="words"),
            layers.LSTM(3, return_sequences=True, unit_forget_bias=False),
            layers.GRU(3, return_sequences=True),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="sum"),
            layers.GRU(2, reset_after=False, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, [random.integers(0, 7, (6, 5))], [random.integers(0, 3, (6,))]


def images():
    """Convolutions, pooling and normalization."""
    x = keras.Input((8, 8, 3), name="picture")
    h = layers.Conv2D(4, 3, padding="same", groups=1, kernel_regularizer="l2")(x)
    h = layers.BatchNormalization(momentum=0.5)(h)
    h = layers.LeakyReLU(alpha=0.1)(h)
    h = layers.SeparableConv2D(5, 3, depth_multiplier=2, kernel_initializer="he_normal")(h)
    h = layers.PReLU(shared_axes=[1, 2])(layers.DepthwiseConv2D(3)(h))
    h = layers.Conv2DTranspose(3, 2, strides=2, bias_constraint="non_neg")(h)
    h = layers.UpSampling2D()(layers.MaxPooling2D()(layers.LayerNormalization()(h)))
    h = layers.ReLU(max_value=6.0)(layers.ZeroPadding2D(1)(layers.Cropping2D(1)(h)))
    h = layers.Dropout(0.0)(layers.ThresholdedReLU(0.1)(h))
    h = layers.Concatenate()([layers.GlobalAveragePooling2D()(h), layers.GlobalMaxPool2D()(h)])
    model = keras.Model(x, layers.Dense(2, activation=layers.ELU(alpha=0.5))(h))
    model.compile(
        optimizers.legacy.SGD(0.1, momentum=0.9, decay=0.1, nesterov=True),
        loss=keras.losses.MeanSquaredError(),
        metrics=[keras.metrics.MeanAbsoluteError(), "mse"],
    )
    return model, [random.random((4, 8, 8, 3))], [random.random((4, 2))]


def nested():
    """Models within models, shared layers, several inputs and outputs."""
    a, b = keras.Input((4, 3), name="a"), keras.Input((4, 3), name="b")
    inner = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(2)], name="inner")
    shared, over_time = layers.Dense(3, name="shared"), layers.TimeDistributed(inner)
    h = layers.Concatenate()([over_time(shared(a)), over_time(shared(b))])
    h = layers.Add()([h, layers.MultiHeadAttention(2, 2, name="attention")(h, h)])
    begin = keras.Input((4, 4))
    frozen = layers.Dense(2, trainable=False, name="frozen")
    parts = keras.Model(
        begin, [layers.BatchNormalization()(frozen(begin)), layers.GRU(2)(begin)], name="parts"
    )
    p, q = parts(h)
    model = keras.Model([a, b], {"p": p, "q": layers.Activation("tanh", name="q")(q)})
    model.compile(
        "rmsprop",
        loss={"p": "mse", "q": "mae"},
        loss_weights={"p": 1.0, "q": 0.5},
        metrics={"q": ["mae"]},
    )
    inputs = [random.random((4, 4, 3)), random.random((4, 4, 3))]
    return model, inputs, [random.random((4, 4, 2)), random.random((4, 2))]


def states():
    """States handed from layer to layer, cells, attention."""
    a, b = keras.Input((5, 3), name="a"), keras.Input((4, 2), name="b")
    _, h, c = layers.LSTM(3, return_state=True)(layers.Masking()(a))
    x = layers.LSTM(3, return_sequences=True)(b, initial_state=[h, c])
    both = layers.Bidirectional(layers.GRU(2, return_state=True))(a)
    y = layers.Bidirectional(layers.GRU(2, return_sequences=True))(b, initial_state=both[1:])
    x = layers.Attention(use_scale=True)([x, layers.AdditiveAttention()([x, x])])
    z = layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)])(layers.concatenate([x, y]))
    z = layers.Dense(1)(layers.Dot(1, normalize=True)([z, layers.SimpleRNN(3)(x, training=False)]))
    model = keras.Model([a, b], z)
    model.compile(optimizers.legacy.Adam(0.01), "mse")
    return model, [random.random((3, 5, 3)), random.random((3, 4, 2))], [random.random((3, 1))]


def operators():
    """Operators and functions of TensorFlow in a graph."""
    import tensorflow as tf

    x = keras.Input((4,), name="x")
    h = tf.concat([layers.Dense(4, name="d")(x) * 2.0, 1.0 - x], -1)
    h = tf.nn.relu(tf.reshape(h / 3.0 + 0.5, (-1, 2, 4)))[:, :, 1:3]
    h = tf.transpose(h, [0, 2, 1]) ** 2.0 - tf.expand_dims(x[:, :2], -1)
    h = tf.nn.softmax(tf.matmul(h, tf.stack([x[:, :2], x[:, 2:]], axis=1)))
    h = tf.clip_by_value(tf.sqrt(tf.abs(-h)), 0.1, 2.0)
    h = tf.reduce_mean(tf.math.maximum(h, 0.2), axis=1, keepdims=True)
    model = keras.Model(x, tf.reduce_sum(tf.squeeze(tf.cast(h, "float32"), 1), axis=[1]))
    model.compile(optimizers.AdamW(0.01, weight_decay=0.01), "mse")
    return model, [random.random((3, 4))], [random.random((3,))]


def trained_by(name, legacy):
    """Return a case: a small model that the optimizer `name` has trained."""
    special = {
        "SGD": {"momentum": 0.9, "nesterov": True},
        "RMSprop": {"momentum": 0.5, "centered": True},
        "Adam": {"amsgrad": True},
        "Ftrl": {"l1_regularization_strength": 0.01},
    }
    more = {"decay": 0.1} if legacy else {"use_ema": True, "weight_decay": 0.01}

    def case():
        model = keras.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1, name="end")])
        cls = getattr(optimizers.legacy if legacy else optimizers, name)
        model.compile(cls(0.01, **special.get(name, {}), **more), "mse")
        return model, [random.random((4, 3))], [random.random((4, 1))]

    return case


NAMES = ("SGD", "RMSprop", "Adam", "Adamax", "Nadam", "Adagrad", "Adadelta", "Ftrl")
CASES = {case.__name__: case for case in (text, images, nested, states, operators)} | {
    f"{'old' if legacy else 'new'}_{name.lower()}": trained_by(name, legacy)
    for name in NAMES
    for legacy in (False, True)
}


def _listed(prefix, arrays):
    return {f"{prefix}{i}": np.asarray(array) for i, array in enumerate(arrays)}


def _outputs(model, x):
    outputs = model(x, training=False)
    if isinstance(outputs, dict):
        outputs = [outputs[name] for name in sorted(outputs)]
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def write(name, case, target):
    """Train the model of a case for two steps, and write its files and numbers."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model, x, y = case()
    x = [part.astype("float32" if part.dtype == float else part.dtype) for part in x]
    inputs = x if len(x) > 1 else x[0]
    targets = dict(zip("pq", y, strict=True)) if len(y) > 1 else y[0]
    for _ in range(2):
        model.train_on_batch(inputs, targets)
    numbers = {**_listed("x", x), **_listed("y", y), **_listed("before", _outputs(model, inputs))}
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(
            Path(target) / f"{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as archive,
    ):
        folder = Path(folder)
        model.save(folder / "model.h5")
        if "_" not in name:
            if name != "operators":  # tf_keras cannot read its own
                model.save(folder / "model.keras")
            model.save_weights(folder / "weights.h5")
            (folder / "model.json").write_text(model.to_json())
        losses = [
            np.ravel(model.train_on_batch(inputs, targets, return_dict=False))[0] for _ in range(3)
        ]
        numbers |= {"losses": np.array(losses), **_listed("after", _outputs(model, inputs))}
        np.savez(folder / "numbers.npz", **numbers)
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        if len(sys.argv) < 3 or name in sys.argv[2:]:
            write(name, case, sys.argv[1])
            print(name)
