"""`.weights.h5` files go from Keras to lamina and back."""

from __future__ import annotations

import collections
import json

import h5py
import keras
import numpy as np
import pytest

import lamina
from tests.layers.case import apply
from tests.layers.cases import CASES


def _sequential(k, seed=None):
    return k.Sequential(
        [
            k.layers.Input((8, 8, 1)),
            k.layers.Conv2D(3, 3, activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.MaxPooling2D(2),
            k.layers.Flatten(),
            k.layers.Dropout(0.5),
            k.layers.Dense(4, activation="relu"),
            k.layers.Dense(2, use_bias=False),
        ]
    )


def _text(k):
    return k.Sequential(
        [
            k.layers.Input((5,), dtype="int32"),
            k.layers.Embedding(7, 3),
            k.layers.LSTM(4, dropout=0.2),
            k.layers.Dense(1),
        ]
    )


def _branches(k):
    a, b = k.layers.Input((4,), name="a"), k.layers.Input((4,), name="b")
    shared = k.layers.Dense(3, name="shared")
    joined = k.layers.Concatenate()([shared(a), shared(b), k.layers.Dense(2)(b)])
    return k.Model([a, b], [k.layers.Dense(2, name="z")(joined), k.layers.Dense(1)(joined * 2.0)])


def _nested(k):
    body = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3), k.layers.Dense(2)])
    x = k.layers.Input((4,))
    head = k.Model(x, k.layers.Dense(5)(x))
    y = k.layers.Input((4,))
    return k.Model(
        y, k.layers.Dense(1)(k.layers.Concatenate()([body(y), head(y), body(head(y)[:, :4])]))
    )


def _cells(k):
    return k.Sequential(
        [k.layers.Input((5, 3)), k.layers.RNN([k.layers.LSTMCell(2), k.layers.LSTMCell(4)])]
    )


def _half(k):
    return k.Sequential(
        [
            k.layers.Input((4,)),
            k.layers.Dense(3, dtype="bfloat16"),
            k.layers.Dense(2, dtype="mixed_float16"),
        ]
    )


def _frozen(k):
    model = k.Sequential(
        [k.layers.Input((4,)), k.layers.Dense(3), k.layers.BatchNormalization(), k.layers.PReLU()]
    )
    model.layers[1].trainable = False
    return model


def _subclassed(k):
    class Inner(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self._hidden = k.layers.Dense(5)
            self.parts = (k.layers.Dense(4), k.layers.Dropout(0.1))

        @property
        def behind(self):
            return self._hidden

        def build(self, shape):
            self.scale = self.add_weight((3,), trainable=False, name="scale")
            self.shift = self.add_weight((2,), name="shift")
            self._hidden.build(shape)
            self.parts[0].build((None, 5))

        def call(self, x):
            return self.parts[1](self.parts[0](self._hidden(x)))

    class Outer(k.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [k.layers.Dense(4), Inner(), k.layers.Dense(4)]
            self.out = k.layers.Dense(1)
            self.again = self.out
            self.Zed = k.layers.Dense(1)
            self.by_name = {"x": k.layers.Dense(4), "a": k.layers.Dense(4)}
            self.deep = {"k": [k.layers.Dense(4)], "l": k.layers.Dense(4)}
            self.twice = [[k.layers.Dense(4)], (k.layers.Dense(4),), k.layers.Dense(4)]
            self._private = k.layers.Dense(4)

        def call(self, x):
            pieces = [*self.blocks, *self.by_name.values(), self.deep["k"][0], self.deep["l"]]
            for layer in [
                *pieces,
                self.twice[0][0],
                self.twice[1][0],
                self.twice[2],
                self._private,
            ]:
                x = layer(x)
            return self.out(x) + self.Zed(x)

    model = Outer()
    model(np.zeros((2, 3), "float32"))
    return model


def _containers(k):
    pair = collections.namedtuple("pair", "b a")

    class Holds(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.pair = pair(k.layers.Dense(1), k.layers.Dense(2))
            self.ordered = collections.OrderedDict(z=k.layers.Dense(3), a=k.layers.Dense(4))
            self.deep = {"q": {"w": [k.layers.Dense(5), (k.layers.Dense(6),)]}}
            self.metric = k.metrics.Mean(name="mean")
            self.learns = k.optimizers.SGD(0.1)
            self.learns.build([])
            self.drop = k.layers.Dropout(0.5)

        def build(self, shape):
            for layer in [*self.pair, *self.ordered.values(), *self.deep["q"]["w"][:1]]:
                layer.build((None, 3))
            self.deep["q"]["w"][1][0].build((None, 3))

        def call(self, x):
            return x

    model = k.Sequential([k.layers.Input((3,)), Holds()])
    model.layers[0].metric.update_state(np.ones(3))
    return model


_MODELS = [_sequential, _text, _branches, _nested, _cells, _half, _frozen, _subclassed, _containers]


def _shape(path):
    """What lies where: path -> shape, dtype, attributes."""
    found = {}
    with h5py.File(path) as file:

        def note(name, thing):
            # Names that the libraries count up by themselves may differ.
            own = {key for key in thing.attrs if not (key == "name" and name == "vars")} - {"crc32"}
            found[name] = (getattr(thing, "shape", None), str(getattr(thing, "dtype", "")), own)

        file.visititems(note)
    return found


def _random_weights(model):
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape).astype(w.dtype) for w in model.get_weights()])


def _same(ours, theirs):
    a, b = ours.get_weights(), theirs.get_weights()
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(np.asarray(x, "float32"), np.asarray(y, "float32"))


@pytest.mark.parametrize("make", _MODELS)
def test_files_of_keras_load_here(make, tmp_path):
    theirs, ours = make(keras), make(lamina)
    _random_weights(theirs)
    theirs.save_weights(tmp_path / "k.weights.h5")
    ours.load_weights(tmp_path / "k.weights.h5")
    _same(ours, theirs)


@pytest.mark.parametrize("make", _MODELS)
def test_our_files_load_in_keras(make, tmp_path):
    theirs, ours = make(keras), make(lamina)
    _random_weights(ours)
    ours.save_weights(tmp_path / "l.weights.h5")
    theirs.load_weights(str(tmp_path / "l.weights.h5"))
    _same(ours, theirs)


@pytest.mark.parametrize("make", _MODELS)
def test_files_have_the_same_groups_and_datasets(make, tmp_path):
    make(keras).save_weights(tmp_path / "k.weights.h5")
    make(lamina).save_weights(tmp_path / "l.weights.h5")
    assert _shape(tmp_path / "k.weights.h5") == _shape(tmp_path / "l.weights.h5")


def _own_ways(k):
    class Keeps(k.layers.Layer):
        """Keeps something else than its weights, or what its base class keeps and more."""

        def __init__(self, base, **kwargs):
            super().__init__(**kwargs)
            self.base, self.words = base, 7

        def build(self, shape):
            self.w = self.add_weight((3,), name="w", initializer="ones")
            self.built = True

        def call(self, x):
            return x * self.w

        def save_own_variables(self, store):
            if self.base:
                super().save_own_variables(store)
            store["half"] = k.ops.cast(self.w, "bfloat16") / 2
            store["words"] = np.int64(self.words)
            store["none"] = np.zeros((2, 0), "float16")

        def load_own_variables(self, store):
            assert sorted(store.keys()) == ["0"] * self.base + ["half", "none", "words"]
            assert len(store.keys()) == 3 + self.base and "half" in store
            half = np.asarray(store["half"], "float32")
            assert store["none"].shape == (2, 0)
            self.w.assign(store["0"] if self.base else 2 * half)
            self.words = int(store["words"])

    model = k.Sequential([k.layers.Input((3,)), Keeps(True), k.layers.Dense(3), Keeps(False)])
    model.build((None, 3))
    return model


@pytest.mark.parametrize("shards", [False, True])
@pytest.mark.parametrize("first", ["keras", "lamina"])
def test_layers_with_their_own_ways_go_both_ways(first, shards, tmp_path):
    one, other = map(_own_ways, [keras, lamina] if first == "keras" else [lamina, keras])
    for layer in (one.layers[0], one.layers[2]):
        layer.words = 9
        layer.w.assign([1.5, 2.5, -4.0])
    path = str(tmp_path / "m.weights.") + ("json" if shards else "h5")
    one.save_weights(path, **({"max_shard_size": 36 / 2**30} if shards else {}))
    other.load_weights(path)
    _same(one, other)
    assert [other.layers[0].words, other.layers[2].words] == [9, 9]


def _set(folder, stem):
    """The index, and what lies where in each shard."""
    index = json.loads((folder / f"{stem}.weights.json").read_text())
    weight_map = {
        key: [value] if isinstance(value, str) else value
        for key, value in index["weight_map"].items()
    }
    shards = {path.name[len(stem) :]: _shape(path) for path in folder.glob(f"{stem}_*.weights.h5")}
    return index["metadata"]["total_size"], weight_map, shards


@pytest.mark.parametrize("make", [_sequential, _half, _subclassed])
def test_shards_are_divided_as_keras_divides_them(make, tmp_path):
    """Layers whose variables lie in two files are among them."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    size = 440 / 2**30
    theirs, ours = make(keras), make(lamina)
    _random_weights(theirs)
    theirs.save_weights(tmp_path / "a/m.weights.json", max_shard_size=size)
    ours.save_weights(tmp_path / "b/m.weights.json", max_shard_size=size)
    a, b = (_set(tmp_path / folder, "m") for folder in "ab")
    assert a == b
    ours.load_weights(tmp_path / "a/m.weights.json")
    _same(ours, theirs)


@pytest.mark.parametrize("make", _MODELS)
def test_our_shards_load_in_keras(make, tmp_path):
    theirs, ours = make(keras), make(lamina)
    _random_weights(ours)
    largest = max(w.nbytes for w in ours.get_weights())
    ours.save_weights(tmp_path / "l.weights.json", max_shard_size=1.2 * largest / 2**30)
    assert len(list(tmp_path.glob("l_*"))) > 1
    theirs.load_weights(str(tmp_path / "l.weights.json"))
    _same(ours, theirs)


def _of_one_layer(k, case):
    inputs = [k.layers.Input(batch_shape=x.shape, dtype=str(x.dtype)) for x in _arrays(case)]
    return k.Model(inputs, apply(case.layer(k.layers), inputs if case.several else inputs[0]))


def _arrays(case):
    xs = case.inputs()
    return xs if case.several else [xs]


def _of_weights(path):
    """Shapes by path; Keras has empty groups for layers without weights that lamina has no use for."""
    return {path: shape for path, (shape, *_) in _shape(path).items() if shape is not None}


def _each_class():
    """A case for each class, and for each class in a wrapper; the last is the one with most arguments."""
    return {(c.name, *(name for name, _ in c.cells)): c for c in CASES}.values()


@pytest.mark.parametrize("case", _each_class(), ids=repr)
def test_every_layers_files_go_both_ways(case, tmp_path):
    ours = _of_one_layer(lamina, case)
    if not ours.weights:
        return
    theirs = _of_one_layer(keras, case)
    _random_weights(theirs)
    theirs.save_weights(tmp_path / "k.weights.h5")
    ours.load_weights(tmp_path / "k.weights.h5")
    _same(ours, theirs)
    ours.save_weights(tmp_path / "l.weights.h5")
    assert _of_weights(tmp_path / "k.weights.h5") == _of_weights(tmp_path / "l.weights.h5")
    theirs.load_weights(str(tmp_path / "l.weights.h5"))


def _data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(32, 4)).astype("float32"), rng.normal(size=(32, 2)).astype("float32")


def _compiled(k, optimizer):
    model = k.Sequential(
        [k.layers.Input((4,)), k.layers.Dense(8, activation="relu"), k.layers.Dense(2)]
    )
    model.compile(optimizer=optimizer(k.optimizers), loss="mse")
    return model


_OPTIMIZERS = {
    "adam": lambda o: o.Adam(0.01),
    "amsgrad": lambda o: o.Adam(0.01, amsgrad=True),
    "adamw": lambda o: o.AdamW(0.01),
    "rmsprop": lambda o: o.RMSprop(0.01, momentum=0.5, centered=True),
    "sgd": lambda o: o.SGD(0.01, momentum=0.9, nesterov=True),
    "plain sgd": lambda o: o.SGD(0.01),
}


def _fit(model):
    model.fit(*_data(), epochs=2, batch_size=8, shuffle=False, verbose=0)


@pytest.mark.parametrize("optimizer", _OPTIMIZERS.values(), ids=_OPTIMIZERS)
@pytest.mark.parametrize("first", ["keras", "lamina"])
def test_training_goes_on_where_the_other_library_stopped(first, optimizer, tmp_path):
    """Trained by one, saved, loaded by the other: both go on to equal weights."""
    libraries = [keras, lamina] if first == "keras" else [lamina, keras]
    one, other = (_compiled(k, optimizer) for k in libraries)
    _fit(one)
    if other.__class__.__module__.startswith("keras"):
        other.optimizer.build(other.trainable_variables)
    one.save_weights(str(tmp_path / "m.weights.h5"))
    other.load_weights(str(tmp_path / "m.weights.h5"))
    assert int(other.optimizer.iterations) == 8
    for model in (one, other):
        _fit(model)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)
