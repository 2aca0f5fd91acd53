"""Data of other kinds than arrays: a run that goes on takes the batches that it would have taken."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

import lamina
from lamina import layers
from lamina.callbacks import BackupAndRestore
from tests.training.broken import Break, Broken

X = np.arange(96, dtype="float32").reshape(48, 2)
SIZE, BATCHES = 4, 12


class Sum(layers.Layer):
    """Sums its inputs in the order in which they come, so that it tells which batches it got."""

    def build(self, shape):
        self.seen = self.add_weight((), "zeros", trainable=False, name="seen")
        self.built = True

    def call(self, x, training=False):
        if training:
            self.seen.assign(self.seen * 0.75 + lamina.ops.sum(x) * 1e-3)
        return x


class Batches(lamina.utils.PyDataset):
    def __len__(self):
        return BATCHES

    def __getitem__(self, number):
        rows = X[number * SIZE : (number + 1) * SIZE]
        return rows, rows


def pairs(order):
    for first in range(0, len(order), SIZE):
        rows = X[order[first : first + SIZE]]
        yield rows, rows


class Shuffled:
    """Can be iterated again and again, each time in an order of NumPy's global generator."""

    def __iter__(self):
        return pairs(np.random.permutation(len(X)))


def endless():
    while True:
        yield from pairs(random.sample(range(len(X)), len(X)))


def loader(**options):
    data = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(X))
    return torch.utils.data.DataLoader(data, SIZE, shuffle=True, **options)


def tensorflow(**options):
    import tensorflow as tf

    tf.random.set_seed(3)
    return tf.data.Dataset.from_tensor_slices((X, X)).shuffle(48, **options).batch(SIZE)


def grain_loader():
    import grain

    source = grain.MapDataset.source(X).shuffle(seed=1).map(lambda row: (row, row))
    return source.batch(SIZE).to_iter_dataset()


SOURCES = {
    "by number": (Batches, {}),
    "by number, workers": (lambda: Batches(workers=2), {}),
    "iterable": (Shuffled, {}),
    "iterable, steps": (Shuffled, {"steps_per_epoch": 4, "epochs": 4}),
    "generator": (endless, {"steps_per_epoch": 7}),
    "DataLoader": (loader, {}),
    "DataLoader, steps": (loader, {"steps_per_epoch": 4, "epochs": 4}),
    "DataLoader, generator": (lambda: loader(generator=torch.Generator().manual_seed(5)), {}),
    "tf.data": (tensorflow, {}),
    "tf.data, steps": (tensorflow, {"steps_per_epoch": 4, "epochs": 4}),
    "tf.data, seeded": (lambda: tensorflow(seed=5), {}),
    "grain": (grain_loader, {}),
}


def fit(folder, source, steps=None, **options):
    lamina.utils.set_random_seed(3)
    torch.manual_seed(3)
    model = lamina.Sequential([Sum(), layers.Dense(2)])
    model.compile("sgd", "mae")
    backup = BackupAndRestore(folder, every=1, delete_checkpoint=False)
    hooks = [backup] if steps is None else [backup, Break(steps)]
    options = {"epochs": 3, "verbose": 0, "preflight": False, **options}
    history = model.fit(source(), callbacks=hooks, **options).history
    return history, [v.numpy().tobytes() for v in model.variables]


@pytest.mark.parametrize("steps", [3, 12, 14])
@pytest.mark.parametrize("kind", SOURCES)
def test_batches_go_on_where_they_were(tmp_path: Path, kind, steps):
    source, options = SOURCES[kind]
    expected = fit(tmp_path / "a", source, **options)
    if steps <= options.get("epochs", 3) * options.get("steps_per_epoch", BATCHES):
        with pytest.raises(Broken):
            fit(tmp_path / "b", source, steps, **options)
    np.random.seed(99)
    random.seed(99)
    torch.manual_seed(99)
    assert fit(tmp_path / "b", source, **options) == expected
