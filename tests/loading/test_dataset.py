"""What can be done with a data set: as `tf.data` does it, from any place on, again and again."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.core.seeds import Cursor
from lamina.data import Dataset
from lamina.loading.samples import Rows
from lamina.utils import image_dataset_from_directory, split_dataset
from tests.training.test_resume import broken, fit

N = 11
CHAINS = {
    "batch": lambda d: d.batch(4),
    "dropped rest": lambda d: d.batch(4, drop_remainder=True),
    "map": lambda d: d.map(lambda x, y: (x * 2, y + 1)).batch(3),
    "map of batches": lambda d: d.batch(3).map(lambda x, y: (x + 1, y), num_parallel_calls=-1),
    "take": lambda d: d.batch(2).take(3),
    "skip": lambda d: d.map(lambda x, y: x).skip(4).batch(5),
    "take of all": lambda d: d.take(-1).skip(9).batch(2),
    "unbatch": lambda d: d.batch(4).unbatch().batch(3),
    "unbatch of mapped": lambda d: (
        d.batch(4).map(lambda x, y: (x - 1, y)).take(2).unbatch().batch(3)
    ),
    "unbatch of skipped": lambda d: d.batch(4).map(lambda x, y: (x, y)).skip(1).unbatch().batch(3),
    "repeat": lambda d: d.batch(4).repeat(3),
    "cache": lambda d: d.map(lambda x, y: (y * y, x)).batch(4).cache().prefetch(2),
    "of dicts": lambda d: d.map(lambda x, y: {"a": x, "b": y}).map(lambda e: e["a"]).batch(6),
}
SHUFFLED = {
    "shuffle": lambda d: d.shuffle(3, seed=1).batch(4),
    "shuffle of batches": lambda d: d.batch(2).shuffle(),
    "twice": lambda d: d.shuffle().shuffle().batch(4),
    "repeated": lambda d: d.shuffle().batch(5).repeat(2),
    "mapped": lambda d: d.shuffle().map(lambda x, y: (x, y)).batch(5),
    "cached": lambda d: d.shuffle().batch(3).cache(),
    "in one order": lambda d: d.shuffle(reshuffle_each_iteration=False).batch(3),
}


def rows():
    return np.arange(2.0 * N).reshape(N, 2), np.arange(N)


def ours():
    return Dataset(Rows(rows()))


def plain(elements):
    return [lamina.tree.map_structure(lambda leaf: np.asarray(leaf).tolist(), e) for e in elements]


@pytest.mark.parametrize("name", CHAINS)
def test_elements_are_those_of_tf_data(name):
    import tensorflow as tf

    expected = CHAINS[name](tf.data.Dataset.from_tensor_slices(rows()))
    found = CHAINS[name](ours())
    assert plain(found) == plain(expected.as_numpy_iterator()) == plain(found)
    assert len(found) == len(plain(found)) == found.cardinality()


@pytest.mark.parametrize("name", [*CHAINS, *SHUFFLED])
def test_a_pass_can_begin_anywhere(name):
    def from_step(step):
        dataset = {**CHAINS, **SHUFFLED}[name](ours())
        return plain(dataset.elements(Cursor(3, 1, epoch=2, step=step)))

    whole = from_step(0)
    for step in range(1, len(whole) + 1):
        assert from_step(step) == whole[step:]
    dataset = {**CHAINS, **SHUFFLED}[name](ours())
    numbered = [dataset.stage.make(i, Cursor(3, 1, epoch=2)) for i in range(len(dataset))]
    assert plain(numbered) == whole


@pytest.mark.parametrize("name", SHUFFLED)
def test_shuffled_passes_differ_but_have_all(name):
    dataset = SHUFFLED[name](ours())
    passes = [np.concatenate([y for _, y in dataset]).tolist() for _ in range(3)]
    assert all(sorted(p) == sorted(passes[0]) for p in passes)
    assert {*passes[0]} == {*range(N)}
    same = name in ("cached", "in one order")
    assert (passes[0] == passes[1] == passes[2]) == same
    assert passes[0] != sorted(passes[0])


def test_a_seeded_order_needs_no_seed_of_the_process():
    def order(process_seed, seed):
        lamina.utils.set_random_seed(process_seed)
        return [int(y) for _, y in ours().shuffle(seed=seed)]

    assert order(1, 5) == order(2, 5) != order(1, 6)
    assert order(1, None) == order(1, None) != order(2, None)


def test_a_cache_makes_each_element_once():
    calls = []

    def note(x, y):
        calls.append(int(y))
        return x, y

    cached = ours().map(note).cache()
    next(iter(cached))
    expected = plain(cached)
    assert plain(cached) == plain(cached) == expected
    assert sorted(calls) == [*range(N)]


def test_functions_are_called_in_order_unless_several_may_run():
    seen = []
    dataset = ours().batch(2).map(lambda x, y: seen.append(int(y[0])) or y)
    assert plain(dataset) and seen == [0, 2, 4, 6, 8, 10]


def test_results_of_an_engine_become_arrays(engine):
    dataset = ours().map(lambda x, y: (lamina.ops.cast(x, "float32") * 2, y)).batch(4)
    x, y = next(iter(dataset))
    assert x.dtype == np.float32 and x[1].tolist() == [4.0, 6.0] and y.tolist() == [0, 1, 2, 3]


def test_elements_by_number_and_what_is_refused():
    dataset = ours().batch(4)
    assert dataset[2][1].tolist() == dataset[-1][1].tolist() == [8, 9, 10]
    assert repr(dataset) == "<lamina Dataset of 3 batches>"
    for call, kind, message in (
        (lambda: dataset[3], IndexError, "no element 3"),
        (lambda: dataset.filter(bool), AttributeError, "no 'filter'. It has .*map.*format='tf'"),
        (lambda: dataset.repeat(), ValueError, "number of times"),
        (lambda: dataset.cache("file"), ValueError, "in memory only"),
        (lambda: dataset.batch(0), ValueError, "positive integer"),
        (lambda: dataset.batch(2, drop=True), TypeError, "drop"),
        (lambda: dataset.shuffle().unbatch(), ValueError, "Unbatch before"),
        (
            lambda: ours().map(lambda x, y: x[: int(y)]).batch(3)[0],
            ValueError,
            "do not go into one batch",
        ),
    ):
        with pytest.raises(kind, match=message):
            call()


def test_models_take_batches_only():
    model = lamina.Sequential([lamina.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"single|one by one.*batch\(32\)"):
        model.predict(ours().map(lambda x, y: x), verbose=0)


CLASSES = np.random.default_rng(0).integers(0, 3, 40)
INPUTS = np.random.default_rng(1).random((40, 6), "float32")


def training_data(mapped):
    dataset = Dataset(Rows((INPUTS, CLASSES))).shuffle().batch(5)
    # The function draws: what it drew before the break must not be drawn again.
    draw = np.random
    return dataset.map(lambda x, y: (x + draw.random(), y)) if mapped else dataset


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("steps", [3, 9])
def test_a_broken_run_ends_as_it_would_have(tmp_path, steps, mapped):
    options = {"y": None, "batch_size": None}
    expected = fit(tmp_path / "whole", x=training_data(mapped), **options)
    broken(tmp_path / "broken", steps, x=training_data(mapped), **options)
    assert fit(tmp_path / "broken", x=training_data(mapped), **options) == expected


def test_files_go_on_after_a_break(tmp_path, pictures):
    def data():
        images = image_dataset_from_directory(
            pictures,
            image_size=(1, 2),
            batch_size=3,
            verbose=False,
            class_names=["Dog", "ape", "cat"],
        )
        return images.map(lambda x, y: (x.reshape(-1, 6) / 255, y))

    options = {"y": None, "batch_size": None}
    expected = fit(tmp_path / "whole", x=data(), **options)
    broken(tmp_path / "broken", 5, x=data(), **options)
    assert fit(tmp_path / "broken", x=data(), **options) == expected


@pytest.mark.parametrize(
    "sizes",
    [{"left_size": s} for s in (3, 0.75, 0.15, 0.25, 0.35)]
    + [{"right_size": s} for s in (3, 0.25, 0.45)]
    + [{"left_size": 0.3, "right_size": 0.3}, {"left_size": 4, "right_size": 0.3}]
    + [{"left_size": 0.5, "shuffle": True, "seed": 1}],
    ids=str,
)
def test_halves_are_those_of_keras(sizes):
    import keras

    parts = [
        [x.numpy() for x in part] for part in keras.utils.split_dataset(np.arange(10), **sizes)
    ]
    assert [[int(x) for x in part] for part in split_dataset(np.arange(10), **sizes)] == parts


def _torch_samples():
    import torch

    return torch.utils.data.TensorDataset(torch.arange(10))


def _tensorflow():
    import tensorflow as tf

    return tf.data.Dataset.range(10)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: [np.arange(10), np.arange(10) * 2], (8, 16)),
        (lambda: {"a": np.arange(10)}, {"a": 8}),
        (_tensorflow, 8),
        (_torch_samples, (8,)),
        (lambda: Dataset(Rows(np.arange(20))).batch(2), [16, 17]),
        (lambda: range(10), 8),
    ],
)
def test_whatever_has_samples_is_split(make, expected):
    left, right = split_dataset(make(), left_size=0.8)
    assert len(left) == 8 and plain(right)[0] == expected


def test_halves_of_batches_are_batches():
    left, right = split_dataset(ours().batch(2), right_size=2)
    assert left.batched and len(right) == 2 and not split_dataset(rows(), 0.5)[0].batched


def test_halves_in_the_form_of_a_library():
    import tensorflow as tf
    import torch

    left, _ = split_dataset(np.arange(4.0), 0.5, preferred_backend="tensorflow")
    assert isinstance(left, tf.data.Dataset) and [x.numpy() for x in left] == [0.0, 1.0]
    left, _ = split_dataset(np.arange(4.0), 0.5, preferred_backend="torch")
    assert isinstance(left, torch.utils.data.DataLoader) and [x.item() for x in left] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: split_dataset(np.arange(10)), ValueError, "give `left_size`"),
        (lambda: split_dataset(np.arange(10), 10), ValueError, "below 10"),
        (lambda: split_dataset(np.arange(10), 1.5), ValueError, "between 0 and 1"),
        (lambda: split_dataset(np.arange(10), 0.04), ValueError, "parts of 0 and 10"),
        (lambda: split_dataset(np.arange(10), 4, 7), ValueError, "parts of 4 and 7"),
        (lambda: split_dataset(np.arange(10), "a"), TypeError, "int or a float"),
        (lambda: split_dataset([[1, 2], [3, 4]], 1), ValueError, "must hold arrays"),
        (lambda: split_dataset((np.arange(3), np.arange(4)), 1), ValueError, "different lengths"),
        (lambda: split_dataset("abc", 1), TypeError, "not a str"),
        (
            lambda: split_dataset(np.arange(9), 1, preferred_backend="jax"),
            ValueError,
            "preferred_backend",
        ),
    ],
)
def test_other_halves_are_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
