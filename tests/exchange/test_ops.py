"""Every op in a graph: Keras reads what lamina writes, and lamina what Keras writes."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import lamina
from lamina.core import tree
from tests.ops.rows import CASES, WITHOUT_SYMBOLIC, namespace

# Keras 3.15 has no such op.
ABSENT = {"column_stack", "gammainc", "matrix_power", "reconstruct_patches"}
# Keras cannot make a graph of the cases, or not read its own file (a tensor or a number where it has none).
NOT_IN_KERAS_FILES = {
    *("adaptive_average_pool", "adaptive_max_pool", "histogram", "istft", "stft", "trapezoid"),
    *("unique", "where"),  # their sizes depend on values; Keras takes the greatest
}
IN_FORCE = {"data_format": "channels_last", "dtype": "float32"}  # what None stands for
MOST = 2  # cases of one op
# Keras has no class for these, but one for what they stand for.
OTHER_NAMES = {"Absolute": "Abs", "Conjugate": "Conj"}


def _model(k, name, case):
    """The model that is this call; its inputs are the arrays."""
    inputs = []

    def symbolic(x):
        if not isinstance(x, np.ndarray):
            return x
        inputs.append(k.Input(batch_shape=x.shape, dtype=str(x.dtype), name=f"x{len(inputs)}"))
        return inputs[-1]

    args, kwargs = tree.map_structure(symbolic, (list(case[0]), dict(case[1])))
    return k.Model(inputs, getattr(namespace(name, k.ops), name)(*args, **kwargs), name="model")


def _there_and_back(model, k, other):
    text = json.dumps(k.saving.serialize_keras_object(model))
    return other.saving.deserialize_keras_object(json.loads(text))


def _layers(model):
    """What Keras writes of the op: its name, its settings, and what it is called on, that is not None."""
    text = json.dumps(keras.saving.serialize_keras_object(model))
    [op] = [x for x in json.loads(text)["config"]["layers"] if x["class_name"] != "InputLayer"]
    [call] = op["inbound_nodes"]
    called_on = [*call["args"], *call["kwargs"].values()]
    settings = {name: x for name, x in op["config"].items() if name != "name"}
    settings |= {name: x for name, x in IN_FORCE.items() if settings.get(name, x) is None}
    name = OTHER_NAMES.get(op["class_name"], op["class_name"])
    return op["module"], name, settings, [x for x in called_on if x is not None]


def _pairs(name):
    """The models of both libraries for each case of which both make a graph."""
    for case in CASES[name]:
        arrays = [x for x in tree.flatten(list(case)) if isinstance(x, np.ndarray)]
        try:
            theirs = _model(keras, name, case)
            _there_and_back(theirs, keras, keras)
        except Exception:  # no arrays, numbers in the first place, sizes that depend on values
            continue
        if name not in NOT_IN_KERAS_FILES:
            yield arrays, _model(lamina, name, case), theirs


@pytest.mark.parametrize("name", sorted(CASES.keys() - WITHOUT_SYMBOLIC - ABSENT))
def test_an_op_of_the_other_librarys_file_is_the_same_op(name):
    compared = 0
    with lamina.config.using_backend("numpy"), np.errstate(all="ignore"):
        for arrays, ours, theirs in _pairs(name):
            assert _layers(_there_and_back(ours, lamina, keras)) == _layers(theirs)
            read = _there_and_back(theirs, keras, lamina)
            found, expected = (tree.flatten(model(arrays)) for model in (read, ours))
            for x, y in zip(found, expected, strict=True):
                np.testing.assert_array_equal(x, y)
            compared += 1
            if compared == MOST:
                break
    assert bool(compared) == (name not in NOT_IN_KERAS_FILES)
