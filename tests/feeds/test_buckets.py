"""Sequences of many lengths in a few buckets: few programs, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.engine.current import engine as in_force
from lamina.feeds.sources import source_of

SIZE = 4
rng = np.random.default_rng(0)
WORDS = [rng.integers(1, 9, length) for length in rng.integers(1, 40, 50)]
CLASSES = rng.integers(0, 2, (50, 1))


class Counted(layers.Embedding):
    """Notes the shapes for which programs are made of it."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.shapes = []

    def call(self, x):
        if ops.shape(x)[0] <= SIZE:  # others stand for a size that is not known
            self.shapes.append(tuple(ops.shape(x)))
        return super().call(x)


def _model():
    lamina.utils.set_random_seed(3)
    counted = Counted(9, 3, mask_zero=True)
    hidden = [counted, layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")]
    model = lamina.Sequential([lamina.Input((None,), dtype="int32"), *hidden])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model, counted.shapes


def _buckets(**options):
    return lamina.data.bucket(WORDS, CLASSES, **{"batch_size": SIZE, **options})


def test_four_buckets_make_at_most_four_programs(trains):
    buckets = _buckets()
    assert len(buckets.lengths) == 4
    model, shapes = _model()
    model.fit(buckets, epochs=3, verbose=0, preflight=False)
    assert set(shapes) == {(SIZE, length) for length in buckets.lengths}
    if in_force().compiles_by_shape:
        assert len(shapes) == 4


def test_evaluate_and_predict_make_no_more_programs_either(engine):
    model, shapes = _model()
    buckets = _buckets()
    model.predict(buckets, verbose=0)
    if in_force().compiles_by_shape:
        assert len(set(shapes)) == len(shapes) == 4
    shapes.clear()
    model.evaluate(buckets, verbose=0)
    assert {length for _, length in shapes} == set(buckets.lengths)


def test_results_are_those_of_sequences_padded_to_one_length(engine):
    model, _ = _model()
    padded = lamina.utils.pad_sequences(WORDS, padding="post")
    buckets = _buckets()
    np.testing.assert_allclose(
        model.predict(buckets, verbose=0), model.predict(padded, verbose=0), rtol=1e-5
    )
    np.testing.assert_allclose(
        model.evaluate(buckets, verbose=0), model.evaluate(padded, CLASSES, verbose=0), rtol=1e-5
    )


@pytest.mark.parametrize("trains", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_every_sample_is_in_an_epoch_and_batches_are_full(trains, shuffle):
    numbered = lamina.data.bucket(WORDS, np.arange(50), batch_size=SIZE)
    source = source_of(numbered, shuffle, trains=trains)
    batches = [*source.start(lamina.core.seeds.Cursor(1, 2))]
    samples = [number for _, y, _ in batches for number in y.tolist()]
    assert set(samples) == {*range(50)}
    assert len(batches) == len(numbered)
    assert [len(y) for _, y, _ in batches[:-1]] == [SIZE] * (len(batches) - 1)
    assert len(samples) == (52 if trains else 50)


def test_targets_as_long_as_their_sequence_are_padded_with_it():
    buckets = lamina.data.bucket([[1, 2], [3]], [[0.1, 0.2], [0.3]], padding_value=-1)
    x, y, _ = buckets.padded(0, [0, 1]) if len(buckets.lengths) == 1 else buckets.padded(1, [0, 1])
    np.testing.assert_array_equal(x, [[1, 2], [3, -1]])
    np.testing.assert_array_equal(y, [[0.1, 0.2], [0.3, -1]])


REFUSED = {
    "no sequences": (lambda: lamina.data.bucket([]), "no sequences"),
    "another number of targets": (
        lambda: lamina.data.bucket(WORDS, CLASSES[:3]),
        "50 sequences, but `y` 3",
    ),
    "a sequence too long": (lambda: _buckets(lengths=[5, 10]), "longest bucket takes 10"),
    "outputs of many lengths": (
        lambda: lamina.Sequential([lamina.Input((None,)), layers.Identity()]).predict(
            _buckets(), verbose=0
        ),
        "predict_on_batch",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
