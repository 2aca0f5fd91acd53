"""Dtype policies, global and of a layer."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import policy
from tests.layers.checks import raises_with


@pytest.fixture(autouse=True)
def _back_to_float32():
    yield
    lamina.config.set_dtype_policy(None)
    lamina.config.set_floatx("float32")


@pytest.mark.parametrize(
    ("name", "compute", "variable"),
    [
        ("float32", "float32", "float32"),
        ("float16", "float16", "float16"),
        ("mixed_float16", "float16", "float32"),
        ("mixed_bfloat16", "bfloat16", "float32"),
    ],
)
def test_names(name, compute, variable):
    found = lamina.DTypePolicy(name)
    assert (found.name, found.compute_dtype, found.variable_dtype) == (name, compute, variable)
    assert lamina.DTypePolicy.from_config(found.get_config()) == found == policy.get(name)
    assert hash(found) == hash(policy.get(name)) and policy.get(found) is found


def test_unknown_names():
    with raises_with(ValueError, "'mixed_float8'", "mixed_bfloat16"):
        lamina.DTypePolicy("mixed_float8")


def test_the_global_policy_is_for_layers_made_afterwards(engine):
    before = layers.Dense(2)
    lamina.config.set_dtype_policy("mixed_bfloat16")
    after = layers.Dense(2)
    assert before.compute_dtype == "float32"
    assert (after.compute_dtype, after.variable_dtype, after.dtype) == (
        "bfloat16",
        "float32",
        "float32",
    )
    found = after(np.ones((1, 3), "float32"))
    assert engine.dtype(found) == "bfloat16" and after.kernel.dtype == "float32"
    lamina.config.set_dtype_policy(None)
    assert layers.Dense(2).compute_dtype == "float32"


def test_floatx_is_the_default_policy(engine):
    lamina.config.set_floatx("float16")
    layer = layers.Dense(2)
    layer(np.ones((1, 3)))
    assert layer.compute_dtype == "float16" == layer.kernel.dtype


def test_a_layer_sees_its_weights_in_the_compute_dtype_and_integers_as_they_are(engine):
    seen = []

    class Look(lamina.Layer):
        def build(self, shape):
            self.w = self.add_weight((), name="w")
            self.exact = self.add_weight((), autocast=False, name="exact")
            self.count = self.add_weight((), dtype="int32", name="count")

        def call(self, x):
            seen.extend(
                [
                    engine.dtype(x),
                    *(engine.dtype(v.value) for v in (self.w, self.exact, self.count)),
                ]
            )
            return x

    layer = Look(dtype="mixed_float16")
    layer(np.ones((1, 2), "float32"))
    assert seen == ["float16", "float16", "float32", "int32"]
    assert engine.dtype(layer(np.ones((1, 2), "int32"))) == "int32"
    assert layer.w.numpy().dtype == "float32"


def test_layers_of_different_policies_in_one_model(engine):
    x = layers.Input((3,))
    half = layers.Dense(2, dtype="mixed_bfloat16")(x)
    whole = layers.Dense(2, dtype="float32")(half)
    assert (half.dtype, whole.dtype) == ("bfloat16", "float32")
    found = lamina.Model(x, [half, whole]).predict(np.ones((4, 3), "float32"), verbose=0)
    assert [y.dtype.name for y in found] == ["bfloat16", "float32"]
    assert np.isfinite(ops.convert_to_numpy(found[1])).all()
