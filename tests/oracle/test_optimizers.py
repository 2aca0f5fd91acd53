"""Every optimizer beside Keras: twenty updates from the same gradients, state, configurations."""

from __future__ import annotations

import copy
import functools
import inspect
import json

import jax
import keras
import numpy as np
import pytest

import lamina
from lamina.core import registry

STEPS = 20
SHAPES = {"kernel": (3, 4), "bias": (4,), "window": (2, 3, 5), "scale": ()}
WRAPPERS = ("LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")
NAMES = sorted(set(registry.shelves["optimizers"].objects) - set(WRAPPERS))

# Beside the defaults: options of one algorithm, then common ones, which are spread over the algorithms.
OPTIONS = {
    "SGD": [
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "clipvalue": 0.5},
    ],
    "RMSprop": [{"momentum": 0.5, "centered": True, "rho": 0.8, "global_clipnorm": 1.0}],
    "Adam": [
        {"amsgrad": True, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.1, "loss_scale_factor": 4.0},
    ],
    "AdamW": [{"amsgrad": True, "clipnorm": 1.0}, {"weight_decay": 0.5, "use_ema": True}],
    "Adadelta": [{"learning_rate": 1.0, "rho": 0.5, "epsilon": 0.01, "weight_decay": 0.1}],
    "Adagrad": [{"initial_accumulator_value": 1.0, "epsilon": 0.1, "clipnorm": 1.0}],
    "Adamax": [{"beta_1": 0.5, "beta_2": 0.9, "weight_decay": 0.1, "clipnorm": 0.5}],
    "Adafactor": [
        {"relative_step": False, "clip_threshold": 0.5, "beta_2_decay": -0.5},
        {"epsilon_1": 0.01, "epsilon_2": 0.1, "weight_decay": 0.1},
    ],
    "Nadam": [{"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.01, "weight_decay": 0.1}],
    "Ftrl": [
        {"l1_regularization_strength": 0.5, "l2_regularization_strength": 0.1},
        {"l2_shrinkage_regularization_strength": 0.1, "beta": 0.1, "learning_rate_power": -0.3},
        {"initial_accumulator_value": 1.0, "weight_decay": 0.1, "global_clipnorm": 1.0},
    ],
    "Lion": [{"beta_1": 0.5, "beta_2": 0.9, "weight_decay": 0.1, "global_clipnorm": 1.0}],
    "Lamb": [{"beta_1": 0.5, "beta_2": 0.9, "weight_decay": 0.1, "clipvalue": 0.5}],
    "Muon": [
        {"nesterov": False, "rms_rate": None, "adam_lr_ratio": 0.5},
        {"momentum": 0.5, "ns_steps": 3, "muon_a": 3.0, "weight_decay": None},
        {"exclude_layers": ["ker"], "adam_weight_decay": 0.1, "adam_beta_1": 0.5},
    ],
    "ScheduleFreeAdamW": [{"warmup_steps": 5, "weight_decay": 0.1}, {"beta_1": 0.5}],
}
CASES = [
    pytest.param(name, {"learning_rate": 0.05, **options}, id=f"{name}-{i}")
    for name in NAMES
    for i, options in enumerate([{}, *OPTIONS[name]])
]


def _start(seed=0):
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=shape).astype("float32") for shape in SHAPES.values()]
    grads = [
        [rng.normal(size=shape).astype("float32") for shape in SHAPES.values()]
        for _ in range(STEPS)
    ]
    return values, grads


def _variables(k):
    return [k.Variable(x, name=name) for x, name in zip(_start()[0], SHAPES, strict=True)]


@functools.cache
def _theirs(name, options):
    """Values after each step, and the optimizer's last state with its names."""
    variables, optimizer = _variables(keras), getattr(keras.optimizers, name)(**json.loads(options))
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    values = [v.value for v in variables]
    state, course = [v.value for v in optimizer.variables], []
    for grads in _start()[1]:
        values, state = step(state, grads, values)
        course.append([np.asarray(x) for x in values])
    names = [v.path.rpartition("/")[2] for v in optimizer.variables]
    return course, [np.asarray(x) for x in state], names


@pytest.mark.parametrize(("name", "options"), CASES)
def test_twenty_updates(engine, name, options):
    course, state, names = _theirs(name, json.dumps(options))
    variables, optimizer = _variables(lamina), getattr(lamina.optimizers, name)(**options)
    optimizer.build(variables)
    step = engine.compile(optimizer.stateless_apply)
    values, ours = ([v.value for v in vs] for vs in (variables, optimizer.variables))
    for grads, expected in zip(_start()[1], course, strict=True):
        values, ours = step(ours, [engine.asarray(g) for g in grads], values)
        for one, other in zip(values, expected, strict=True):
            # Lengths of 1: what rounding does to a number near 0 does not count.
            np.testing.assert_allclose(engine.to_numpy(one), other, rtol=1e-5, atol=1e-5)
    found = [v.path.rpartition("/")[2] for v in optimizer.variables]
    for label, other, one, expected in zip(found, names, ours, state, strict=True):
        assert label == other or other.startswith("variable"), (found, names)
        np.testing.assert_allclose(
            engine.to_numpy(one), expected, rtol=1e-4, atol=1e-5, err_msg=label
        )


def test_every_option_is_tried():
    """Each argument of each algorithm differs from its default in some case."""
    common = set(inspect.signature(lamina.optimizers.Optimizer).parameters) - {"weight_decay"}
    left = {}
    for name in NAMES:
        own = set(inspect.signature(getattr(lamina.optimizers, name)).parameters) - common
        tried = {key for options in OPTIONS[name] for key in options}
        left[name] = own - tried - {"kwargs"}
    # What is left belongs to pieces of code that other cases try.
    assert left.pop("Muon") == {"adam_beta_2", "epsilon", "exclude_embeddings", "muon_b", "muon_c"}
    assert set().union(*left.values()) <= {"weight_decay", "beta_1", "beta_2", "epsilon"}


def _plain(config):
    return json.loads(json.dumps(config), parse_float=lambda text: round(float(text), 7))


def _instances(k):
    o = k.optimizers
    made = [
        getattr(o, name)(name="given", **options) for name, options in (c.values for c in CASES)
    ]
    schedule = o.schedules.PolynomialDecay(0.1, 10, cycle=True)
    made.append(o.Adam(schedule, gradient_accumulation_steps=2, name="given"))
    made.append(o.LossScaleOptimizer(o.SGD(name="inner"), initial_scale=4.0, name="given"))
    inner = o.OptimizerMap(o.SGD(name="rest"), {"a.*": o.Adam(name="first")})
    made.append(o.MultiOptimizer(inner, loss_scale_factor=2.0, name="given"))
    return made


def test_the_same_configuration():
    for ours, theirs in zip(_instances(lamina), _instances(keras), strict=True):
        config = lamina.optimizers.serialize(ours)
        expected = keras.optimizers.serialize(theirs)
        if type(theirs) is not keras.optimizers.MultiOptimizer:  # it names its engine's own modules
            assert _plain(config) == _plain(expected)
        found = lamina.optimizers.deserialize(json.loads(json.dumps(expected)))
        assert _plain(lamina.optimizers.serialize(found)) == _plain(config)
        # (Its `optimizers.deserialize` does not know Lamb.)
        back = keras.saving.deserialize_keras_object(copy.deepcopy(config))
        assert type(back) is type(theirs)
        again = lamina.optimizers.deserialize(json.loads(json.dumps(config)))
        assert _plain(lamina.optimizers.serialize(again)) == _plain(config)


@pytest.mark.parametrize("spelling", [str, str.lower])
@pytest.mark.parametrize("name", sorted({*NAMES} - {"Lamb"}))  # Keras does not know it by name
def test_names_mean_the_same(name, spelling):
    ours, theirs = (k.optimizers.get(spelling(name)) for k in (lamina, keras))
    assert type(ours).__name__ == type(theirs).__name__ == name


# Schedules.

SCHEDULES = {
    "CosineDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1},
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 20,
            "warmup_target": 0.2,
            "warmup_steps": 7,
            "alpha": 0.2,
        },
    ],
    "CosineDecayRestarts": [
        {"initial_learning_rate": 0.1, "first_decay_steps": 7},
        {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "m_mul": 0.5},
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 6,
            "t_mul": 1.5,
            "m_mul": 0.8,
            "alpha": 0.1,
        },
    ],
    "ExponentialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9, "staircase": True},
    ],
    "InverseTimeDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9, "staircase": True},
    ],
    "PiecewiseConstantDecay": [{"boundaries": [5, 20], "values": [0.1, 0.2, 0.05]}],
    "PolynomialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 20},
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 9,
            "end_learning_rate": 0.01,
            "power": 2.0,
            "cycle": True,
        },
    ],
}


@pytest.mark.parametrize(
    ("name", "options"), [(name, options) for name, given in SCHEDULES.items() for options in given]
)
def test_schedules(engine, name, options):
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    config = keras.optimizers.schedules.serialize(theirs)
    steps = range(60)
    ours = getattr(lamina.optimizers.schedules, name)(**options)
    assert _plain(lamina.optimizers.schedules.serialize(ours)) == _plain(config)
    again = lamina.optimizers.schedules.deserialize(config)
    assert again.get_config() == ours.get_config()
    compiled = engine.compile(ours)
    found = [float(compiled(engine.asarray(step, "int32"))) for step in steps]
    assert float(ours(3)) == pytest.approx(found[3])
    expected = [float(theirs(step)) for step in steps]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
