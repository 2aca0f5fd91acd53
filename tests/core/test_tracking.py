"""Whatever an object holds is found: under any name, in any container, with parents and cycles."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import types
import warnings
from collections import OrderedDict, deque, namedtuple

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.core import tracking

# Names that lamina or Keras use themselves, or once did, and names that users like.
NAMES = """
_groups _chosen _slots _averages _accumulators _trained _traced _functions _losses _arguments
_inbound _function _weights _path _facts _trainable _accepted _losses_of _born_in _layers
_graph_layers _metrics _variables _outputs _compiled_loss _compiled_metrics
_called_with _own _mean_size _iterations _learning_rate _multipliers _not_decayed _held _kept
_made _compute _taken_in _build_from _pass_mask _described _walk _contents graph sublayers
own_weights flatten_layers blocks containers snapshots role_ nodes lookups _loss_tracker bind_inputs
compiled_loss
"""
NAMES = tuple(NAMES.split())

Pair = namedtuple("Pair", "first second")


@dataclasses.dataclass
class Parts:
    inner: object
    count: int = 1


CONTAINERS = {
    "itself": lambda x: x,
    "a list": lambda x: [None, x],
    "a dict": lambda x: {"a": x},
    "a tuple": lambda x: (1, x),
    "a named tuple": lambda x: Pair(x, 2),
    "an ordered dict": lambda x: OrderedDict(b=[x]),
    "a deque": lambda x: deque([x]),
    "a set": lambda x: {x},
    "a namespace": lambda x: types.SimpleNamespace(x=x),
    "a dataclass": lambda x: Parts([x]),
    "all at once": lambda x: [{"a": ({"b": [x]},)}],
}


class Block(lamina.Layer):
    """A layer that holds another, under a name and in a container."""

    def __init__(self, attribute, wrap):
        super().__init__()
        self.supports_masking = True
        self.call_it = layers.Dense(2) if attribute is None else None
        if attribute is not None:
            inner = layers.Dense(2)
            setattr(self, attribute, wrap(inner))
            self.use = lambda x: inner(x)

    def call(self, x):
        return self.use(x)


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_found_under_any_name(name):
    block = Block(name, CONTAINERS["itself"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        block(np.ones((1, 3), "float32"))
    assert [v.shape for v in block.weights] == [(3, 2), (2,)]
    assert len(block.trainable_variables) == 2


@pytest.mark.parametrize("wrap", CONTAINERS.values(), ids=CONTAINERS)
def test_a_layer_is_found_in_any_container(wrap):
    block = Block("_parts", wrap)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        block(np.ones((1, 3), "float32"))
    assert len(block.weights) == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_variable_is_found_under_any_name(name):
    class Model(lamina.Model):
        def __init__(self):
            super().__init__()
            setattr(self, name, [lamina.Variable([1.0])])

        def call(self, x):
            return x

    class Metric(lamina.Metric):
        def __init__(self):
            super().__init__()
            setattr(self, name, {"a": lamina.Variable([1.0], trainable=False)})

    assert len(Model().weights) == 1
    assert len(Metric().variables) == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_optimizer_finds_variables_under_any_name(name):
    class Own(lamina.optimizers.Optimizer):
        def __init__(self):
            super().__init__(learning_rate=0.1)
            setattr(self, name, [lamina.Variable([1.0], trainable=False, name="own")])

    assert [v.name for v in Own().variables].count("own") == 1


def test_metrics_within_metrics_are_found():
    class Both(lamina.Metric):
        def __init__(self):
            super().__init__()
            self._inner = [lamina.metrics.Mean(), lamina.metrics.Sum()]

    assert len(Both().variables) == 3


def test_what_a_list_gains_or_loses_is_noticed():
    block = Block(None, None)
    block.parts = [layers.Dense(1)]
    assert len(tracking.walk(block).holders) == 3
    block.parts.append(layers.Dense(1))
    assert len(tracking.walk(block).holders) == 4
    block.parts.clear()
    del block.call_it
    assert len(tracking.walk(block).holders) == 1


def test_a_structure_that_stands_still_is_walked_through_once(monkeypatch):
    model = lamina.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dropout(0.5)])
    model.count = 0
    before = tracking.walk(model)
    model.count += 1  # a number is not structure
    assert tracking.walk(model) is before
    model.layers[0].extra = layers.Dense(1)
    assert tracking.walk(model) is not before


def test_parents_and_cycles():
    class Child(lamina.Layer):
        def __init__(self, parent):
            super().__init__()
            self.parent, self.me = parent, self
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    class Parent(lamina.Layer):
        def __init__(self):
            super().__init__()
            self.child = Child(self)

        def call(self, x):
            return self.child(x)

    parent = Parent()
    parent(np.ones((1, 3), "float32"))
    assert len(parent.weights) == 2
    parent.trainable = False
    assert parent.trainable_variables == []
    assert len(parent.child.non_trainable_variables) == 2


def test_finding_is_linear():
    """Each block holds the two before it: there are more ways to a block than stars."""
    chain = [layers.Dense(1), layers.Dense(1)]
    for _ in range(100):
        block = lamina.Layer()
        block.before = chain[-2:]
        chain.append(block)
    assert len(tracking.walk(chain[-1]).holders) == 102
    assert chain[-1].weights == chain[-1].trainable_variables == []
    assert chain[-1].losses == []


def test_frozen_layers_freeze_what_they_hold_but_not_what_others_hold_too():
    shared, frozen, model = layers.Dense(1), lamina.Layer(), lamina.Layer()
    shared.build((None, 2))
    frozen.inner, model.parts = shared, [frozen]
    frozen.trainable = False
    shared.trainable = True
    assert model.trainable_variables == []
    model.also = shared
    assert len(model.trainable_variables) == 2


@pytest.mark.parametrize("value", ["no", 1, None, [True]])
def test_trainable_is_a_bool(value):
    with pytest.raises(ValueError, match="must be True or False"):
        layers.Dense(1).trainable = value


def test_a_copy_has_variables_of_its_own():
    layer = layers.Dense(2)
    layer(np.ones((1, 3), "float32"))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert len(twin.weights) == 2
        assert twin.weights[0] is not layer.weights[0]
        np.testing.assert_array_equal(twin.get_weights()[0], layer.get_weights()[0])
        twin.kernel.assign(twin.kernel * 2)
        assert not np.allclose(twin.get_weights()[0], layer.get_weights()[0])


def test_what_a_change_brings_is_seen_though_structures_stand_still_around_it():
    layer = lamina.Layer()
    with tracking.standing_still():
        assert tracking.walk(layer).variables() == []
        with tracking.changing():
            layer.variable = lamina.Variable(1.0)
        assert tracking.walk(layer).variables() == [layer.variable]
