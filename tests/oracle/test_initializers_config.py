"""Configurations of initializers, regularizers, constraints, losses and metrics are Keras' own."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import lamina
from lamina.core import registry

NAMESPACES = {
    "initializers": [
        c.__name__
        for c in registry.shelves["initializers"].objects.values()
        if c.__name__ != "Identity"
    ],
    "regularizers": list(registry.shelves["regularizers"].objects),
    "constraints": list(registry.shelves["constraints"].objects),
    "losses": [
        n
        for n, c in registry.shelves["losses"].objects.items()
        if isinstance(c, type)
        # Keras cannot make its own configuration of the second into a loss again.
        and n not in ("LossFunctionWrapper", "CategoricalGeneralizedCrossEntropy")
    ],
    "metrics": [
        n
        for n in registry.shelves["metrics"].objects
        if n not in ("MeanMetricWrapper", "Exact")  # the one needs a function, the other is ours
    ],
}
CASES = [
    pytest.param(namespace, name, id=f"{namespace}.{name}")
    for namespace, names in NAMESPACES.items()
    for name in names
]
REQUIRED = {
    **{key: {"num_classes": 2, "target_class_ids": [0]} for key in ("IoU", "OneHotIoU")},
    **{key: {"num_classes": 2} for key in ("MeanIoU", "OneHotMeanIoU")},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
ARGUMENTS = {
    "GlorotUniform": {"seed": 3},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_avg", "distribution": "uniform", "seed": 1},
    "RandomNormal": {"mean": 1.0, "stddev": 2.0, "seed": 4},
    "Orthogonal": {"gain": 2.0, "seed": 1},
    "Constant": {"value": [[1.0, 2.0]]},
    "L1L2": {"l1": 0.5, "l2": 0.25},
    "OrthogonalRegularizer": {"factor": 0.5, "mode": "columns"},
    "MaxNorm": {"max_value": 3.0, "axis": [0, 1]},
    "MinMaxNorm": {"min_value": 0.5, "rate": 0.5},
    "AUC": {
        "num_thresholds": 30,
        "curve": "PR",
        "summation_method": "majoring",
        "multi_label": True,
        "num_labels": 2,
    },
    "Precision": {"thresholds": [0.25, 0.5], "class_id": 1},
    "TruePositives": {"thresholds": 0.25},
    "BinaryAccuracy": {"threshold": 0.25},
    "TopKCategoricalAccuracy": {"k": 3},
    "BinaryCrossentropy": {"from_logits": True, "label_smoothing": 0.25},
    "SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 0},
    "MeanSquaredError": {"name": "mine"},
}


def _plain(config):
    """As JSON has it, with float32 roundings (Keras has some in its regularizers) taken away."""
    return json.loads(json.dumps(config), parse_float=lambda text: round(float(text), 7))


@pytest.mark.parametrize("with_arguments", [False, True])
@pytest.mark.parametrize(("namespace", "name"), CASES)
def test_the_same_configuration(namespace, name, with_arguments):
    arguments = {**REQUIRED.get(name, {}), **(ARGUMENTS.get(name, {}) if with_arguments else {})}
    if namespace == "metrics" and "name" not in arguments:
        arguments = {**arguments, "name": "given"}
    ours, theirs = getattr(lamina, namespace), getattr(keras, namespace)
    config = theirs.serialize(getattr(theirs, name)(**arguments))
    read = ours.serialize(ours.deserialize(json.loads(json.dumps(config))))
    for written in (ours.serialize(getattr(ours, name)(**arguments)), read):
        assert _plain(written) == _plain(config)
    again = theirs.deserialize(ours.serialize(getattr(ours, name)(**arguments)))
    assert type(again) is getattr(theirs, name)


def test_the_gain_of_an_identity_is_kept_where_keras_forgets_it():
    ours = lamina.initializers.serialize(lamina.initializers.Identity(2.0))
    assert ours["config"] == {"gain": 2.0}
    np.testing.assert_array_equal(keras.initializers.deserialize(ours)((2, 2)), 2 * np.eye(2))
    assert (
        lamina.initializers.deserialize(
            keras.initializers.serialize(keras.initializers.Identity())
        ).gain
        == 1.0
    )


@pytest.mark.parametrize(
    "name", ["glorot_uniform", "zeros", "uniform", "normal", "HeNormal", "one", "orthogonal"]
)
def test_the_same_name_means_the_same(name):
    assert (
        type(lamina.initializers.get(name)).__name__ == type(keras.initializers.get(name)).__name__
    )


SPELLINGS = [
    pytest.param(kind, name, id=f"{kind}.{name}")
    for kind in ("initializers", "regularizers", "constraints")
    for name in sorted(vars(getattr(keras, kind)))
    if isinstance(getattr(getattr(keras, kind), name), type)
]


@pytest.mark.parametrize(("kind", "name"), SPELLINGS)
def test_every_public_name_is_there_and_found(kind, name):
    """As an attribute, and as a string: also where Keras does not know its own name (`l1_l2`)."""
    ours, theirs = getattr(lamina, kind), getattr(getattr(keras, kind), name)
    found = getattr(ours, name)
    assert found.__name__ == theirs.__name__
    if name not in ("Initializer", "Regularizer", "Constraint"):
        assert type(ours.get(name)) is type(ours.get(found)) is type(ours.get(found())) is found


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "bartlett", None])
def test_the_waves_of_a_fourier_transform(window, scaling, periodic):
    for side in ("real", "imag"):
        ours, theirs = (
            np.asarray(k.initializers.STFT(side, window, scaling, periodic)((9, 1, 6)))
            for k in (lamina, keras)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("shape", [(), (7,), (20, 30), (3, 20, 30), (3, 3, 20, 30)])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
def test_the_same_bounds(shape, mode):
    ours = lamina.initializers.VarianceScaling(2.0, mode, "uniform", 1)
    theirs = keras.initializers.VarianceScaling(2.0, mode, "uniform", 1)
    size = int(np.prod(shape)) or 1
    if size < 500:  # too few draws to see the bound: that of many more with the same fans
        pytest.skip("too few values")
    bounds = [np.abs(np.asarray(x(shape))).max() for x in (ours, theirs)]
    assert bounds[0] == pytest.approx(bounds[1], rel=0.02)


def test_functions_in_configurations():
    for fn in ("mean_squared_error", "binary_crossentropy"):
        assert lamina.losses.serialize(getattr(lamina.losses, fn)) == keras.losses.serialize(
            getattr(keras.losses, fn)
        )
    theirs = keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error, name="mine")
    config = json.loads(json.dumps(keras.metrics.serialize(theirs)))
    assert lamina.metrics.serialize(lamina.metrics.deserialize(config)) == config


@pytest.mark.parametrize("name", sorted(registry.shelves["activations"].objects))
def test_activations_are_serialized_alike(name):
    assert lamina.activations.serialize(
        getattr(lamina.activations, name)
    ) == keras.activations.serialize(getattr(keras.activations, name))


X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


@pytest.mark.parametrize("name", NAMESPACES["regularizers"])
def test_penalties(backend, name):
    arguments = ARGUMENTS.get(name, {})
    with lamina.engine.current.using(backend):
        ours = float(getattr(lamina.regularizers, name)(**arguments)(X))
    theirs = getattr(keras.regularizers, name)(**arguments)(keras.ops.convert_to_tensor(X))
    assert ours == pytest.approx(float(theirs), rel=1e-5)


@pytest.mark.parametrize("name", NAMESPACES["constraints"])
def test_projections(backend, name):
    arguments = ARGUMENTS.get(name, {})
    with lamina.engine.current.using(backend):
        ours = lamina.ops.convert_to_numpy(getattr(lamina.constraints, name)(**arguments)(X))
    theirs = getattr(keras.constraints, name)(**arguments)(keras.ops.convert_to_tensor(X))
    np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-5, atol=1e-7)
