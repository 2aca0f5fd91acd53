"""Every layer beside Keras': equal weights give equal outputs and gradients; configurations fit both."""

from __future__ import annotations

import functools
import json
import re
import warnings
from typing import Any

import jax
import keras
import numpy as np
import pytest

import lamina
from lamina.core import tree
from lamina.core.scope import StatelessScope
from lamina.core.symbolic import KerasTensor
from tests.layers.case import Case, apply, compiled_call, spread
from tests.layers.cases import CASES

# One of the two writes these although they say nothing.
EXTRA_KEYS = {"quantization_config", "activity_regularizer"}
# Keras' own configuration forgets these; it takes them all the same.
FORGOTTEN = {"SimpleRNN": {"seed"}, "SimpleRNNCell": {"seed"}}
BY_NAME = {repr(case): case for case in CASES}


def weights_like(weights: list) -> list[np.ndarray]:
    """Random weights, positive since a moving variance is among them."""
    rng = np.random.default_rng(0)
    return [np.abs(rng.normal(0.5, 0.3, w.shape)).astype("float32") for w in weights]


def built(layer: Any, symbol: type, x: Any) -> None:
    """Build a layer by a symbolic call: nothing is computed."""
    apply(layer, tree.map_structure(lambda x: symbol(x.shape, str(x.dtype)), x))


class Theirs:
    """What Keras computes for a case; once for all engines."""

    def __init__(self, case: Case):
        self.case, self.x = case, case.inputs(seed=1)
        self.layer = case.layer(keras.layers)
        built(self.layer, keras.KerasTensor, self.x)
        takes = self.layer._call_signature.parameters
        self.trainings = (False, True) if "training" in takes else (None,)
        self.takes_mask = case.masked and "mask" in takes
        self.start = weights_like(self.layer.weights)

    def fresh(self) -> Any:
        self.layer.set_weights(self.start)
        if (
            self.case.name == "Normalization"
        ):  # Keras' computes with tensors that it made of its weights
            self.layer.finalize_state()
        return self.layer

    @functools.cache  # noqa: B019  the cases live as long as the tests
    def outputs(self, training: bool | None, masked: bool) -> tuple[list, list]:
        """Outputs, and the weights afterwards."""
        layer, told = self.fresh(), self._told(training)
        if masked:
            told["mask"] = self.case.mask()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = tree.flatten(compiled_call(layer, jax.jit, **told)(self.x))
        return [np.asarray(x) for x in found], [np.asarray(w) for w in layer.weights]

    @functools.cache  # noqa: B019
    def gradients(self, training: bool | None) -> list[np.ndarray]:
        """Of a weighted sum of the outputs and of all losses, to weights and inputs."""
        layer, factors = self.fresh(), self.factors(training)
        fixed = [v.value for v in layer.non_trainable_variables]

        def loss(values: tuple) -> Any:
            weights, xs = values
            given = xs or tree.flatten(self.x)
            given = given if self.case.several else given[0]
            out, _, losses = spread(
                layer,
                functools.partial(layer.stateless_call, weights, fixed, return_losses=True),
                given,
                **self._told(training),
            )
            if layer.activity_regularizer is not None:  # Keras leaves it out of `losses` here
                losses = [*losses, layer.activity_regularizer(out) / len(out)]
            terms = zip(tree.flatten(out), factors, strict=True)
            return sum((o * f).sum() for o, f in terms) + sum(losses)

        values = ([v.value for v in layer.trainable_variables], self.floating())
        return [np.asarray(g) for g in jax.tree.leaves(jax.jit(jax.grad(loss))(values))]

    def floating(self) -> list[np.ndarray]:
        return [] if self.case.integers else tree.flatten(self.x)

    def factors(self, training: bool | None) -> list[np.ndarray]:
        rng = np.random.default_rng(2)
        outputs, _ = self.outputs(training, False)
        return [rng.normal(size=o.shape).astype("float32") for o in outputs]

    def _told(self, training: bool | None) -> dict[str, Any]:
        return {} if training is None else {"training": training}


@functools.cache
def theirs_of(name: str) -> Theirs:
    return Theirs(BY_NAME[name])


def ours_of(case: Case) -> Any:
    layer = case.layer(lamina.layers)
    built(layer, KerasTensor, case.inputs())
    layer.set_weights(theirs_of(repr(case)).start)
    return layer


def assert_close(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    for x, y in zip(tree.flatten(ours), theirs, strict=True):
        x = lamina.ops.convert_to_numpy(x)
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * max(1.0, np.abs(y).max()))


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_outputs_agree(case, engine):
    theirs = theirs_of(repr(case))
    for masked in {False, theirs.takes_mask}:
        for training in theirs.trainings[:1] if case.draws else theirs.trainings:
            ours = ours_of(case)
            told = {"mask": case.mask()} if masked else {}
            outputs, weights = theirs.outputs(training, masked)
            call = compiled_call(ours, engine.compile, training=training, **told)
            assert_close(call(theirs.x), outputs, case.tolerance)
            assert_close([v.value for v in ours.weights], weights)


SPECTRAL = [case for case in CASES if case.name == "SpectralNormalization"]


@pytest.mark.parametrize("case", SPECTRAL, ids=repr)
def test_spectral_normalization_goes_on_alike(case, engine):
    theirs, ours = theirs_of(repr(case)), ours_of(case)
    layer = theirs.fresh()
    for _ in range(3):
        assert_close(ours(theirs.x, training=True), [np.asarray(layer(theirs.x, training=True))])
    assert_close([v.value for v in ours.weights], [np.asarray(w) for w in layer.weights])


@pytest.mark.parametrize("case", [c for c in CASES if not c.draws], ids=repr)
def test_gradients_agree(case, engine):
    if "differentiates" not in engine.capabilities:
        pytest.skip("no gradients on this engine")
    theirs, ours = theirs_of(repr(case)), ours_of(case)
    trained = ours.trainable_variables
    values = [*(v.value for v in trained), *map(engine.asarray, theirs.floating())]

    def loss(values: list, training: bool | None, factors: list) -> tuple[Any, None]:
        given = values[len(trained) :] or [engine.asarray(theirs.x)]
        with StatelessScope(zip(trained, values, strict=False), collect_losses=True):
            out = apply(ours, given if case.several else given[0], training=training)
            total = sum(ours.losses)
        for o, f in zip(tree.flatten(out), factors, strict=True):
            total = lamina.ops.add(total, lamina.ops.sum(lamina.ops.multiply(o, f)))
        return total, None

    for training in theirs.trainings if values else ():
        factors = theirs.factors(training)
        told = functools.partial(loss, training=training, factors=factors)
        _, found = engine.compile(engine.value_and_grad(told))(values)
        assert_close(list(found), theirs.gradients(training), case.tolerance)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_weights_have_the_same_names_order_and_dtypes(case):
    theirs, ours = theirs_of(repr(case)).layer, ours_of(case)

    def facts(weights: list) -> list:
        inner = ["/".join(w.path.split("/")[1:]) for w in weights]
        names = [re.sub(r"_\d+(?=/)", "", path) for path in inner]  # made-up names count on
        return [(n, tuple(w.shape), w.dtype) for n, w in zip(names, weights, strict=True)]

    assert facts(ours.weights) == facts(theirs.weights)
    assert facts(ours.trainable_weights) == facts(theirs.trainable_weights)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_configurations_open_in_both_directions(case):
    theirs, ours = case.layer(keras.layers), case.layer(lamina.layers)
    forgotten = FORGOTTEN.get(case.name, set())
    assert set(theirs.get_config()) - EXTRA_KEYS == set(ours.get_config()) - EXTRA_KEYS - forgotten
    config = json.loads(json.dumps(keras.layers.serialize(theirs)))
    back = lamina.layers.deserialize(config)
    assert back.name == theirs.name
    wanted = _plain(theirs.get_config())
    for found in (_plain(back.get_config()), _plain(ours.get_config())):
        assert {k: v for k, v in found.items() if k not in forgotten} == wanted
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
        if forgotten := FORGOTTEN.get(config.get("class_name")):
            kept = {k: v for k, v in config["config"].items() if k not in forgotten}
            config = {**config, "config": kept}
        return {k: _plain(v) for k, v in config.items() if k not in skipped}
    if isinstance(config, (list, tuple)):
        return [_plain(x) for x in config]
    return round(config, 6) if isinstance(config, float) else config


@pytest.mark.parametrize("bounds", [{}, {"rmax": 1.5, "rmin": 0.5, "dmax": 0.7}, {"rmax": 1.1}])
@pytest.mark.parametrize("options", [{"momentum": 0.5, "renorm_momentum": 0.2}, {"axis": 1}])
def test_batch_renormalization_over_several_batches(options, bounds, engine):
    x = np.random.default_rng(0).normal([0, 2, -1], [1, 3, 0.2], (8, 3, 3)).astype("float32")
    ours, theirs = (
        k.layers.BatchNormalization(renorm=True, renorm_clipping=bounds, **options)
        for k in (lamina, keras)
    )
    for layer in (ours, theirs):
        layer.build(x.shape)
    for scale in (1, 1.1, 0.4, 2):
        found, wanted = (layer(x * scale, training=True) for layer in (ours, theirs))
        np.testing.assert_allclose(
            lamina.ops.convert_to_numpy(found), np.asarray(wanted), rtol=1e-5, atol=1e-5
        )
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    for found, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        lamina.ops.convert_to_numpy(ours(x)), np.asarray(theirs(x)), rtol=1e-5, atol=1e-5
    )


def test_layer_normalization_by_the_deviation(engine):
    x = np.random.default_rng(0).normal(1, 2, (4, 3)).astype("float32")
    with pytest.warns(UserWarning, match="RMSNormalization"):
        ours = lamina.layers.LayerNormalization(rms_scaling=True, scale=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = keras.layers.LayerNormalization(rms_scaling=True, scale=False)
        wanted = np.asarray(theirs(x))
    np.testing.assert_allclose(lamina.ops.convert_to_numpy(ours(x)), wanted, rtol=1e-5, atol=1e-6)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
