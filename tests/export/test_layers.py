"""Every layer in every format that takes all of them."""

from __future__ import annotations

import pytest

import lamina
from lamina import layers
from lamina.engine.current import using
from tests.layers.cases import CASES

FORMATS = ("stablehlo", "torch", "tf_saved_model")
TWO_TENSORS = ("MultiHeadAttention", "GroupQueryAttention")
SOME = [case for case in CASES if case.name in ("Flatten", "RepeatVector", "Dot")]


def export(case, format, folder):
    """Export a layer; comparing it with what is written is a part of that."""
    with using("numpy"):
        dtype = "int32" if case.integers else "float32"
        inputs = [lamina.Input(shape[1:], dtype=dtype) for shape in case.shapes_of()]
        layer = case.layer(layers)
        x = inputs if case.several else inputs[0]
        model = lamina.Model(inputs, layer(*x) if case.name in TWO_TENSORS else layer(x))
        path = folder / ("m.pt2" if format == "torch" else "m")
        model.export(path, format=format, verbose=False, sample=case.inputs())


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_layer_is_exported(case, format, tmp_path):
    export(case, format, tmp_path)


@pytest.mark.parametrize("case", SOME, ids=repr)
def test_layers_that_compute_with_the_batch_are_exported(case, tmp_path):
    export(case, "stablehlo", tmp_path)
