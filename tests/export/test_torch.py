"""Exports of the format torch: what follows sizes that stay open."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lamina
from lamina import layers
from lamina.export.program import Program
from lamina.export.signature import of_model


def of_two_lengths():
    """Return a network of two sequences that may differ in length."""
    query, value = lamina.Input((None, 4), name="q"), lamina.Input((None, 4), name="v")
    h = layers.TimeDistributed(layers.Dense(3))(query)
    return lamina.Model([query, value], [h, layers.MultiHeadAttention(2, 3)(query, value)])


def of_one_length():
    """Return a network of two sequences that are added, so that their lengths are one."""
    a, b = lamina.Input((None, 4), name="a"), lamina.Input((None, 4), name="b")
    return lamina.Model([a, b], layers.Add()([a, b]))


def of_any_image():
    image = lamina.Input((None, None, 3), name="image")
    h = layers.MaxPooling2D(2)(layers.Conv2D(4, 3, padding="same")(image))
    return lamina.Model(image, layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3, strides=2)(h)))


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (of_two_lengths, [(3, 5, 4), (3, 9, 4)]),
        (of_one_length, [(3, 9, 4), (3, 9, 4)]),
        (of_any_image, [(3, 17, 40, 3)]),
    ],
)
def test_other_sizes_are_computed_as_the_model_does(make, shapes, tmp_path):
    model = make()
    model.export(tmp_path / "m.pt2", format="torch", verbose=False)
    inputs = [np.random.default_rng(0).random(shape, "float32") for shape in shapes]
    program = torch.export.load(tmp_path / "m.pt2").module()
    x = inputs if len(inputs) > 1 else inputs[0]
    results = program(lamina.tree.map_structure(torch.tensor, x))
    lamina.tree.map_structure(
        lambda y, z: np.testing.assert_allclose(y.numpy(), np.asarray(z), atol=1e-5),
        results,
        model(x),
    )


def test_lengths_have_one_name_where_they_must_agree():
    for make, names in ((of_one_length, {"batch", "n1"}), (of_two_lengths, {"batch", "n0", "n1"})):
        model = make()
        assert {*Program(model, of_model(model)).symbols.values()} == names
