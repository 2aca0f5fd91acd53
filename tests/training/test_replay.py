"""Steps run ahead of the hooks of batches, and no hook can tell, but by a clock."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest

import lamina
from lamina import callbacks, layers, optimizers
from lamina.engine.current import engine
from lamina.training.runner import StepRunner
from tests.engines import engines_under_test

from .nets import draw

CHUNK, BATCHES = 6, 16
# Those on which many steps may be one program.
ENGINES = [name for name in engines_under_test() if name in ("jax", "tensorflow")]


@pytest.fixture(params=ENGINES)
def calls(request, monkeypatch):
    """Every chunk runs ahead, as if steps had proved short; the batches of each call of the runner."""
    counts: list[int] = []
    run = StepRunner.__call__

    def counted(self, chunk):
        counts.append(chunk.count)
        return run(self, chunk)

    monkeypatch.setattr(StepRunner, "__call__", counted)
    monkeypatch.setattr(StepRunner, "may_loop", True)
    monkeypatch.setattr(
        StepRunner, "per_call", lambda self, least, singly=False: least if singly else CHUNK
    )
    with lamina.config.using_backend(request.param):
        yield counts


class Hook(callbacks.Callback):
    """Notes all logs, and what `act(model)` returns at the end of some batches and at the begin of others."""

    def __init__(self, act=None, ends=(), begins=(), step_by_step=False):
        self.act, self.ends, self.begins, self.step_by_step = act, ends, begins, step_by_step
        self.notes = []

    def on_train_batch_begin(self, batch, logs=None):
        self.notes += [batch, batch in self.begins and self.act(self.model)]

    def on_train_batch_end(self, batch, logs=None):
        self.notes += [dict(logs), batch in self.ends and self.act(self.model)]


def fit(hook, x=None, **options):
    lamina.utils.set_random_seed(3)
    model = lamina.Sequential(
        [layers.Input((3,)), layers.Dense(4, "tanh"), layers.Dropout(0.3), layers.Dense(1)]
    )
    model.compile(optimizers.Adam(0.01), "mse", metrics=["mae"])
    x = draw((4 * BATCHES, 3)) if x is None else x
    data = x, draw((4 * BATCHES, 1), 1)
    try:
        history = model.fit(*data, batch_size=4, verbose=0, callbacks=[hook], **options)
    except BrokenError:
        history = None
    logs = history and history.history
    return (
        hook.notes,
        logs,
        [w.tolist() for w in model.get_weights()],
        int(model.optimizer.iterations),
    )


class BrokenError(Exception):
    pass


def breaks(model):
    raise BrokenError


def stops(model):
    model.stop_training = True


def sets_rate(model):
    model.optimizer.learning_rate = 0.5


def doubles(model):
    model.layers[0].bias.assign_add(np.ones(4))


def trains_on(model):
    return model.train_on_batch(draw((4, 3), 5), draw((4, 1), 6))


def reads_in_a_thread(model):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(model.layers[0].kernel.numpy().tolist()))
    thread.start()
    thread.join()
    return seen


ACTS = {
    "nothing": lambda model: None,
    "reads a weight": lambda model: model.layers[0].kernel.numpy().tolist(),
    "reads all weights": lambda model: [w.tolist() for w in model.get_weights()],
    "reads the metrics": lambda model: model.get_metrics_result()["mae"].__float__(),
    "evaluates": lambda model: model.evaluate(draw((8, 3)), draw((8, 1)), verbose=0),
    "predicts": lambda model: model.predict(draw((8, 3)), verbose=0).tolist(),
    "counts steps": lambda model: int(model.optimizer.iterations),
    "sets the rate": sets_rate,
    "assigns a weight": doubles,
    "trains": trains_on,
    "ends training": stops,
    "fails": breaks,
    "reads in a thread": reads_in_a_thread,
}


@pytest.mark.parametrize("act", ACTS)
def test_what_a_hook_sees_and_does_is_as_between_steps(calls, act):
    """After the first batch of a chunk, and before one within a later chunk."""
    at = {"ends": [CHUNK], "begins": [2 * CHUNK + 1]}
    ahead = fit(Hook(ACTS[act], **at))
    assert max(calls) == CHUNK
    calls.clear()
    between = fit(Hook(ACTS[act], **at, step_by_step=True))
    assert max(calls) <= 2  # an `evaluate` of two batches
    assert ahead == between


def test_steps_run_in_chunks_where_hooks_only_look_at_logs(calls):
    fit(Hook())
    assert calls == [6, 6, 4]


def test_a_look_at_a_weight_costs_the_rest_of_its_chunk_only(calls):
    fit(Hook(ACTS["reads a weight"], [2]))
    assert calls == [6, 3, 6, 4]


def test_a_hook_that_always_looks_is_called_between_steps_soon(calls):
    fit(Hook(ACTS["reads a weight"], range(BATCHES)), epochs=2)
    assert calls == [6, 5, *[1] * (BATCHES - 2 + BATCHES)]


def test_hooks_of_evaluate_see_each_batch(calls):
    seen = []
    hook = callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    model = lamina.Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = draw((64, 3)), draw((64, 1), 1)
    model.evaluate(x, y, batch_size=8, verbose=0, callbacks=[hook])
    assert calls == [6, 2]
    errors = np.square(y - model.predict(x, verbose=0)).reshape(8, -1).mean(1)
    assert seen == pytest.approx(errors.cumsum() / np.arange(1, 9), rel=1e-5)


def test_where_a_loss_became_nan_is_found_behind_a_chunk_that_was_cut(calls, monkeypatch):
    """The guard repeats what counts, and not what ran ahead in vain."""
    x = draw((4 * BATCHES, 3))
    x[4 * 14] = np.nan
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(Hook(ACTS["assigns a weight"], [8]), x, shuffle=False, preflight=False)
    assert any("batch 15" in str(w.message) for w in caught), [str(w.message) for w in caught]


@pytest.mark.parametrize("name", ENGINES)
def test_each_step_of_a_loop_is_told_apart(name):
    """The logs of every step, and the state after any number of them, from one program with a loop."""
    with lamina.config.using_backend(name):
        e = engine()

        def step(state, batch):
            state = e.add(e.multiply(state, 0.5), e.sum(batch))
            return state, {"state": state, "both": {"twice": e.multiply(state, 2.0)}}

        run = e.repeat(step)
        run.worth = lambda seconds, fastest: True
        data = draw((32, 2))
        start = e.asarray(np.float32(1))
        run(start, data[:1])  # compiles single steps; the next call tries the loop
        end, ran = run.each(start, data)
        expected, states = 1.0, []
        for row in data:
            states.append(expected := expected * 0.5 + float(row.sum()))
        assert [float(np.asarray(logs["state"])) for logs in ran] == pytest.approx(states, rel=1e-5)
        assert float(np.asarray(ran[5]["both"]["twice"])) == pytest.approx(2 * states[5], rel=1e-5)
        assert float(e.to_numpy(end)) == pytest.approx(states[-1], rel=1e-5)
        assert float(e.to_numpy(ran.state_after(7))) == float(np.asarray(ran[6]["state"]))
