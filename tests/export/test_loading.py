"""`export.load`: every format, called as the model was; what is not an export of ours is refused as such."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.core.file_errors import FormatError
from tests.export.networks import NETWORKS
from tests.export.test_formats import ENGINES, path_of

FORMATS = sorted(ENGINES)


@pytest.fixture(scope="module", params=FORMATS)
def exported(request, tmp_path_factory):
    """A network with dicts of inputs and outputs, and its program."""
    format, model = request.param, NETWORKS["dicts"]()
    path = path_of(tmp_path_factory.mktemp(format) / "m", format)
    model.export(path, format=format, verbose=False)
    return model, lamina.export.load(str(path))


X = {name: np.linspace(0, 1, 8, dtype="float32").reshape(2, 4) + i for i, name in enumerate("ab")}


def test_a_program_is_called_as_the_model_was(exported):
    model, program = exported
    expected = model.predict(X, verbose=0)
    for results in (
        program(X),
        program.by_name(X),
        program({n: x.astype("f8") for n, x in X.items()}),
    ):
        assert results.keys() == expected.keys()
        for name, y in results.items():
            assert type(y) is np.ndarray
            np.testing.assert_allclose(y, expected[name], rtol=1e-5, atol=1e-6)


def test_what_does_not_fit_is_refused_by_name(exported):
    _, program = exported
    with pytest.raises(ValueError, match=r"takes 2 input\(s\), \['a', 'b'\], but got 1"):
        program(X["a"])
    with pytest.raises(ValueError, match=r"takes the inputs \['a', 'b'\], not \['c'\]"):
        program.by_name({"c": X["a"]})
    with pytest.raises(ValueError, match=r"Input 'a' has the shape \(2, 3\), but .* \(None, 4\)"):
        program({**X, "a": X["a"][:, :3]})
    with pytest.raises(ValueError, match="Input 'a' has the dtype complex64"):
        program({**X, "a": X["a"].astype("complex64")})


@pytest.mark.parametrize("format", FORMATS)
def test_several_outputs_come_as_a_list(format, tmp_path):
    model, path = NETWORKS["two_inputs"](), path_of(tmp_path / "m", format)
    model.export(path, format=format, verbose=False)
    inputs = [np.ones((3, 4), "float32"), np.ones((3, 6), "float32")]
    for result, expected in zip(
        lamina.export.load(path)(inputs), model.predict(inputs, verbose=0), strict=True
    ):
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_not_there_or_of_others_is_told(format, tmp_path):
    path = path_of(tmp_path / "m", format)
    with pytest.raises(FileNotFoundError):
        lamina.export.load(path)
    if format == "tf_saved_model":
        (path / "assets.extra").mkdir(parents=True)
        (path / "assets.extra" / "lamina.json").write_text("{")
    else:
        path.write_bytes(b"no program")
        path.with_name(path.name + ".json").write_text("{}")
    with pytest.raises(FormatError):
        lamina.export.load(path)


def test_a_model_of_others_is_told_with_what_reads_it(tmp_path):
    import onnx

    graph = onnx.helper.make_graph([], "empty", [], [])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "m.onnx")
    with pytest.raises(FormatError, match="Read it with the format's own library"):
        lamina.export.load(tmp_path / "m.onnx")


def test_a_file_without_its_metadata_says_where_they_belong(tmp_path):
    (tmp_path / "m.bin").write_bytes(b"no program")
    with pytest.raises(FileNotFoundError, match=r"has no 'm\.bin\.json' beside it"):
        lamina.export.load(tmp_path / "m.bin")
