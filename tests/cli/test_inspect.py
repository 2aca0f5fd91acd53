"""`lamina inspect` and `inspect_model`: what files hold, told without building anything."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.cli import main
from lamina.saving import FormatError, LoadError, inspect_model


def _model(name="out"):
    stack = [layers.Dense(2, input_shape=(3,), name="hidden"), layers.Dense(4, name=name)]
    return lamina.Sequential(stack, name="net")


@pytest.fixture
def path(tmp_path):
    _model().save_weights(tmp_path / "m.weights.h5")
    return tmp_path / "m.weights.h5"


def _shown(capsys, *arguments, status=0):
    assert main(["inspect", *map(str, arguments)]) == status
    captured = capsys.readouterr()
    return captured.out if status < 2 else captured.err


def test_layers_shapes_and_sums(path):
    report = inspect_model(path)
    assert (report.format, report.size) == (".weights.h5", path.stat().st_size)
    assert [layer.path for layer in report.layers] == ["layers/dense", "layers/dense_1"]
    assert [w.shape for w in report.layers[1].weights] == [(2, 4), (4,)]
    assert (report.parameters, report.nbytes) == (20, 80)
    assert {w.dtype for layer in report.layers for w in layer.weights} == {"float32"}
    assert report.problems == () and report.refusal is None


@pytest.mark.parametrize(
    "ending", [".weights.h5", ".safetensors", ".npz", ".weights.json", ".safetensors.index.json"]
)
def test_every_format_of_weights(tmp_path, ending):
    _model().save_weights(tmp_path / f"m{ending}")
    report = inspect_model(tmp_path / f"m{ending}")
    assert report.format == ending
    assert report.size == sum(path.stat().st_size for path in tmp_path.iterdir())
    weights = [w for layer in report.layers for w in layer.weights]
    assert [w.path for w in weights[:2]] == ["layers/dense/vars/0", "layers/dense/vars/1"]
    assert (report.parameters, report.nbytes, report.checksums) == (20, 80, 4)


def test_a_whole_model(tmp_path, capsys):
    model = _model()
    model.compile("adam", "mse", metrics=["accuracy"])
    model.save(tmp_path / "m.keras")
    report = inspect_model(tmp_path / "m.keras")
    assert report.model == "Sequential 'net'" and "keras_version" in report.written_by
    assert f"written by: lamina_version {lamina.__version__}, keras_version" in str(report)
    assert [(layer.class_name, layer.name) for layer in report.layers][-2:] == [
        ("Dense", "hidden"),
        ("Dense", "out"),
    ]
    assert report.compiled["optimizer"].startswith("Adam(") and report.compiled["loss"] == "mse"
    assert "metrics: accuracy" in _shown(capsys, tmp_path / "m.keras")
    arrays = sum(len(part.weights) for part in (*report.layers, *report.state))
    assert report.checksums == arrays > 4  # those of the archive's members


def test_a_folder_of_backups(tmp_path, trains, capsys):
    model = _model()
    model.compile("adam", "mse")
    x, y = np.zeros((8, 3)), np.zeros((8, 4))
    model.fit(x, y, epochs=2, batch_size=4, verbose=0, resume=tmp_path / "run")
    text = _shown(capsys, tmp_path / "run")
    assert "finished.safetensors" in text and "epoch 2" in text and "optimizer" in text
    report = inspect_model(tmp_path / "run")
    assert [layer.path for layer in report.layers] == ["model/net/hidden", "model/net/out"]
    assert report.parameters == 20
    assert "without backups" in _shown(capsys, tmp_path, status=2)


def test_parts_stand_behind_their_whole(tmp_path):
    inner = lamina.Sequential([layers.Dense(2, input_shape=(4,))], name="inner")
    layer = layers.Bidirectional(layers.LSTM(2), input_shape=(5, 3))
    model = lamina.Sequential([layer, inner, layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    assert [layer.path for layer in inspect_model(tmp_path / "m.keras").layers] == [
        "layers/input_layer",
        "layers/bidirectional",
        "layers/bidirectional/forward_layer/cell",
        "layers/bidirectional/backward_layer/cell",
        "layers/sequential",
        "layers/sequential/layers/input_layer",
        "layers/sequential/layers/dense",
        "layers/dense",
    ]


def test_the_state_of_the_optimizer_is_told_apart(tmp_path):
    model = _model()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save_weights(tmp_path / "m.weights.h5")
    report = inspect_model(tmp_path / "m.weights.h5")
    assert report.parameters == 20
    assert sum(layer.parameters for layer in report.state) == 2 + 2 * 20


def test_many_weights_are_in_the_order_of_their_numbers(tmp_path):
    with h5py.File(tmp_path / "m.weights.h5", "w") as file:
        for i in range(12):
            file[f"layers/dense/vars/{i}"] = np.zeros(i)
    (layer,) = inspect_model(tmp_path / "m.weights.h5").layers
    assert [weight.shape for weight in layer.weights] == [(i,) for i in range(12)]


def test_piped_output_is_plain_text(path, capsys):
    text = _shown(capsys, path)
    assert "layers/dense_1" in text and "(2, 4) (4)" in text and "Nothing in it is refused." in text
    assert "\x1b" not in text and "│" not in text


def test_for_programs(path, capsys):
    data = json.loads(_shown(capsys, path, "--json"))
    assert data["parameters"] == 20 and data["problems"] == []
    assert data["layers"][0]["weights"][0] == {
        "path": "layers/dense/vars/0",
        "shape": [3, 2],
        "dtype": "float32",
        "nbytes": 24,
    }


def test_what_is_refused_is_shown_beside_what_is_not(path, capsys):
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/1"]
        file["layers/dense/vars/1"] = h5py.ExternalLink("canary.h5", "/")
    report = inspect_model(path)
    (problem,) = report.problems
    assert (problem.where, problem.kind) == ("layers/dense/vars/1", "FormatError")
    assert isinstance(report.refusal, FormatError) and report.parameters == 20 - 2
    assert "It is refused" in _shown(capsys, path, status=1)


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"no file of weights"])
def test_what_cannot_be_shown_at_all(tmp_path, content, capsys):
    (tmp_path / "m.weights.h5").write_bytes(content)
    with pytest.raises(FormatError, match=r"m\.weights\.h5"):
        inspect_model(tmp_path / "m.weights.h5")
    assert "lamina inspect: " in _shown(capsys, tmp_path / "m.weights.h5", status=2)


def test_there_is_no_such_file(tmp_path, capsys):
    assert "nothing.weights.h5" in _shown(capsys, tmp_path / "nothing.weights.h5", status=2)


def test_names_from_files_are_escaped(tmp_path, capsys):
    with h5py.File(tmp_path / "m.weights.h5", "w") as file:
        file["layers/a\x1b[31m\r<b>/vars/0"] = np.zeros(2, "float32")
    report = inspect_model(tmp_path / "m.weights.h5")
    for text in (_shown(capsys, tmp_path / "m.weights.h5"), report._repr_html_()):
        assert "\x1b" not in text and "\r" not in text and "a\\x1b[31m\\r" in text
    assert "<b>" not in report._repr_html_()


def test_folders_without_end(tmp_path):
    with h5py.File(tmp_path / "m.weights.h5", "w") as file:
        file["/".join("a" * 500) + "/0"] = np.zeros(2, "float32")
    with pytest.raises(FormatError, match="folders deep"):
        inspect_model(tmp_path / "m.weights.h5")


def _with_config(path, change):
    """Write the file again, after `change` has changed its configuration."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _layer(config):
    return config["config"]["layers"][1]


REFUSED = {
    "an unknown module": lambda c: _layer(c).update(module="os", class_name="system"),
    "an unknown class": lambda c: _layer(c).update(class_name="Sense"),
    "code": lambda c: _layer(c)["config"].update(
        activation={"class_name": "__lambda__", "config": {}}
    ),
    "a function of another kind": lambda c: _layer(c)["config"].update(kernel_initializer="mse"),
    "a value of another type": lambda c: _layer(c)["config"].update(units="many"),
    "an unknown key": lambda c: _layer(c)["config"].update(__class__="x"),
    "a hostile optimizer": lambda c: c["compile_config"]["optimizer"].update(class_name="Dense"),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_the_report_and_the_loader_agree(tmp_path, change, capsys):
    model = _model()
    model.compile("adam", "mse")
    model.save(tmp_path / "m.keras")
    assert inspect_model(tmp_path / "m.keras").problems == ()
    _with_config(tmp_path / "m.keras", change)
    with pytest.raises(LoadError) as caught:
        lamina.saving.load_model(tmp_path / "m.keras")
    report = inspect_model(tmp_path / "m.keras")
    assert type(report.refusal) is type(caught.value)
    assert str(report.refusal)[:60] in str(caught.value)
    assert report.parameters == 20  # it is shown all the same
    assert report.problems[0].where in _shown(capsys, tmp_path / "m.keras", status=1)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"[" * 200, b'{"a": 1, "a": 2}'])
def test_what_cannot_be_parsed_is_refused_by_both(tmp_path, content):
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", content)
        archive.writestr("model.weights.h5", b"")
    errors = []
    for read in (lamina.saving.load_model, inspect_model):
        with pytest.raises(LoadError, match=r"m\.keras.* is refused") as caught:
            read(tmp_path / "m.keras")
        errors.append(type(caught.value))
    assert errors[0] is errors[1]


def test_classes_of_ones_own(tmp_path):
    class Own(layers.Layer):
        def call(self, x):
            return x

    lamina.Sequential([layers.Input((3,)), Own(name="mine")]).save(tmp_path / "m.keras")
    (problem,) = inspect_model(tmp_path / "m.keras").problems
    assert problem.kind == "PolicyError" and problem.where.startswith("config.config.layers[1]")
    assert not inspect_model(tmp_path / "m.keras", custom_objects={"Own": Own}).problems


_FRESH = """
import sys
from lamina.saving import inspect_model, load_model
assert not inspect_model(sys.argv[1]).problems
print(load_model(sys.argv[1]).name)
"""


def test_a_process_that_has_made_no_model_knows_the_classes_of_models(tmp_path):
    _model().save(tmp_path / "m.keras")
    program = [sys.executable, "-c", _FRESH, str(tmp_path / "m.keras")]
    child = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
    assert (child.returncode, child.stdout) == (0, "net\n"), child.stderr
