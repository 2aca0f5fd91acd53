"""Every format of weights: nothing is lost, names are what they should be, sets belong together."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.saving import FormatError

ENDINGS = [".weights.h5", ".weights.json", ".safetensors", ".safetensors.index.json", ".npz"]
SMALL = 100 / 2**30  # GiB


def _model(units=3):
    return lamina.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(units, name="first"),
            layers.BatchNormalization(),
            layers.Dense(2, dtype="bfloat16"),
            layers.Dense(2, dtype="float16"),
        ]
    )


def _assert_same(a, b):
    for x, y in zip(a, b, strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


def _size(ending):
    return {"max_shard_size": SMALL} if ending.endswith(".json") else {}


@pytest.mark.parametrize("ending", ENDINGS)
def test_weights_come_back(backend, ending, tmp_path):
    one, other = _model(), _model()
    one.save_weights(tmp_path / f"m{ending}", **_size(ending))
    other.load_weights(tmp_path / f"m{ending}")
    _assert_same(one.get_weights(), other.get_weights())


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_state_of_the_optimizer_comes_back(ending, tmp_path):
    one, other = _model(), _model()
    for model in (one, other):
        model.compile("adam", "mse")
    one.optimizer.build(one.trainable_variables)
    for i, v in enumerate(one.optimizer.saved_variables):
        v.assign(np.full(v.shape, i))
    one.save_weights(tmp_path / f"m{ending}", **_size(ending))
    other.load_weights(tmp_path / f"m{ending}")
    _assert_same(
        [v.numpy() for v in one.optimizer.saved_variables],
        [v.numpy() for v in other.optimizer.saved_variables],
    )


def test_arrays_of_safetensors_have_the_paths_of_their_variables(tmp_path):
    """The library of Hugging Face reads the file, and a file that it wrote is read here, by the names."""
    from safetensors.numpy import load_file, save_file

    model = _model()
    model.layers[2].set_weights([w.astype("float32") for w in model.layers[2].get_weights()])
    model.save_weights(tmp_path / "m.safetensors")
    state = load_file(tmp_path / "m.safetensors")
    assert set(state) == {v.path for v in model.weights}
    _assert_same([state[v.path] for v in model.weights], model.get_weights())
    save_file(
        {name: x + np.ones((), x.dtype) for name, x in state.items()}, tmp_path / "n.safetensors"
    )
    model.load_weights(tmp_path / "n.safetensors")
    _assert_same(model.get_weights(), [x + np.ones((), x.dtype) for x in map(state.get, state)])


def test_paths_that_two_variables_have_are_counted_up(tmp_path):
    one, other = (lamina.Sequential([layers.Input((2,)), _Twice()]) for _ in range(2))
    one.save_weights(tmp_path / "m.safetensors")
    other.load_weights(tmp_path / "m.safetensors")
    _assert_same(one.get_weights(), other.get_weights())


class _Twice(layers.Layer):
    def build(self, shape):
        self.a = [self.add_weight((2,), "normal", name="w") for _ in range(3)]

    def call(self, x):
        return x * self.a[0]


def test_the_index_of_safetensors_names_each_array(tmp_path):
    model = _model()
    model.save_weights(tmp_path / "m.safetensors.index.json", max_shard_size=SMALL)
    index = json.loads((tmp_path / "m.safetensors.index.json").read_text())
    total = len(list(tmp_path.glob("*.safetensors")))
    assert total > 1
    assert set(index["weight_map"]) == {v.path for v in model.weights}
    names = [f"m-{n + 1:05}-of-{total:05}.safetensors" for n in range(total)]
    assert sorted(set(index["weight_map"].values())) == names
    assert index["metadata"]["total_size"] == sum(w.nbytes for w in model.get_weights())


def test_numpy_reads_what_is_in_an_npz(tmp_path):
    model = _model()
    model.save_weights(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as state:
        np.testing.assert_array_equal(state["layers/dense/vars/0"], model.layers[0].kernel)
        assert state["layers/dense_1/vars/0"].dtype == "float32"  # bfloat16


@pytest.mark.parametrize("ending", [".weights.h5", ".safetensors"])
def test_several_files_are_written_if_asked_for(ending, tmp_path):
    with pytest.warns(UserWarning, match="have an index"):
        _model().save_weights(tmp_path / f"m{ending}", max_shard_size=SMALL)
    assert not (tmp_path / f"m{ending}").exists() and len(list(tmp_path.iterdir())) > 2


@pytest.mark.parametrize("ending", [".weights.json", ".safetensors.index.json"])
def test_shards_of_two_runs_are_not_mixed(ending, tmp_path):
    one, other = _model(), _model()
    one.save_weights(tmp_path / f"m{ending}", max_shard_size=SMALL)
    first = sorted(path for path in tmp_path.iterdir() if path.name != f"m{ending}")[0]
    old = first.read_bytes()
    other.save_weights(tmp_path / f"m{ending}", max_shard_size=SMALL)
    first.write_bytes(old)
    before = other.get_weights()
    with pytest.raises(FormatError, match="written by different runs"):
        other.load_weights(tmp_path / f"m{ending}")
    _assert_same(before, other.get_weights())


@pytest.mark.parametrize("ending", [".weights.json", ".safetensors.index.json"])
def test_an_array_larger_than_a_file_may_be_is_named(ending, tmp_path):
    with pytest.raises(ValueError, match=r"vars/0 has 48 bytes.*max_shard_size"):
        _model().save_weights(tmp_path / f"m{ending}", max_shard_size=20 / 2**30)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".weights.json", ".safetensors.index.json"])
def test_a_set_of_files_is_not_replaced_unasked(ending, tmp_path):
    _model().save_weights(tmp_path / f"m{ending}", max_shard_size=SMALL)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(FileExistsError):
        _model().save_weights(tmp_path / f"m{ending}", False, SMALL)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_change_in_the_bytes_of_an_array_is_noticed(ending, tmp_path):
    one, other = _model(), _model()
    one.layers[0].set_weights([np.full((4, 3), 1.2345, "float32"), np.zeros(3)])
    one.save_weights(tmp_path / f"m{ending}", **_size(ending))
    for path in tmp_path.iterdir():
        whole = path.read_bytes()
        path.write_bytes(whole.replace(np.float32(1.2345).tobytes(), np.float32(1.25).tobytes(), 1))
    before = other.get_weights()
    with pytest.raises(FormatError, match="checksum"):
        other.load_weights(tmp_path / f"m{ending}")
    _assert_same(before, other.get_weights())


@pytest.mark.parametrize("content", ENDINGS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_d11_the_ending_decides_and_the_content_must_agree(ending, content, tmp_path):
    model = _model()
    kind = {".weights.json": "j", ".safetensors.index.json": "j"}
    if kind.get(ending, ending) == kind.get(content, content):
        return
    model.save_weights(tmp_path / f"m{content}", **_size(content))
    (tmp_path / f"m{content}").rename(tmp_path / f"m{ending}")
    with pytest.raises(FormatError, match="is refused"):
        model.load_weights(tmp_path / f"m{ending}")


class Keeps(layers.Layer):
    """Keeps something else than its weights."""

    def build(self, shape):
        self.w = self.add_weight((2,), "normal", name="w")
        self.built = True
        self.words = 7

    def call(self, x):
        return x * self.w

    def save_own_variables(self, store):
        store["half"] = self.w / 2
        store["words"] = self.words
        store["shape"] = np.zeros((2, 0), "int16")

    def load_own_variables(self, store):
        if int(store["words"]) < 0:
            raise ValueError("fewer than no words")
        self.w.assign(2 * store["half"])
        self.words = int(store["words"])
        assert set(store) == set(store.keys()) == {"half", "words", "shape"} and len(store) == 3
        assert store["shape"].shape == (2, 0) and store["shape"].dtype == "int16"
        assert "no" not in store


def _keeping():
    return lamina.Sequential([layers.Input((2,)), Keeps(), layers.Dense(2)])


@pytest.mark.parametrize("ending", ENDINGS)
def test_layers_keep_what_they_like(backend, ending, tmp_path):
    one, other = _keeping(), _keeping()
    one.layers[0].words = 9
    one.save_weights(tmp_path / f"m{ending}", **_size(ending))
    other.load_weights(tmp_path / f"m{ending}")
    _assert_same(one.get_weights(), other.get_weights())
    assert other.layers[0].words == 9


def test_a_layer_that_cannot_take_its_own_stops_the_load(tmp_path):
    one, other = _keeping(), _keeping()
    one.layers[0].words = -1
    one.save_weights(tmp_path / "m.weights.h5")
    before = other.get_weights()
    with pytest.raises(
        lamina.saving.LoadError, match=r"layers/keeps \(Keeps .*fewer than no words"
    ):
        other.load_weights(tmp_path / "m.weights.h5")
    _assert_same(before, other.get_weights())
    with pytest.warns(UserWarning, match="skipped.*fewer than no words"):
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    _assert_same([before[0], *one.get_weights()[1:]], other.get_weights())


@pytest.mark.parametrize(
    ("key", "value"), [("a/b", 1), ("", 1), ("..", 1), ("a\n", 1), ("a", "text"), ("a", None)]
)
def test_what_no_file_can_keep_is_refused(key, value):
    from lamina.saving.stores.mappings import Written

    with pytest.raises((ValueError, TypeError), match="file"):
        Written()[key] = value


def test_objects_to_skip_keep_what_they_have(tmp_path):
    one, other = _model(), _model(units=5)
    one.save_weights(tmp_path / "m.weights.h5")
    before = other.get_weights()
    other.load_weights(tmp_path / "m.weights.h5", objects_to_skip=other.layers[:3])
    _assert_same(before[:8], other.get_weights()[:8])
    _assert_same(one.get_weights()[8:], other.get_weights()[8:])


def test_a_layer_checks_what_it_is_to_load():
    layer = layers.Dense(2)
    layer.build((None, 3))
    with pytest.raises(ValueError, match=r"has 2 weights of its own, but 1 arrays"):
        layer.load_own_variables({"0": np.ones((3, 2))})
    with pytest.raises(ValueError, match=r"shape \(3, 2\); an array of shape \(2, 3\)"):
        layer.load_own_variables({"0": np.ones((2, 3)), "1": np.ones(2)})
    layer.load_own_variables({"0": np.ones((3, 2)), "1": np.ones(2)})
    _assert_same(layer.get_weights(), [np.ones((3, 2), "float32"), np.ones(2, "float32")])
