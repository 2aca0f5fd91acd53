"""A formula of a shape says what evaluation says, and says nothing where that is not sure."""

from __future__ import annotations

import itertools

import pytest

import lamina
from lamina import layers
from lamina.layers.core.scales import LayerScale
from lamina.layers.formulas import formulas, merging_formulas

CASES = {
    "a convolution": lambda: layers.Conv2D(5, 3),
    "one with strides": lambda: layers.Conv2D(5, (2, 5), (3, 2), activation="relu"),
    "one around the border": lambda: layers.Conv2D(5, 4, 3, padding="same", use_bias=False),
    "a dilated one": lambda: layers.Conv2D(5, 3, dilation_rate=(2, 3)),
    "one that halves its filters": lambda: layers.Conv2D(6, 1, activation=lamina.activations.glu),
    "one with a user's activation": lambda: layers.Conv2D(6, 1, activation=lambda x: x[..., :2]),
    "channels first": lambda: layers.Conv2D(5, 3, 2, data_format="channels_first"),
    "by channel": lambda: layers.DepthwiseConv2D(3, 2, depth_multiplier=2),
    "by channel, around": lambda: layers.DepthwiseConv2D(5, 2, padding="same"),
    "separable": lambda: layers.SeparableConv2D(7, 3, 2, padding="same", depth_multiplier=2),
    "largest": lambda: layers.MaxPooling2D(3, 2),
    "largest, around": lambda: layers.MaxPooling2D(3, 2, padding="same"),
    "average": lambda: layers.AveragePooling2D((2, 3)),
    "padded": lambda: layers.ZeroPadding2D(((1, 2), (0, 3))),
    "padded, channels first": lambda: layers.ZeroPadding2D(2, data_format="channels_first"),
    "normalized": lambda: layers.BatchNormalization(),
    "normalized by sample": lambda: layers.LayerNormalization(),
    "rectified": lambda: layers.ReLU(6.0),
    "activated": lambda: layers.Activation("softmax"),
    "gated": lambda: layers.Activation("glu"),
    "averaged": lambda: layers.GlobalAveragePooling2D(),
    "averaged, with axes": lambda: layers.GlobalAveragePooling2D(keepdims=True),
    "averaged, channels first": lambda: layers.GlobalAveragePooling2D("channels_first"),
    "largest of all": lambda: layers.GlobalMaxPooling2D(),
    "dense": lambda: layers.Dense(3, activation="relu"),
    "dense and gated": lambda: layers.Dense(6, activation="glu"),
    "dense and summed up": lambda: layers.Dense(6, activation=lamina.ops.sum),
    "convolved and turned": lambda: layers.Conv2D(6, 1, activation=lamina.ops.transpose),
    "scaled": lambda: LayerScale(1.0, 4),
    "rescaled": lambda: layers.Rescaling(1 / 255, -1),
    "standardized": lambda: layers.Normalization(mean=[1.0] * 4, variance=[2.0] * 4),
    "flat": lambda: layers.Flatten(),
    "flat, channels first": lambda: layers.Flatten("channels_first"),
    "dropped": lambda: layers.Dropout(0.5),
}
MERGES = (layers.Add, layers.Multiply, layers.Concatenate)
FIRST = ((None, 4, 12, 15), (2, 4, 9, 8), (None, 4, None, None), (None, 4, None, 11))
UNFIT = (
    ((),),
    ((3,),),
    ((2, 4),),
    ((None, 4),),
    ((2, 4, 4),),
    ((2, 3, 3, 4, 4),),
)
MERGED = (
    (None, 12, 4),
    (2, 12, 4),
    (1, 12, 4),
    (2, 1, 4),
    (None, 12, 1),
    (2, 12, 7),
    (2, 4),
    (2,),
    (),
)
SHAPES = ((None, 12, 15, 4), (2, 9, 8, 4), (None, None, None, 4), (None, None, 11, 4))


def specs(layer, *shapes):
    """Shape and dtype of each of the layer's outputs for symbolic inputs."""
    inputs = [lamina.KerasTensor(shape, "float32") for shape in shapes]
    outputs = layer(inputs if len(inputs) > 1 else inputs[0])
    return lamina.tree.map_structure(lambda x: (x.shape, x.dtype), outputs)


def outcome(make, *shapes):
    """What `specs` returns, or that the layer refuses its inputs."""
    try:
        return specs(make(), *shapes)
    except ValueError:
        return "refused"


@pytest.mark.parametrize("case", CASES)
def test_formulas_say_what_evaluation_says(case, monkeypatch):
    shapes = FIRST if "first" in case else SHAPES
    by_formula = [specs(CASES[case](), shape) for shape in shapes]
    monkeypatch.setattr("lamina.layers.calls_symbolically.known_spec", lambda *_: None)
    assert by_formula == [specs(CASES[case](), shape) for shape in shapes]


@pytest.mark.parametrize("merge", MERGES)
def test_merged_shapes_are_those_of_evaluation(merge, monkeypatch):
    pairs = list(itertools.product(MERGED, repeat=2))
    by_formula = [outcome(merge, *pair) for pair in pairs]
    monkeypatch.setattr("lamina.layers.calls_symbolically.known_spec", lambda *_: None)
    assert by_formula == [outcome(merge, *pair) for pair in pairs]


@pytest.mark.parametrize("case", CASES)
def test_inputs_that_evaluation_refuses_are_refused(case, monkeypatch):
    by_formula = [outcome(CASES[case], *shapes) for shapes in UNFIT]
    monkeypatch.setattr("lamina.layers.calls_symbolically.known_spec", lambda *_: None)
    assert by_formula == [outcome(CASES[case], *shapes) for shapes in UNFIT]


@pytest.mark.parametrize("merge", MERGES)
def test_merging_one_tensor_is_refused(merge):
    with pytest.raises(ValueError, match="list of at least"):
        specs(merge(), (2, 4))


def test_every_formula_is_compared():
    of_layers = {
        x for x in (*formulas, *merging_formulas) if x.__module__.startswith("lamina.layers")
    }
    assert {*map(type, [make() for make in CASES.values()]), *MERGES} == of_layers


def test_a_layer_of_ones_own_is_evaluated():
    class Cropped(layers.Conv2D):
        def call(self, inputs):
            return super().call(inputs)[:, 1:]

    assert specs(Cropped(5, 3), (None, 12, 15, 4))[0] == (None, 9, 13, 5)


def test_windows_that_do_not_fit_are_told_by_evaluation():
    with pytest.raises(ValueError, match="cannot be applied to input of shape"):
        specs(layers.Conv2D(5, 9), (None, 8, 8, 4))
