"""Small conversions of data, beside Keras' own."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lamina import utils


@pytest.mark.parametrize("x", [[0, 2, 1], [[0], [3]], [[0, 1], [2, 2]], 3])
def test_to_categorical_equals_keras(x):
    ours, theirs = utils.to_categorical(x), keras.utils.to_categorical(x)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("x", "classes", "part"),
    [([-1], None, "from -1"), ([3], 3, "num_classes=3"), ([0.5], None, "whole")],
)
def test_to_categorical_refuses_what_is_no_class(x, classes, part):
    with pytest.raises(ValueError, match=part):
        utils.to_categorical(x, classes)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=5),
    st.one_of(st.none(), st.integers(1, 5)),
    st.sampled_from(["pre", "post"]),
    st.sampled_from(["pre", "post"]),
)
def test_pad_sequences_equals_keras(sequences, maxlen, padding, truncating):
    ours = utils.pad_sequences(sequences, maxlen, "int32", padding, truncating)
    theirs = keras.utils.pad_sequences(sequences, maxlen, "int32", padding, truncating)
    np.testing.assert_array_equal(ours, theirs)


def test_pad_sequences_of_vectors():
    padded = utils.pad_sequences([np.ones((2, 3)), np.ones((1, 3))], dtype="float32", value=-1)
    assert padded.shape == (2, 2, 3)
    assert padded[1, 0].tolist() == [-1, -1, -1]
    with pytest.raises(ValueError, match="do not go together"):
        utils.pad_sequences([np.ones((2, 3)), np.ones((1, 4))])
    with pytest.raises(ValueError, match="not a sequence"):
        utils.pad_sequences([3])


@pytest.mark.parametrize("order", [1, 2])
def test_normalize_equals_keras(order):
    x = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, -1.0]])
    np.testing.assert_allclose(
        utils.normalize(x, order=order), keras.utils.normalize(x, order=order)
    )


def test_clear_session_starts_names_again():
    from lamina import layers

    utils.clear_session()
    assert layers.Dense(1).name == "dense"
    assert layers.Dense(1).name == "dense_1"
    utils.clear_session()
    assert layers.Dense(1).name == "dense"
