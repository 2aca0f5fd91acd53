"""How many steps a call takes follows what a step takes, also where the first ones were slowed down."""

from __future__ import annotations

import numpy as np

from lamina.feeds.feed import Chunk
from lamina.training import runner
from lamina.training.step import State

CHUNK = Chunk((np.zeros((1, 2), "float32"), None, None), 1)


def test_a_machine_that_was_busy_at_first_is_timed_again(backend, monkeypatch):
    clock, speed = [0.0], [1.0]

    def tick():
        clock[0] += speed[0]
        return clock[0]

    monkeypatch.setattr(runner.time, "perf_counter", tick)
    run = runner.StepRunner(lambda batch: {}, State([], [], [], []), [], eager=True)
    for _ in range(7):
        run(CHUNK)
    assert run.per_call(1) == 1
    speed[0] = 1e-6
    run(CHUNK)
    assert run.per_call(1) > 1


def test_calls_are_timed_ever_more_rarely():
    timed = [n for n in range(1, 5000) if runner.is_timed(n)]
    assert timed == [2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]
