"""A run that is broken off and goes on: callbacks have told, written and counted what they would have in one run."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.callbacks import BackupAndRestore, Callback, Log, SwapEMAWeights, TensorBoard
from tests.training.callbacks import small
from tests.training.callbacks.boards import scalars


class Kept:
    """A writer whose steps are kept by number, as a board does."""

    def __init__(self):
        self.told = {}

    def scalars(self, step, values):
        self.told |= {(name, step): value for name, value in values.items()}


class Breaks(Callback):
    """Breaks off after so many batches, or the epoch after them."""

    def __init__(self, batches, at_end):
        self.batches, self.at_end = batches, at_end

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if not self.batches and not self.at_end:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        if self.batches <= 0 and self.at_end:
            raise KeyboardInterrupt


def _run(folder, writer, *more):
    schedule = lamina.optimizers.schedules.InverseTimeDecay(0.1, 4, 1.0)
    net = small.model(lamina.optimizers.SGD(schedule, use_ema=True, ema_momentum=0.5))
    backup = BackupAndRestore(folder / "backup", every=1, delete_checkpoint=False)
    board = TensorBoard(folder / "board", update_freq="batch", write_graph=False)
    swap, log = SwapEMAWeights(swap_on_epoch=True), Log(writer, update_freq="batch")
    history = small.fit(net, backup, swap, log, board, *more, epochs=3)
    return history, net.get_weights()


@pytest.mark.parametrize(("batches", "at_end"), [(6, False), (4, True)], ids=["within", "between"])
def test_broken_off_and_gone_on(trains, tmp_path, batches, at_end):
    whole, parts = Kept(), Kept()
    history, weights = _run(tmp_path / "whole", whole)
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path / "parts", parts, Breaks(batches, at_end))
    again, same = _run(tmp_path / "parts", parts)
    assert again.history == history.history and len(again.history["learning_rate"]) == 3
    assert all(map(np.array_equal, same, weights))
    assert parts.told == whole.told
    for run in ("train", "validation"):
        found, wanted = (scalars(tmp_path / kind / "board" / run) for kind in ("parts", "whole"))
        assert found == wanted
