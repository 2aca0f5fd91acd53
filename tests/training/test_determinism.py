"""With a seed and `enable_op_determinism`, two runs of one program are equal bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.training.runner import StepRunner

DRAW = np.random.default_rng(0)
IMAGES = DRAW.random((96, 8, 8, 1), "float32")
WORDS = DRAW.integers(0, 20, (96, 6))
CLASSES = DRAW.integers(0, 3, 96)


@pytest.fixture
def deterministic():
    lamina.config.enable_op_determinism()
    yield
    lamina.config.disable_op_determinism()


def images():
    made = [layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D()]
    return IMAGES, [*made, layers.BatchNormalization(), layers.Flatten()]


def words():
    return WORDS, [layers.Input((6,), dtype="int64"), layers.Embedding(20, 8), layers.GRU(8)]


def trained(data):
    lamina.utils.set_random_seed(5)
    x, first = data()
    net = lamina.Sequential([*first, layers.Dropout(0.4), layers.Dense(3)])
    loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile("adam", loss, metrics=["accuracy"])
    history = net.fit(
        x, CLASSES, epochs=2, batch_size=16, verbose=0, validation_split=0.2, preflight=False
    )
    return history.history, [v.numpy().tobytes() for v in net.variables]


@pytest.mark.parametrize("data", [images, words])
def test_two_runs_are_equal(trains, deterministic, data):
    assert trained(data) == trained(data)


def test_no_step_depends_on_which_way_was_faster(trains, deterministic, monkeypatch):
    """Where an engine may try a program of many steps, it is not asked for one."""

    def never(step):
        raise AssertionError("an engine chooses by time")

    made = []
    before = StepRunner.__init__

    def noted(self, *args, **kwargs):
        made.append(self)
        before(self, *args, **kwargs)

    monkeypatch.setattr(StepRunner, "__init__", noted)
    monkeypatch.setitem(vars(lamina.engine.current.engine().itself), "repeat", never)
    trained(images)
    assert len(made) == 2  # for training and validation


def test_the_libraries_own_switches_are_set_and_set_back(deterministic):
    import torch

    with lamina.config.using_backend("torch"):
        lamina.ops.ones(1)
        assert torch.are_deterministic_algorithms_enabled()
    lamina.config.disable_op_determinism()
    assert not torch.are_deterministic_algorithms_enabled()
