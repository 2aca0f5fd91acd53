"""Steps on JAX of models with many small variables: the values lie in vectors, and nobody can tell."""

from __future__ import annotations

import copy
import threading

import jax
import numpy as np
import pytest

import lamina
from lamina import layers, optimizers
from lamina.core import settings, variable
from lamina.engine.jax import stepping
from lamina.engine.joined import Joined

from .nets import draw

WARM = 3  # calls, in place of hundreds


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(stepping, "_CALLS_BEFORE", WARM)
    monkeypatch.setattr(stepping, "_FEWEST", 4)
    monkeypatch.setattr(stepping, "_SHORT", float("inf"))  # other tests may hold the machine
    with lamina.config.using_backend("jax"):
        yield


@pytest.fixture
def steps(monkeypatch):
    """The states that steps on vectors returned, as a list that grows."""
    states: list[Joined] = []
    run = stepping.Step.__call__

    def watched(self, *args):
        state, logs = run(self, *args)
        states.extend([state] if isinstance(state, Joined) else [])
        return state, logs

    monkeypatch.setattr(stepping.Step, "__call__", watched)
    return states


def model(optimizer="adam", **options):
    lamina.utils.set_random_seed(3)
    hidden = [layers.Dense(3, "tanh"), layers.BatchNormalization(), layers.Dropout(0.3)]
    made = lamina.Sequential([layers.Input((4,)), *hidden, layers.Dense(3), layers.Dense(1)])
    made.compile(optimizers.get(optimizer), "mse", metrics=["mae"], **options)
    return made


def train(made, count, act=lambda i: None):
    x, y = draw((8, 4)), draw((8, 1))
    return [(made.train_on_batch(x, y), act(i)) for i in range(count)]  # losses, and what was seen


def state(made):
    return [v.numpy() for v in (*made.variables, *made.optimizer.variables)]


def assert_same(one, other):
    for x, y in zip(one, other, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)


def as_ever(monkeypatch, run):
    """What training gives without vectors."""
    with monkeypatch.context() as patch:
        patch.setattr(stepping, "_CALLS_BEFORE", 10**9)
        return run()


def frozen():
    made = model()
    made.layers[0].trainable = False
    return made


KINDS = {
    "adam": model,
    "sgd": lambda: model(optimizers.SGD(0.1, momentum=0.9)),
    "two groups": lambda: model(undecayed()),
    "averages": lambda: model(optimizers.Adam(0.1, use_ema=True, ema_overwrite_frequency=2)),
    "accumulation": lambda: model(optimizers.Adam(0.1, gradient_accumulation_steps=2)),
    "scaled loss": lambda: model(optimizers.LossScaleOptimizer(optimizers.Adam(0.1), 4.0, 2)),
    "some frozen": frozen,
}


def undecayed():
    optimizer = optimizers.AdamW(0.1, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


@pytest.mark.parametrize("kind", KINDS)
def test_training_gives_what_it_ever_gave(kind, steps, monkeypatch):
    def run():
        made = KINDS[kind]()
        logs = train(made, WARM + 4)
        return [np.asarray(leaf) for leaf in jax.tree.leaves((logs, state(made)))]

    expected = as_ever(monkeypatch, run)
    assert steps == []
    assert_same(run(), expected)
    assert len(steps) == 4


def look(made):
    """Everything that a user may look at between two steps."""
    with lamina.config.using_backend("numpy"):
        elsewhere = made.predict(draw((8, 4)), verbose=0)
    return [
        np.asarray(made.layers[0].kernel.value),
        made.get_weights(),
        [v.numpy() for v in made.optimizer.variables],
        elsewhere,
        made.predict(draw((8, 4)), verbose=0),
        made.evaluate(draw((8, 4)), draw((8, 1)), verbose=0),
    ]


LOOKS = {
    "many": look,
    "a copy": lambda made: copy.deepcopy(made.layers[0].kernel).numpy(),
    "within a trace": lambda made: jax.jit(lambda: made.layers[0].kernel.value + 1)(),
    "assignments": lambda made: (
        made.layers[0].bias.assign([1.0, 2.0, 3.0]),
        setattr(made.optimizer, "learning_rate", 0.5),
    ),
}


@pytest.mark.parametrize("kind", LOOKS)
def test_between_steps_all_is_as_ever(kind, steps, monkeypatch):
    def run():
        made = model()
        logs = train(made, WARM + 4, lambda i: LOOKS[kind](made) if i == WARM + 1 else None)
        return [np.asarray(leaf) for leaf in jax.tree.leaves((logs, state(made)))]

    expected = as_ever(monkeypatch, run)
    assert_same(run(), expected)
    assert len(steps) == 4


def test_a_program_takes_three_vectors_and_puts_gradients_together(monkeypatch, steps):
    """Weights, momenta and velocities come and go as they are."""
    put, concatenate = [], stepping.jnp.concatenate
    monkeypatch.setattr(
        stepping.jnp, "concatenate", lambda xs: (put.append(len(xs)), concatenate(xs))[1]
    )
    made = model()
    train(made, WARM + 1)
    weights = made.trainable_variables
    size = sum(v.numpy().size for v in weights)
    assert [x.shape for x in steps[0].vectors] == [(size,)] * 3
    assert put == [len(weights)]


def test_variables_that_nobody_reads_stay_in_their_vectors(monkeypatch):
    looks = []
    monkeypatch.setattr(Joined, "apart", lambda state: looks.append(state))
    train(model(), WARM + 4)
    assert looks == []


def test_who_looks_after_every_step_has_arrays_apart_in_the_end(steps):
    made = model()
    train(made, WARM + 12, lambda i: made.layers[0].kernel.numpy())
    assert len(steps) == stepping._JOINED_AGAIN


class Counting(optimizers.Optimizer):
    """Has a slot without axes for each variable."""

    def slots(self):
        return [("updates",)]

    def make_slot(self, name, variable):
        return self.add_variable((), name=f"{variable.name}_{name}")

    def step(self, gradient, value, rate, count, **slots):
        return value - rate * gradient, {"updates": slots["updates"] + 1}


class Particular(optimizers.Optimizer):
    """Takes the shapes of the model's variables, and no others."""

    def step(self, gradient, value, rate, count, **slots):
        if gradient.shape not in [(4, 3), (3, 3), (3, 1), (3,), (1,)]:
            raise ValueError(f"What is {gradient.shape}?")
        return value - rate * gradient, {}


@pytest.mark.parametrize("optimizer", ["lamb", "muon", "adafactor", Counting, Particular])
def test_formulas_of_more_than_an_element_keep_variables_apart(optimizer, steps):
    train(model(optimizer if isinstance(optimizer, str) else optimizer(0.1)), WARM + 2)
    assert steps == []


def test_long_steps_keep_variables_apart(steps, monkeypatch):
    monkeypatch.setattr(stepping, "_SHORT", 0.0)
    train(model(), WARM + 2)
    assert steps == []


@pytest.mark.parametrize("how", [{"run_eagerly": True}, {"jit_compile": False}])
def test_what_is_not_compiled_keeps_variables_apart(how, steps):
    train(model(**how), WARM + 2)
    assert steps == []


def test_deterministic_runs_keep_variables_apart(steps, monkeypatch):
    monkeypatch.setattr(settings, "is_op_determinism_enabled", lambda: True)
    train(model(), WARM + 2)
    assert steps == []


def test_large_variables_stay_apart(steps, monkeypatch):
    monkeypatch.setattr(stepping, "_MEAN_SIZE", 2)
    train(model(), WARM + 2)
    assert steps == []


def test_a_generator_feeds_steps_on_vectors(steps, monkeypatch):
    def run():
        made = model()
        made.fit(((draw((8, 4)), draw((8, 1))) for _ in range(12)), verbose=0, epochs=1)
        return state(made)

    expected = as_ever(monkeypatch, run)
    assert_same(run(), expected)
    assert len(steps) == 12 - WARM


def numbers(arrays):
    return {float(x) for array in arrays for x in array.ravel()}


class Falling(lamina.Sequential):
    """Every step takes 1 from each weight."""

    def compute_loss(self, *args, **kwargs):
        return sum(lamina.ops.sum(v) for v in self.trainable_variables)


def test_another_thread_sees_the_weights_of_one_step(steps):
    zeros = {"kernel_initializer": "zeros"}
    made = Falling([layers.Input((1,)), *(layers.Dense(1, **zeros) for _ in range(4))])
    made.compile(optimizers.SGD(1.0), "mse")
    x, seen, ends = np.ones((1, 1), "float32"), [], threading.Event()

    def watch():
        while not ends.is_set():
            seen.append(numbers(variable.to_arrays(made.trainable_variables)))

    thread = threading.Thread(target=watch)
    for i in range(WARM + 30):
        made.train_on_batch(x, x)
        if i == WARM:
            thread.start()
    ends.set()
    thread.join()
    assert steps  # how many depends on how often the other thread looks
    assert {len(values) for values in seen} == {1}
    assert numbers(made.get_weights()) == {-WARM - 30.0}
