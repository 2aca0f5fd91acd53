"""Layers on sparse tensors give what they give on dense ones; those that encode may give sparse ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import lamina
from lamina import layers
from lamina.core.sparse import RULES, Sparse

DRAWS = np.random.default_rng(0)
X = sparse.random_array((6, 9), density=0.3, rng=DRAWS, dtype="float32", format="csr")
IDS = sparse.csr_array(np.array([[0, 3, 0], [1, 0, 2]]))

LAYERS = {
    "Dense": (lambda: layers.Dense(4, "relu"), False),
    "Dropout": (lambda: layers.Dropout(0.5), True),
    "Activation": (lambda: layers.Activation("tanh"), True),
    "Rescaling": (lambda: layers.Rescaling(2.0), False),
    "Reshape": (lambda: layers.Reshape((3, 3)), False),
    "Flatten": (layers.Flatten, True),
    "BatchNormalization": (layers.BatchNormalization, False),
    "LayerNormalization": (layers.LayerNormalization, False),
    "RepeatVector": (lambda: layers.RepeatVector(2), False),
    "Masking": (layers.Masking, False),
}


def as_array(x):
    return x.numpy() if isinstance(x, Sparse) else lamina.ops.convert_to_numpy(x)


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_are_those_of_dense_tensors(name, engine):
    make, stays = LAYERS[name]
    layer = make()
    result = layer(X)
    assert isinstance(result, Sparse) == stays
    np.testing.assert_allclose(as_array(result), as_array(layer(X.toarray())), rtol=1e-5, atol=1e-6)


def test_a_dense_layer_multiplies_what_is_there(engine, monkeypatch):
    def made_dense(x):
        raise AssertionError("The rows were made dense.")

    monkeypatch.setitem(RULES, "dense", made_dense)
    layers.Dense(4)(X)
    layers.Dense(4, use_bias=False)(layers.Concatenate()([X, X]))


@pytest.mark.parametrize(
    ("kind", "stays"),
    [
        *(("Add", True), ("Subtract", True), ("Multiply", True), ("Average", True)),
        *(("Maximum", False), ("Concatenate", True), ("Dot", False)),
    ],
)
def test_merging_layers(kind, stays, engine):
    layer = layers.Dot(axes=1) if kind == "Dot" else getattr(layers, kind)()
    result = layer([X, X * 2])
    assert isinstance(result, Sparse) == stays
    dense = X.toarray()
    np.testing.assert_allclose(as_array(result), as_array(layer([dense, dense * 2])), rtol=1e-5)
    mixed = layer([X, dense])
    np.testing.assert_allclose(as_array(mixed), as_array(layer([dense, dense])), rtol=1e-5)


def test_embedding_takes_sparse_numbers(engine):
    layer = layers.Embedding(4, 2)
    np.testing.assert_allclose(as_array(layer(IDS)), as_array(layer(IDS.toarray())))


def test_integers_stay_integers_and_floats_come_in_the_layers_dtype(engine):
    assert lamina.ops.dtype(layers.Flatten(dtype="float16")(X)) == "float16"
    assert lamina.ops.dtype(layers.Flatten()(IDS.astype("int32"))) == "int32"


WORDS = np.array([["a", "b", "a"], ["c", "x", "y"]])
NUMBERS = np.array([[1, 2, 1], [0, 3, 9]])
ENCODING = {
    "CategoryEncoding": (
        lambda **o: layers.CategoryEncoding(4, **o),
        NUMBERS,
        "multi_hot count one_hot",
    ),
    "Discretization": (
        lambda **o: layers.Discretization([1.0, 2.0], **o),
        NUMBERS.astype("float32"),
        "multi_hot count one_hot",
    ),
    "Hashing": (lambda **o: layers.Hashing(5, **o), WORDS, "multi_hot count one_hot"),
    "HashedCrossing": (
        lambda **o: layers.HashedCrossing(5, **o),
        [WORDS[:, :1], NUMBERS[:, :1]],
        "one_hot",
    ),
    "StringLookup": (
        lambda **o: layers.StringLookup(vocabulary=["a", "b", "c"], **o),
        WORDS,
        "multi_hot count one_hot",
    ),
    "IntegerLookup": (
        lambda **o: layers.IntegerLookup(vocabulary=[1, 2, 3], **o),
        NUMBERS,
        "multi_hot count one_hot",
    ),
    "TextVectorization": (
        lambda **o: layers.TextVectorization(vocabulary=["a", "b", "c"], **o),
        np.array(["a b a", "c x"]),
        "multi_hot count",
    ),
    "tf_idf": (
        lambda **o: layers.TextVectorization(
            vocabulary=["a", "b", "c"], idf_weights=[0.1, 0.2, 0.3], **o
        ),
        np.array(["a b a", "c x"]),
        "tf_idf",
    ),
}


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind, (*_, modes) in ENCODING.items() for mode in modes.split()],
)
def test_encodings_may_be_sparse(kind, mode, engine):
    make, inputs, _ = ENCODING[kind]
    result = make(output_mode=mode, sparse=True)(inputs)
    expected = make(output_mode=mode)(inputs)
    assert isinstance(result, Sparse)
    np.testing.assert_allclose(result.numpy(), as_array(expected), rtol=1e-6)
    layer = make(output_mode=mode, sparse=True)
    assert layer.get_config()["sparse"] is True
    assert type(layer).from_config(layer.get_config()).sparse is True


@pytest.mark.parametrize("kind", ["Discretization", "Hashing", "HashedCrossing", "StringLookup"])
def test_numbers_of_categories_are_not_sparse(kind):
    with pytest.raises(ValueError, match=r"sparse=True.* not with output_mode='int'"):
        ENCODING[kind][0](sparse=True)


def test_an_input_says_whether_it_is_sparse(engine):
    x = layers.Input((9,), sparse=True, name="x")
    model = lamina.Model(x, layers.Dense(2)(layers.Concatenate()([x, x])))
    again = lamina.models.clone_model(lamina.Model.from_config(model.get_config()))
    assert again.inputs[0].sparse and again.inputs[0].node.operation.get_config()["sparse"] is True
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(
        as_array(again(X)), as_array(model(X.toarray())), rtol=1e-5, atol=1e-6
    )


def test_ragged_tensors_are_refused():
    with pytest.raises(NotImplementedError, match="no ragged tensors"):
        layers.Input((3,), ragged=True)
