"""Exports of the format onnx."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import lamina
from lamina import layers, ops
from lamina.engine import current
from lamina.engine.onnx import session as sessions
from tests.export.networks import NETWORKS

ENGINES = [name for name in ("jax", "torch", "tensorflow", "numpy") if name in current.available()]


def export(model, path, **more):
    model.export(path, format="onnx", verbose=False, **more)
    return onnx.load(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def test_the_file_is_the_graph_that_runs(path, monkeypatch):
    ran = []
    make = sessions.make_session
    monkeypatch.setattr(
        sessions,
        "make_session",
        lambda model: ran.append(onnx.load_from_string(model)) or make(model),
    )
    model = NETWORKS["mlp"]()
    model.predict(np.ones((2, 12), "float32"), verbose=0)
    with lamina.config.using_backend("onnx"):
        model.predict(np.ones((2, 12), "float32"), verbose=0)
    (graph,), written = [x.graph for x in ran], export(model, path).graph
    assert [(x.op_type, x.attribute) for x in graph.node] == [
        (x.op_type, x.attribute) for x in written.node
    ]
    contents = [sorted(x.raw_data for x in g.initializer) for g in (graph, written)]
    assert contents[0] == contents[1]


def test_files_of_every_engine_are_equal(path):
    model = NETWORKS["cnn"]()
    digests = set()
    for engine in ENGINES:
        with lamina.config.using_backend(engine):
            export(model, path)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.slow
def test_files_of_a_large_network_are_equal(path):
    model = lamina.applications.ResNet50(weights=None)
    digests = set()
    for engine in ENGINES:
        with lamina.config.using_backend(engine):
            export(model, path)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


class Waves(layers.Layer):
    def call(self, x):
        real, imag = ops.fft2((ops.gelu(x), x))
        return ops.concatenate([real, imag, *ops.rfft(x, 5)], -1)


@pytest.mark.parametrize("opset", [18, 20])
def test_fourier_transforms_are_in_every_opset(path, opset):
    model = lamina.Sequential([lamina.Input((4, 6)), Waves()])
    onnx.checker.check_model(export(model, path, opset=opset), full_check=True)


@pytest.mark.parametrize("opset", [18, 20])
def test_the_checker_has_nothing_to_say_and_metadata_are_within(path, opset):
    model = export(NETWORKS["dicts"](), path, opset=opset, labels={"sum": list("abcd")})
    onnx.checker.check_model(model, full_check=True)
    assert [x.version for x in model.opset_import] == [opset]
    assert {x.name for x in model.graph.input} == {"a", "b"}
    session = onnxruntime.InferenceSession(path)
    metadata = json.loads(session.get_modelmeta().custom_metadata_map["lamina"])
    assert metadata["labels"] == {"sum": list("abcd")} and metadata["onnx_opset"] == opset


@pytest.mark.parametrize(
    ("network", "more", "says"),
    [
        ("mlp", {"opset": 7}, "`opset` must be 18, 19 or 20, not 7"),
        ("lstm", {}, "axis 1 of input 'words' has no known size"),
    ],
)
def test_what_onnx_cannot_be_told_is_refused(network, more, says, path):
    with pytest.raises(ValueError, match=says):
        export(NETWORKS[network](), path, **more)
    assert not path.exists()


def test_a_batch_that_is_computed_with_is_refused_unless_its_size_is_given(path):
    class Root(layers.Layer):
        def call(self, x):
            return x / float(np.sqrt(x.shape[0]))

    model = lamina.Sequential([lamina.Input((2,), name="x"), Root()])
    with pytest.raises(ValueError, match="fixed size of the batch"):
        export(model, path)
    export(model, path, input_signature=[lamina.InputSpec("float32", (4, 2))])
    result: Any
    (result,) = onnxruntime.InferenceSession(path).run(None, {"x": np.ones((4, 2), "float32")})
    np.testing.assert_allclose(result, 0.5)


def test_recurrent_layers_are_loops_and_not_written_out(path):
    x = lamina.Input((50, 3))
    model = lamina.Model(x, layers.LSTM(4)(layers.GRU(4, return_sequences=True)(x)))
    kinds = [node.op_type for node in export(model, path).graph.node]
    assert sum(kind in ("Scan", "LSTM", "GRU") for kind in kinds) == 2 and len(kinds) < 40
