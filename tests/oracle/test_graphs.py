"""Random graphs beside Keras': the same layers in the same order, the same weights, the same outputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import lamina
from lamina.core import naming, tree

SETTINGS = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@st.composite
def plans(draw: Any) -> dict:
    """A recipe for a graph: each step says what is done to which of the tensors made so far."""
    inputs = draw(st.integers(1, 3))
    made, steps, shared = inputs, [], 0
    for _ in range(draw(st.integers(1, 9))):
        pick = st.integers(0, made - 1)
        kind = draw(
            st.sampled_from(
                ["dense", "dense", "add", "concatenate", "shared", "op", "two", "nested"]
            )
        )
        steps.append((kind, draw(pick), draw(pick), draw(st.integers(0, max(shared - 1, 0)))))
        shared += kind == "dense"
        made += 2 if kind == "two" else 1
    outputs = draw(st.lists(st.integers(inputs, made - 1), min_size=1, max_size=3, unique=True))
    order = draw(st.permutations(range(inputs)))
    return {"inputs": inputs, "steps": steps, "outputs": outputs, "order": list(order)}


def halves(k: Any) -> Any:
    class Halves(k.Layer):
        def call(self, x):
            return x * 0.5, x + 1.0

        def compute_output_spec(self, x):
            return k.KerasTensor(x.shape, x.dtype), k.KerasTensor(x.shape, x.dtype)

    return Halves


def build(k: Any, plan: dict) -> Any:
    """The plan's model in library `k`; every layer has a name, so that names can be compared."""
    tensors = [k.layers.Input((4,), name=f"in{i}") for i in range(plan["inputs"])]
    dense: list = []
    halves_of = halves(k)
    for i, (kind, one, other, which) in enumerate(plan["steps"]):
        x, y = tensors[one], tensors[other]
        if kind == "shared" and dense:
            tensors.append(dense[which](x))
        elif kind in ("dense", "shared"):
            dense.append(k.layers.Dense(4, name=f"dense{i}"))
            tensors.append(dense[-1](x))
        elif kind == "add":
            tensors.append(k.layers.Add(name=f"add{i}")([x, y]))
        elif kind == "concatenate":
            joined = k.layers.Concatenate(name=f"join{i}")([x, y])
            tensors.append(k.layers.Dense(4, name=f"dense{i}")(joined))
        elif kind == "two":
            tensors += halves_of(name=f"two{i}")(x)
        elif kind == "nested":
            inner = [k.layers.Input((4,), name=f"inner_in{i}"), k.layers.Dense(4, name=f"inner{i}")]
            tensors.append(k.Sequential(inner, name=f"nested{i}")(x))
        else:
            tensors.append(x * 2.0 + y)
    inputs = [tensors[i] for i in plan["order"]]
    return k.Model(inputs, [tensors[i] for i in plan["outputs"]], name="model")


def names(model: Any) -> list[str]:
    return [layer.name for layer in model.layers]


@SETTINGS
@given(plans())
def test_layers_weights_and_outputs_agree(plan):
    theirs, ours = build(keras, plan), build(lamina, plan)
    assert names(ours) == names(theirs)
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    ours.set_weights(theirs.get_weights())
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(3, 4)).astype("float32") for _ in plan["order"]]
    for found, expected in zip(tree.flatten(ours(x)), tree.flatten(theirs(x)), strict=True):
        expected = np.asarray(expected)
        np.testing.assert_allclose(
            found, expected, rtol=1e-5, atol=1e-5 * max(1, np.abs(expected).max())
        )


def sequential(k: Any) -> Any:
    return k.Sequential(
        [k.layers.Dense(2, input_shape=(3,)) if k is lamina else k.layers.Input((3,)), *rest(k)],
        name="s",
    )


def rest(k: Any) -> list:
    first = [] if k is lamina else [k.layers.Dense(2)]
    return [*first, k.layers.BatchNormalization(), k.layers.Dropout(0.5), k.layers.Dense(1)]


def deferred(k: Any) -> Any:
    model = k.Sequential([k.layers.Dense(2), k.layers.Dense(1)], name="s")
    model(np.ones((1, 3), "float32"))
    return model


def functional(k: Any) -> Any:
    x = k.layers.Input((5,), dtype="int32")
    h = k.layers.LSTM(3)(k.layers.Embedding(7, 4)(x))
    return k.Model(x, [k.layers.Dense(2)(h), k.layers.Dense(1, name="value")(h)])


def nested(k: Any) -> Any:
    x = k.layers.Input((3,))
    inner = k.Sequential([k.layers.Input((3,)), k.layers.Dense(4), k.layers.Dense(2)], name="inner")
    y = k.layers.Input((2,))
    other = k.Model(y, k.layers.Dense(2)(y), name="other")
    return k.Model(x, other(inner(x)), name="outer")


def subclassed(k: Any) -> Any:
    class Net(k.Model):
        def __init__(self):
            super().__init__(name="net")
            self.hidden = k.layers.Dense(4)
            self.blocks = [
                k.layers.Dense(3, name="block"),
                k.Sequential([k.layers.Dense(2)], name="stack"),
            ]
            self.norm = k.layers.BatchNormalization()

        def call(self, x):
            x = self.norm(self.hidden(x))
            for block in self.blocks:
                x = block(x)
            return x

    model = Net()
    model(np.ones((2, 3), "float32"))
    return model


def layer_of_layers(k: Any) -> Any:
    class Block(k.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.dense = k.layers.Dense(2)
            self.table = {"b": k.layers.Dense(1, name="tb"), "a": k.layers.Dense(1, name="ta")}

        def build(self, input_shape):
            self.scale = self.add_weight(shape=(), name="scale")
            self.count = self.add_weight(shape=(), trainable=False, name="count")

        def call(self, x):
            x = self.dense(x) * self.scale
            return self.table["a"](x) + self.table["b"](x)

    x = k.layers.Input((3,))
    return k.Model(x, Block()(x), name="m")


@pytest.mark.parametrize(
    "make",
    [sequential, deferred, functional, nested, subclassed, layer_of_layers],
    ids=lambda f: f.__name__,
)
def test_paths_of_weights_agree(make):
    keras.backend.clear_session()
    naming.reset()
    theirs, ours = make(keras), make(lamina)
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    assert [w.path for w in ours.trainable_weights] == [w.path for w in theirs.trainable_weights]
    assert [w.path for w in ours.non_trainable_weights] == [
        w.path for w in theirs.non_trainable_weights
    ]
    assert [tuple(w.shape) for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert ours.count_params() == theirs.count_params()
