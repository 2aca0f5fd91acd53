"""Every layer beside Keras': equal weights give equal outputs and gradients; configurations fit both."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any

import jax
import keras
import numpy as np
import pytest

import lamina
from lamina.core import tree
from lamina.core.scope import StatelessScope
from tests.layers.cases import CASES, Case

# One of the two writes these although they say nothing.
EXTRA_KEYS = {"quantization_config", "activity_regularizer"}


def pair(case: Case, seed: int = 0) -> tuple[Any, Any]:
    """The layer in Keras and in lamina, built on the case's input, with equal random weights."""
    theirs, ours = case.layer(keras.layers), case.layer(lamina.layers)
    inputs = case.inputs()
    theirs(inputs), ours(inputs)
    rng = np.random.default_rng(seed)
    weights = [np.abs(rng.normal(0.5, 0.3, w.shape)).astype("float32") for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours


def assert_close(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    ours, theirs = tree.flatten(ours), tree.flatten(theirs)
    assert len(ours) == len(theirs)
    for x, y in zip(ours, theirs, strict=True):
        x, y = lamina.ops.convert_to_numpy(x), np.asarray(y)
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * max(1.0, np.abs(y).max()))


@contextmanager
def _quiet():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_outputs_agree(case, engine):
    theirs, ours = pair(case)
    x = case.inputs(seed=1)
    for training in (False, True) if not case.draws else (False,):
        expected = theirs(x, **_told(theirs, training))
        assert_close(ours(x, training=training), list(tree.flatten(expected)))
        assert_close([v.value for v in ours.weights], [np.asarray(w) for w in theirs.weights])


@pytest.mark.parametrize("case", [c for c in CASES if c.masked and not c.draws], ids=repr)
def test_outputs_with_a_mask_agree(case, engine):
    theirs, ours = pair(case)
    if "mask" not in theirs._call_signature.parameters:
        pytest.skip("passes a mask, does not use it")
    x, mask = case.inputs(seed=1), case.mask()
    for training in (False, True):
        if "training" not in theirs._call_signature.parameters:
            training = None
        told = {} if training is None else {"training": training}
        with _quiet():
            expected = theirs(x, mask=mask, **told)
        assert_close(ours(x, mask=mask, training=training), list(tree.flatten(expected)))
        assert_close([v.value for v in ours.weights], [np.asarray(w) for w in theirs.weights])


@pytest.mark.parametrize("case", [c for c in CASES if not c.draws], ids=repr)
@pytest.mark.parametrize("training", [False, True])
def test_gradients_agree(case, training, engine):
    if not engine.differentiable:
        pytest.skip("no gradients on this engine")
    theirs, ours = pair(case)
    if training and not _told(theirs, training):
        pytest.skip("the same in training")
    xs = case.inputs(seed=1)
    xs = xs if case.several else [xs]
    outputs = tree.flatten(ours(xs if case.several else xs[0], training=training))
    rng = np.random.default_rng(2)
    factors = [rng.normal(size=o.shape).astype("float32") for o in outputs]
    if case.integers:
        xs_free, xs_fixed = [], xs
    else:
        xs_free, xs_fixed = xs, []

    def their_loss(values):
        weights, free = values
        given = list(free) or xs_fixed
        out, _, losses = theirs.stateless_call(
            weights,
            [v.value for v in theirs.non_trainable_variables],
            given if case.several else given[0],
            return_losses=True,
            **_told(theirs, training),
        )
        total = sum((o * f).sum() for o, f in zip(tree.flatten(out), factors, strict=True))
        if theirs.activity_regularizer is not None:  # Keras leaves it out of `losses` here
            losses = [*losses, theirs.activity_regularizer(out) / len(out)]
        return total + sum(losses)

    expected = jax.grad(their_loss)(([v.value for v in theirs.trainable_variables], xs_free))
    trained = ours.trainable_variables
    free = [engine.asarray(x) for x in xs_free]

    def our_loss(values):
        weights, given = values[: len(trained)], list(values[len(trained) :]) or xs_fixed
        with StatelessScope(zip(trained, weights, strict=True), collect_losses=True):
            out = ours(given if case.several else given[0], training=training)
            total = sum(ours.losses)
        for o, f in zip(tree.flatten(out), factors, strict=True):
            total = lamina.ops.add(total, lamina.ops.sum(lamina.ops.multiply(o, f)))
        return total, None

    values = [*(v.value for v in trained), *free]
    if not values:
        pytest.skip("nothing to differentiate")
    _, found = engine.value_and_grad(our_loss)(values)
    assert_close(list(found), [np.asarray(g) for g in tree.flatten(list(expected))])


def _told(layer: Any, training: bool) -> dict[str, bool]:
    return {"training": training} if "training" in layer._call_signature.parameters else {}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_weights_have_the_same_names_order_and_dtypes(case):
    theirs, ours = pair(case)

    def facts(weights):
        return [("/".join(w.path.split("/")[1:]), tuple(w.shape), w.dtype) for w in weights]

    assert facts(ours.weights) == facts(theirs.weights)
    assert facts(ours.trainable_weights) == facts(theirs.trainable_weights)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_configurations_open_in_both_directions(case):
    theirs, ours = case.layer(keras.layers), case.layer(lamina.layers)
    assert set(theirs.get_config()) - EXTRA_KEYS == set(ours.get_config()) - EXTRA_KEYS
    config = json.loads(json.dumps(keras.layers.serialize(theirs)))
    back = lamina.layers.deserialize(config)
    assert back.name == theirs.name
    assert _plain(back.get_config()) == _plain(ours.get_config()) == _plain(theirs.get_config())
    config = json.loads(json.dumps(lamina.layers.serialize(ours)))
    their_back = keras.layers.deserialize(config)
    assert their_back.name == ours.name
    assert _plain(their_back.get_config()) == _plain(theirs.get_config())


def _plain(config: Any) -> Any:
    """A configuration as JSON holds it, floats rounded, without what need not agree."""
    if isinstance(config, dict) and config.get("class_name") == "DTypePolicy":
        return config["config"]["name"]
    if isinstance(config, dict):
        skipped = {"name", "build_config", "module", "registered_name", *EXTRA_KEYS}
        return {k: _plain(v) for k, v in config.items() if k not in skipped}
    if isinstance(config, (list, tuple)):
        return [_plain(x) for x in config]
    return round(config, 6) if isinstance(config, float) else config
