"""SwapEMAWeights: the running means of the weights are in the model while it is evaluated."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.callbacks import Callback, CallbackList, ModelCheckpoint, SwapEMAWeights
from tests.training.callbacks import small


def _model(**options):
    return small.model(lamina.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), **options)


def _means(net):
    means = net.optimizer.averages  # there are none before the first step
    return [means.get(v, v).numpy() for v in net.trainable_variables]


def _equal(some, others):
    return all(map(np.array_equal, some, others))


class Looks(Callback):
    """Tells at each hook whether the model holds the means."""

    def __init__(self):
        self.seen = []

    def _look(self, hook):
        self.seen.append((hook, _equal(self.model.get_weights(), _means(self.model))))

    def on_epoch_begin(self, epoch, logs=None):
        self._look("epoch begins")

    def on_test_begin(self, logs=None):
        self._look("test begins")

    def on_epoch_end(self, epoch, logs=None):
        self._look("epoch ends")


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_the_means_are_there_when_the_model_is_evaluated(trains, swap_on_epoch):
    net, looks = _model(), Looks()
    small.fit(net, SwapEMAWeights(swap_on_epoch), looks, epochs=3)
    # In the beginning, both are the initial weights.
    assert looks.seen[1:] == [
        ("test begins", True),
        ("epoch ends", swap_on_epoch),
        ("epoch begins", False),
    ] * 2 + [("test begins", True), ("epoch ends", swap_on_epoch)]
    assert _equal(net.get_weights(), _means(net))


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_training_goes_on_with_the_weights(trains, swap_on_epoch):
    losses, weights = [], []
    for callbacks in ([], [SwapEMAWeights(swap_on_epoch)]):
        net = _model()
        losses.append(small.fit(net, *callbacks, epochs=3).history["loss"])
        weights.append(net.get_weights())
    assert losses[0] == losses[1] and _equal(*weights)


def test_a_checkpoint_behind_it_saves_the_means(tmp_path):
    net, path = _model(), tmp_path / "{epoch}.weights.h5"
    kept = []

    class Keeps(Callback):
        def on_epoch_end(self, epoch, logs=None):
            kept.append(_means(self.model))

    save = ModelCheckpoint(path, save_weights_only=True)
    small.fit(net, SwapEMAWeights(swap_on_epoch=True), save, Keeps())
    net.load_weights(tmp_path / "1.weights.h5")
    assert _equal(net.get_weights(), kept[0])


def test_training_that_another_callback_ends_leaves_the_means():
    net = _model()

    class Stops(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    small.fit(net, SwapEMAWeights(swap_on_epoch=True), Stops(), epochs=3)
    assert _equal(net.get_weights(), _means(net))


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_evaluating_and_predicting_alone(trains, method):
    net = _model()
    x, y = small.data()
    for _ in range(3):
        net.train_on_batch(x, y)
    own = net.get_weights()
    data = (x, y) if method == "evaluate" else (x,)
    found = getattr(net, method)(*data, verbose=0, callbacks=[SwapEMAWeights()])
    assert _equal(net.get_weights(), own)
    net.set_weights(_means(net))
    np.testing.assert_array_equal(found, getattr(net, method)(*data, verbose=0))


def test_a_run_that_was_broken_off_between_epochs_goes_on_with_the_weights(trains):
    whole = _model()
    small.fit(whole, SwapEMAWeights(swap_on_epoch=True), epochs=2)

    class Breaks(Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    net, hooks = _model(), CallbackList([SwapEMAWeights(swap_on_epoch=True)])
    with pytest.raises(KeyboardInterrupt):
        small.fit(net, *hooks, Breaks())
    again = CallbackList([SwapEMAWeights(swap_on_epoch=True)], model=net)
    state = hooks.get_state()

    class Continues(Callback):
        def on_train_begin(self, logs=None):
            again.set_state(state)

    small.fit(net, *again, Continues(), epochs=2, initial_epoch=1)
    assert _equal(net.get_weights(), whole.get_weights())


def test_an_optimizer_without_means_is_refused():
    with pytest.raises(
        ValueError, match=r"SGD keeps no means of the weights. Give it `use_ema=True`"
    ):
        small.fit(small.model(), SwapEMAWeights())


def test_the_optimizer_within_another_keeps_them():
    inner = lamina.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    net = small.model(lamina.optimizers.LossScaleOptimizer(inner))
    looks = Looks()
    small.fit(net, SwapEMAWeights(), looks)
    assert ("test begins", True) in looks.seen[1:]
