"""OrbaxCheckpoint: what is written is what the model was, and comes back; folders and their numbers."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.callbacks import Callback, OrbaxCheckpoint
from tests.training.callbacks import small


def _state(net):
    variables = [*net.variables, *net.optimizer.variables, *net.metrics_variables]
    return [v.numpy() for v in variables]


def _equal(some, others):
    return all(map(np.array_equal, some, others))


@pytest.mark.parametrize("background", [False, True])
def test_all_that_was_saved_comes_back(trains, tmp_path, background):
    net, states = small.model("adam"), {}

    class Keeps(Callback):
        def on_epoch_end(self, epoch, logs=None):
            states[epoch] = _state(self.model)

    save = OrbaxCheckpoint(tmp_path, max_to_keep=2, save_on_background=background)
    small.fit(net, Keeps(), save, epochs=3)
    other = small.model("adam")
    small.fit(other, epochs=1)
    reader = OrbaxCheckpoint(tmp_path, max_to_keep=2)
    assert reader.steps() == [1, 2]
    for step in (None, 1):
        assert reader.restore(step, model=other) == (2 if step is None else step)
        assert _equal(_state(other), states[2 if step is None else step])
    reader.on_train_end()


def test_weights_alone(tmp_path):
    net = small.model("adam")
    small.fit(net, OrbaxCheckpoint(tmp_path, save_weights_only=True))
    other = small.model("adam")
    x, y = small.data()
    other.train_on_batch(x, y)
    slots = [v.numpy() for v in other.optimizer.variables]
    reader = OrbaxCheckpoint(tmp_path, save_weights_only=True)
    reader.restore(model=other)
    reader.on_train_end()
    assert _equal(other.get_weights(), net.get_weights())
    assert _equal([v.numpy() for v in other.optimizer.variables], slots)


def test_a_second_fit_replaces_the_folders_of_the_first(tmp_path):
    net = small.model()
    save = OrbaxCheckpoint(tmp_path)
    for _ in range(2):
        small.fit(net, save, epochs=1)
    other = small.model()
    small.fit(other, epochs=1)
    assert save.restore(model=other) == 0
    save.on_train_end()
    assert _equal(other.get_weights(), net.get_weights())


def test_only_the_best(tmp_path):
    save = OrbaxCheckpoint(tmp_path, "loss", save_best_only=True, mode="max", max_to_keep=None)
    history = small.fit(small.model(), save, epochs=3).history["loss"]
    assert history == sorted(history, reverse=True)  # it falls, so the first is the best
    assert save.steps() == [0]
    save.on_train_end()


def test_another_model_is_refused_and_stays_as_it_was(tmp_path):
    small.fit(small.model(), OrbaxCheckpoint(tmp_path))
    other = lamina.Sequential([lamina.layers.Dense(1, input_shape=(3,), name="mine")])
    other.compile("sgd", "mse")
    before, reader = other.get_weights(), OrbaxCheckpoint(tmp_path)
    with pytest.raises(ValueError, match=r"have the shapes .*, those of the model"):
        reader.restore(model=other)
    with pytest.raises(FileNotFoundError, match=r"has no state 7. States: \[1\]"):
        reader.restore(7, model=other)
    reader.on_train_end()
    assert _equal(before, other.get_weights())


def test_wrong_arguments(tmp_path):
    with pytest.raises(
        ValueError, match="OrbaxCheckpoint: `save_freq` must be 'epoch' or a number"
    ):
        OrbaxCheckpoint(tmp_path, save_freq=0)
    with pytest.raises(ValueError, match="`max_to_keep` must be at least 1, or None, not 0"):
        OrbaxCheckpoint(tmp_path, max_to_keep=0)
