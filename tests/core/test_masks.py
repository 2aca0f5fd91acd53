"""Masks belong to one tensor and go with it."""

from __future__ import annotations

import gc

import numpy as np

import lamina
from lamina import layers, ops
from lamina.core import masks
from tests.layers.checks import draw


def test_a_mask_belongs_to_one_tensor_and_goes_with_it(engine):
    x, mask = ops.ones((2, 3)), ops.ones((2, 3), "bool")
    gc.collect()
    masks.set_mask(x, mask)
    assert masks.get_mask(x) is mask and masks.get_mask(ops.ones((2, 3))) is None
    gc.collect()  # masks of other tests
    size = len(masks.table)
    del x
    gc.collect()
    assert len(masks.table) == size - 1
    y = ops.ones((2, 3))
    masks.set_mask(y, mask)
    masks.set_mask(y, None)
    assert masks.get_mask(y) is None


def test_training_leaves_no_masks_behind(trains):
    """Neither a step nor, once it is gone, a model."""
    x = np.random.default_rng(0).integers(0, 9, (20, 5))

    def use(model):
        model.fit(x, draw((20, 2)), epochs=2, verbose=0)
        model.predict(x, verbose=0)
        model(x)

    def used_twice():
        model = lamina.Sequential(
            [
                layers.Input((5,), dtype="int32"),
                layers.Embedding(9, 3, mask_zero=True),
                layers.SimpleRNN(2),
            ]
        )
        model.compile("sgd", "mse")
        use(model)
        gc.collect()
        before = len(masks.table)
        use(model)
        gc.collect()
        return len(masks.table) - before

    gc.collect()
    before = len(masks.table)
    assert used_twice() <= 0
    gc.collect()
    assert len(masks.table) <= before
