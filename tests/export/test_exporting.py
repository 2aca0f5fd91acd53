"""What every export goes through: what is refused, what is noted, and that nothing half written stays."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.core.file_errors import FormatError
from lamina.export import stablehlo
from lamina.export.beside import write_with_metadata
from tests.export.networks import NETWORKS

FORMAT = "stablehlo"  # the quickest; what is tested here is the same for all


def export(model, path, **more):
    model.export(path, format=FORMAT, verbose=False, **more)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model"


def test_metadata_tell_names_labels_preprocessing_and_versions(path):
    model = NETWORKS["mlp"]()
    export(model, path, labels=["a", "b", "c"], preprocessing={"scale": 0.5})
    metadata = lamina.export.load(path).metadata
    assert metadata["inputs"] == [{"name": "x", "shape": [None, 12], "dtype": "float32"}]
    assert metadata["outputs"] == [{"name": "output_0", "shape": [None, 3], "dtype": "float32"}]
    assert (metadata["labels"], metadata["preprocessing"]) == (["a", "b", "c"], {"scale": 0.5})
    assert metadata["lamina_version"] == lamina.__version__
    assert "jax_version" in metadata


def text_model():
    x = lamina.Input((), dtype="string")
    h = layers.StringLookup(vocabulary=["a", "b"], name="words")(x)
    return lamina.Model(x, layers.Embedding(4, 2)(h))


def drawing_model():
    class Draws(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed = lamina.random.SeedGenerator(1)

        def call(self, x):
            return x + lamina.random.normal(lamina.ops.shape(x), seed=self.seed)

    return lamina.Sequential([lamina.Input((3,)), Draws()])


def stateful_model():
    x = lamina.Input(batch_shape=(2, 5, 3))
    return lamina.Model(x, layers.LSTM(2, stateful=True)(x))


def mixing_model():
    x = lamina.Input((3,))
    return lamina.Model(x, lamina.ops.sum(x, axis=0))


def coupled_model():
    x = lamina.Input((3,))
    return lamina.Model(x, x - lamina.ops.mean(x, axis=0, keepdims=True))


def unbuilt_model():
    return lamina.Sequential([layers.Dense(2)])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (text_model, "'words'.*works on the host"),
        (drawing_model, "changes the variable .*draws no random numbers"),
        (stateful_model, "changes the variable .*stateful=False"),
        (mixing_model, "'output_0' is not the batch"),
        (coupled_model, "differs from the model on a batch of 3.*Nothing is kept"),
        (unbuilt_model, "neither built nor called"),
    ],
)
def test_what_cannot_be_a_program_of_single_samples_is_refused(make, says, path):
    with pytest.raises(ValueError, match=says):
        export(make(), path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"labels": ["a", "b"]}, "`labels` has 2 for output 'output_0'"),
        ({"sample": np.ones((0, 12))}, "at least one row"),
        ({"input_signature": []}, "has 0 tensor"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(more, says, path):
    with pytest.raises(ValueError, match=says):
        export(NETWORKS["mlp"](), path, **more)


def test_unknown_options_and_formats_are_refused(path):
    model = NETWORKS["mlp"]()
    with pytest.raises(TypeError, match=r"does not take \['opset'\]"):
        export(model, path, opset=3)
    with pytest.raises(ValueError, match="must be one of"):
        model.export(path, format="caffe")


def test_an_export_that_is_wrong_leaves_the_old_one(path, monkeypatch):
    model = NETWORKS["mlp"]()
    export(model, path)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    right = stablehlo.write

    def wrong(program, part, metadata):
        program.values = [x + 1 for x in program.values]
        right(program, part, metadata)

    monkeypatch.setattr(stablehlo, "write", wrong)
    with pytest.raises(ValueError, match="differs from the model"):
        export(model, path)
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before


def test_a_file_and_metadata_of_another_export_are_refused(path):
    export(NETWORKS["mlp"](), path)
    beside = path.with_name("model.json")
    beside.write_text(json.dumps({**json.loads(beside.read_text()), "sha256": "0" * 64}))
    with pytest.raises(ValueError, match="do not belong together"):
        lamina.export.load(path)


def test_a_folder_with_something_else_in_it_stays(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not a SavedModel"):
        NETWORKS["mlp"]().export(tmp_path / "own", verbose=False)
    assert [p.name for p in tmp_path.rglob("*")] == ["own", "notes.txt"]


def test_inputs_may_be_told_otherwise_than_the_model_has_them(path):
    model = lamina.Sequential([lamina.Input((None, 3)), layers.Dense(2)])
    export(model, path, input_signature=[lamina.InputSpec(shape=(4, 5, 3), dtype="float32")])
    assert lamina.export.load(path).metadata["inputs"][0]["shape"] == [4, 5, 3]


def test_what_is_written_is_told(path, capsys):
    NETWORKS["mlp"]().export(path, format=FORMAT)
    assert "input x: float32 [None, 12]" in capsys.readouterr().out


def test_what_is_not_a_program_of_jax_is_refused(path):
    write_with_metadata(path, b"no program", {})
    with pytest.raises(FormatError, match="is not a program of JAX's export"):
        lamina.export.load(path)
