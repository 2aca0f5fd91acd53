"""`lamina diff` and `compare_files`: which weights and settings of two files differ, and by how much."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.cli import main
from lamina.saving import LoadError, compare_files


def _model(units=4, activation="relu"):
    stack = [layers.Dense(2, input_shape=(3,), name="hidden", activation=activation)]
    model = lamina.Sequential([*stack, layers.Dense(units, name="out")], name="net")
    model.set_weights([np.full(w.shape, i, "float32") for i, w in enumerate(model.weights)])
    return model


def _file(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            file[f"layers/{name}/vars/0"] = np.asarray(value)
    return path


@pytest.fixture
def pair(tmp_path):
    def make(a, b):
        return compare_files(
            _file(tmp_path / "a.weights.h5", **a), _file(tmp_path / "b.weights.h5", **b)
        )

    return make


def test_files_that_hold_the_same(tmp_path, capsys):
    model = _model()
    for name in ("a.keras", "b.keras"):
        model.save(tmp_path / name)
    assert not compare_files(tmp_path / "a.keras", tmp_path / "b.keras")
    assert main(["diff", str(tmp_path / "a.keras"), str(tmp_path / "b.keras")]) == 0
    assert capsys.readouterr().out == "4 weights are equal, 0 differ.\n"


@pytest.mark.parametrize(
    "ending", [".weights.h5", ".safetensors", ".npz", ".weights.json", ".safetensors.index.json"]
)
def test_across_formats(tmp_path, ending):
    model = _model()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "a.keras")
    model.save_weights(tmp_path / f"b{ending}")
    differences = compare_files(tmp_path / "a.keras", tmp_path / f"b{ending}")
    assert not differences and differences.equal == 4 + 2 + 8


def test_how_much_a_weight_differs(pair):
    x = np.arange(6, dtype="float32").reshape(2, 3)
    (weight,) = pair(
        {"a": x, "b": x}, {"a": x + np.array([[0, 0, 0.5], [0, 0, -1]], "float32"), "b": x}
    ).weights
    assert (weight.path, weight.entries, weight.largest) == ("layers/a/vars/0", 2, 1.0)
    assert weight.relative == pytest.approx(1 / 5)


@pytest.mark.parametrize(
    ("a", "b", "entries", "largest"),
    [
        ([np.nan, 1], [np.nan, 1], None, None),
        ([np.inf, 1], [np.inf, 1], None, None),
        ([0.0], [-0.0], None, None),
        ([], [], None, None),
        ([np.nan, 1], [0, 1], 1, np.inf),
        ([np.inf, 1], [-np.inf, 1], 1, np.inf),
        ([1.0, 2.0], [1.0, 2.0, 3.0], 3, np.inf),
        (np.int64([2**62]), np.int64([2**62 + 1]), 1, 0.0),  # too close for floats, still different
        (np.int32([5]), np.int32([7]), 1, 2.0),
        (np.uint8([0]), np.uint8([255]), 1, 255.0),
        (np.bool_([True]), np.bool_([False]), 1, 1.0),
    ],
)
def test_which_values_count_as_equal(pair, a, b, entries, largest):
    weights = pair({"a": a}, {"a": b}).weights
    if entries is None:
        assert weights == ()
    else:
        assert [(w.entries, w.largest) for w in weights] == [(entries, largest)]


def test_other_dtypes_are_a_difference_by_themselves(pair):
    (weight,) = pair({"a": np.float32([0.5])}, {"a": np.float16([0.5])}).weights
    assert (weight.entries, weight.dtypes) == (0, ("float32", "float16"))


def test_large_weights_are_compared_in_pieces(pair, monkeypatch):
    monkeypatch.setattr("lamina.saving.looking.differences._AT_ONCE", 7)
    a = np.zeros(100, "float32")
    b = a.copy()
    b[[3, 7, 99]] = [1, -3, 2]
    (weight,) = pair({"a": a}, {"a": b}).weights
    assert (weight.entries, weight.largest, weight.relative) == (3, 3.0, 1.0)


def test_weights_in_one_file_only(pair, tmp_path, capsys):
    differences = pair({"a": [1.0], "b": [1.0]}, {"b": [1.0], "c": [1.0]})
    assert differences.only_first == ("layers/a/vars/0",)
    assert differences.only_second == ("layers/c/vars/0",)
    assert main(["diff", str(tmp_path / "a.weights.h5"), str(tmp_path / "b.weights.h5")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("- layers/a/vars/0: only in ") and lines[1].startswith("+ layers/c")


def test_settings(tmp_path, capsys):
    _model().save(tmp_path / "a.keras")
    _model(activation="tanh", units=5).save(tmp_path / "b.keras")
    differences = compare_files(tmp_path / "a.keras", tmp_path / "b.keras")
    settings = {s.where: (s.first, s.second) for s in differences.settings}
    assert settings["config.config.layers[1].config.activation"] == ("'relu'", "'tanh'")
    assert settings["config.config.layers[2].config.units"] == ("4", "5")
    assert main(["diff", "--json", str(tmp_path / "a.keras"), str(tmp_path / "b.keras")]) == 1
    data = json.loads(capsys.readouterr().out)
    assert {"where": "config.config.layers[2].config.units", "first": "4", "second": "5"} in data[
        "settings"
    ]


def test_a_refused_file_is_not_compared(pair, tmp_path, capsys):
    pair({"a": [1.0]}, {"a": [1.0]})
    with h5py.File(tmp_path / "b.weights.h5", "r+") as file:
        file["more"] = h5py.SoftLink("/layers")
    with pytest.raises(LoadError, match=r"b\.weights\.h5 is refused: more"):
        compare_files(tmp_path / "a.weights.h5", tmp_path / "b.weights.h5")
    assert main(["diff", str(tmp_path / "a.weights.h5"), str(tmp_path / "b.weights.h5")]) == 2
    assert capsys.readouterr().out == ""
