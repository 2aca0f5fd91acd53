"""`lamina convert` and `convert_file`: from every format to every other, and what is not kept."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.cli import main
from lamina.saving import LoadError, compare_files, convert_file, inspect_model
from tests.saving.legacy_cases import Case

WEIGHTS = [".weights.h5", ".safetensors", ".npz", ".weights.json", ".safetensors.index.json"]


def _model():
    stack = [layers.Dense(2, input_shape=(3,), name="hidden"), layers.BatchNormalization()]
    model = lamina.Sequential([*stack, layers.Dense(4, name="out")], name="net")
    model.compile("adam", "mse", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture(scope="module")
def model():
    return _model()


@pytest.mark.parametrize("target", WEIGHTS)
@pytest.mark.parametrize("source", WEIGHTS)
def test_weights_to_weights(model, source, target, tmp_path):
    (tmp_path / "b").mkdir()
    model.save_weights(tmp_path / f"m{source}")
    assert convert_file(tmp_path / f"m{source}", tmp_path / "b" / f"m{target}").lost == ()
    assert not compare_files(tmp_path / f"m{source}", tmp_path / "b" / f"m{target}")
    other = _model()
    other.load_weights(tmp_path / "b" / f"m{target}")
    for a, b in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("target", [".weights.h5", ".npz", ".weights.json"])
def test_models_to_weights(model, target, tmp_path):
    model.save(tmp_path / "m.keras")
    lost = convert_file(tmp_path / "m.keras", tmp_path / f"m{target}").lost
    assert lost == (
        "the model: its layers and settings",
        "how it is compiled",
        "random keys, metrics and counters",
    )
    assert not compare_files(tmp_path / "m.keras", tmp_path / f"m{target}")


@pytest.mark.parametrize("target", [".safetensors", ".safetensors.index.json"])
def test_models_to_safetensors_and_back(model, target, tmp_path):
    model.save(tmp_path / "m.keras")
    assert convert_file(tmp_path / "m.keras", tmp_path / f"m{target}").lost == ()
    assert convert_file(tmp_path / f"m{target}", tmp_path / "n.keras").lost == ()
    assert not compare_files(tmp_path / "m.keras", tmp_path / f"m{target}")
    assert not compare_files(tmp_path / "m.keras", tmp_path / "n.keras")


def test_names_of_objects_come_along(model, tmp_path):
    model.save_weights(tmp_path / "m.weights.h5")
    convert_file(tmp_path / "m.weights.h5", tmp_path / "n.weights.h5")
    assert [layer.name for layer in inspect_model(tmp_path / "n.weights.h5").layers] == [
        layer.name for layer in (model.layers[1], model.layers[0], model.layers[2])
    ]


def test_models_of_keras_2_become_models(tmp_path):
    case = Case("new_adam", tmp_path)
    assert main(["convert", str(tmp_path / "model.h5"), str(tmp_path / "m.keras")]) == 0
    case.same_outputs(lamina.saving.load_model(tmp_path / "m.keras"), "before", atol=1e-5)


def test_models_to_legacy_files(model, tmp_path):
    model.save(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match=r"Prefer `\.keras`"):
        lost = convert_file(tmp_path / "m.keras", tmp_path / "m.h5").lost
    assert lost == ("random keys, metrics and counters",)
    assert convert_file(tmp_path / "m.h5", tmp_path / "n.keras").lost == ()
    differences = compare_files(tmp_path / "m.keras", tmp_path / "n.keras")
    assert not (differences.weights or differences.only_first or differences.only_second)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("m.weights.h5", "n.keras", "holds weights, but not the model"),
        ("m.weights.h5", "n.txt", "must end with"),
        ("m.txt", "n.npz", "must end with"),
        ("m.keras", "n.keras", "no file"),
        ("m.weights.h5", "m.npz", "there already"),
        ("m.weights.h5", "no/m.safetensors", "no folder"),
    ],
)
def test_what_cannot_be(model, source, target, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model.save_weights("m.weights.h5")
    (tmp_path / "m.npz").write_bytes(b"old")
    (tmp_path / "m.txt").write_bytes(b"text")
    assert main(["convert", source, target]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.startswith("lamina convert: ") and not captured.out
    assert (tmp_path / "m.npz").read_bytes() == b"old" and not (tmp_path / "n.keras").exists()


def test_legacy_weights_need_their_model(tmp_path):
    Case("new_adam", tmp_path)
    model = lamina.saving.load_model(tmp_path / "model.h5")
    with pytest.raises(ValueError, match="cannot be compared"):
        model.save(tmp_path / "m.keras")
        compare_files(tmp_path / "model.h5", tmp_path / "m.keras")


def test_overwriting_is_said_aloud(model, tmp_path, capsys):
    model.save_weights(tmp_path / "m.weights.h5")
    (tmp_path / "m.npz").write_bytes(b"old")
    arguments = [str(tmp_path / "m.weights.h5"), str(tmp_path / "m.npz"), "--overwrite"]
    assert main(["convert", *arguments]) == 0
    assert not compare_files(tmp_path / "m.weights.h5", tmp_path / "m.npz")


def test_a_damaged_file_leaves_no_target(model, tmp_path):
    model.save_weights(tmp_path / "m.npz")
    content = bytearray((tmp_path / "m.npz").read_bytes())
    content[200] ^= 1
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(LoadError):
        convert_file(tmp_path / "m.npz", tmp_path / "n.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["m.npz"]


@pytest.mark.parametrize("act", [convert_file, compare_files], ids=["convert", "compare"])
def test_one_array_is_in_memory_at_a_time(act, tmp_path):
    large = lamina.Sequential([layers.Input((512,)), *(layers.Dense(512) for _ in range(10))])
    large.save_weights(tmp_path / "m.weights.h5")  # 10 MB
    target = tmp_path / "m.safetensors"
    if act is compare_files:
        convert_file(tmp_path / "m.weights.h5", target)
    tracemalloc.start()
    try:
        act(tmp_path / "m.weights.h5", target)
        assert tracemalloc.get_traced_memory()[1] < 7 * 2**20  # two, and what is computed with them
    finally:
        tracemalloc.stop()
