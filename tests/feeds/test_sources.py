"""Every source of data, on every engine, gives what arrays give."""

from __future__ import annotations

import functools
import multiprocessing

import numpy as np
import pytest

import lamina
from lamina.feeds.kinds import family_of
from lamina.feeds.sources import source_of
from lamina.loading.samples import Rows
from tests.training.nets import draw

N, SIZE = 22, 4  # the last batch is smaller
X, Y = draw((N, 4)), draw((N, 1), seed=1)


def _cut(x=X, y=Y):
    return [(x[i : i + SIZE], y[i : i + SIZE]) for i in range(0, N, SIZE)]


def _table():
    return {**{f"x{i}": X[:, i] for i in range(4)}, "y": Y[:, 0]}


class Numbered(lamina.utils.PyDataset):
    def __len__(self):
        return len(_cut())

    def __getitem__(self, number):
        return _cut()[number]


class NumberedOnly:
    __len__, __getitem__ = Numbered.__len__, Numbered.__getitem__


class Again:
    def __iter__(self):
        return iter(_cut())


def _engine_arrays(name):
    engine = lamina.engine.current.load(name)
    return engine.asarray(X), engine.asarray(Y), SIZE


def _of_keras():
    import keras

    kind = type("OfKeras", (keras.utils.PyDataset,), dict(vars(NumberedOnly)))
    return (kind(workers=2),)


def _pandas():
    import pandas

    frame = pandas.DataFrame(_table())
    return frame[["x0", "x1", "x2", "x3"]], frame["y"], SIZE


def _polars():
    import polars

    return polars.DataFrame(_table()), "y", SIZE


def _arrow(what="table"):
    import pyarrow

    return getattr(pyarrow, what)(_table()), "y", SIZE


def _hugging_face():
    import datasets

    return datasets.Dataset.from_dict({"x": X, "y": Y})


def _loader(**options):
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    samples = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return (DataLoader(samples, batch_size=SIZE, **options),)


def _tensorflow():
    import tensorflow as tf

    return (tf.data.Dataset.from_tensor_slices((X, Y)).batch(SIZE),)


def _lamina():
    return lamina.data.Dataset(Rows((X, Y))).batch(SIZE)


def _grain():
    import grain

    return grain.MapDataset.source([*zip(X, Y, strict=True)]).batch(SIZE)


def _grain_loader():
    import grain

    samples = [*zip(X, Y, strict=True)]
    return grain.DataLoader(
        data_source=samples,
        sampler=grain.samplers.SequentialSampler(len(samples)),
        operations=[grain.transforms.Batch(SIZE, drop_remainder=False)],
        worker_count=0,
    )


# Each gives the arguments (x,), (x, y) or (x, y, batch_size) of `fit`.
SOURCES = {
    "NumPy": lambda: (X, Y, SIZE),
    "lists": lambda: (X.tolist(), Y.tolist(), SIZE),
    "a dict": lambda: ({"x": X}, {"y": Y}, SIZE),
    **{f"{n} arrays": lambda n=n: _engine_arrays(n) for n in ("jax", "torch", "tensorflow")},
    "pandas": _pandas,
    "polars": _polars,
    "Arrow": _arrow,
    "an Arrow record batch": lambda: _arrow("record_batch"),
    "a generator": lambda: ((batch for _ in range(9) for batch in _cut()),),
    "a list that is iterated": lambda: (iter(_cut() * 9),),
    "an iterable": lambda: (Again(),),
    "batches by number": lambda: (NumberedOnly(),),
    "PyDataset": lambda: (Numbered(),),
    "PyDataset with threads": lambda: (Numbered(workers=2, max_queue_size=3),),
    "PyDataset of Keras": _of_keras,
    "DataLoader": _loader,
    "tf.data": _tensorflow,
    "tf.data without end": lambda: (_tensorflow()[0].repeat(),),
    "Grain map": lambda: (_grain(),),
    "Grain map without end": lambda: (_grain().repeat(),),
    "Grain iterator": lambda: (_grain().to_iter_dataset(),),
    "Grain loader": lambda: (_grain_loader(),),
    "lamina data set": lambda: (_lamina(),),
    "lamina data set, mapped": lambda: (_lamina().map(lambda x, y: (x, y)),),
    "Hugging Face": lambda: (_hugging_face(), "y", SIZE),
    "Hugging Face columns": lambda: (_hugging_face()["x"], _hugging_face()["y"], SIZE),
    "Hugging Face stream": lambda: (_hugging_face().to_iterable_dataset(), "y", SIZE),
}
STEPS = len(_cut())


def _model():
    lamina.utils.set_random_seed(5)
    x = lamina.Input((4,), name="x")
    model = lamina.Model(x, lamina.layers.Dense(1, name="y")(x))
    model.compile(lamina.optimizers.SGD(0.1), "mse")
    return model


def _arguments(name):
    return dict(zip(("x", "y", "batch_size"), SOURCES[name](), strict=False))


def _losses(name):
    """Of two epochs, the second validated; and of `evaluate`."""
    model = _model()
    source = _arguments(name)
    fitted = model.fit(**source, epochs=2, steps_per_epoch=STEPS, shuffle=False, verbose=0)
    validation = _arguments(name)
    size = validation.pop("batch_size", None)
    given = tuple(validation.values()) if "y" in validation else validation["x"]
    options = {"validation_batch_size": size, "validation_steps": STEPS, "verbose": 0}
    validated = model.fit(X, Y, SIZE, validation_data=given, shuffle=False, **options)
    again = model.evaluate(**_arguments(name), steps=STEPS, verbose=0)
    return [*fitted.history["loss"], *validated.history["val_loss"], again]


@functools.cache
def _losses_of_arrays(backend):
    return _losses("NumPy")


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_gives_the_losses_that_arrays_give(trains, backend, name):
    np.testing.assert_allclose(_losses(name), _losses_of_arrays(backend), rtol=1e-5)


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_gives_the_predictions_that_arrays_give(engine, name):
    model = _model()
    source = _arguments(name)
    if isinstance(y := source.pop("y", None), str):  # a table, of which the model gets its input
        x = source["x"]
        names = [n for n in getattr(x, "column_names", None) or x.columns if n != y]
        source["x"] = x.select_columns(names) if hasattr(x, "select_columns") else x.select(names)
    found = model.predict(**source, steps=STEPS, verbose=0)
    np.testing.assert_allclose(found, model.predict(X, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("name", ["PyDataset", "batches by number", "Hugging Face"])
def test_what_has_numbers_is_shuffled_by_them(name):
    arguments = _arguments(name)
    columns = (arguments.get("y"), None)
    source = source_of(arguments["x"], True, arguments.get("batch_size"), columns)
    cursor = lamina.core.seeds.Cursor(3, 1)
    first = [y.ravel().tolist() for _, y, *_ in source.start(cursor)]
    cursor.epoch = 1
    second = [y.ravel().tolist() for _, y, *_ in source.start(cursor)]
    cursor.step = 2
    assert first != second
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second)) == sorted(Y.ravel())
    assert [y.ravel().tolist() for _, y, *_ in source.start(cursor)] == second[2:]


def test_the_workers_of_a_loader_end_with_the_call():
    (loader,) = _loader(num_workers=1, multiprocessing_context="forkserver", timeout=60)
    before = set(multiprocessing.active_children())
    found = _model().predict(loader, verbose=0)
    np.testing.assert_allclose(found, _model().predict(X, verbose=0), rtol=1e-5)
    assert set(multiprocessing.active_children()) <= before


class Own:
    """A class whose library nobody knows."""


def test_a_class_of_the_same_name_elsewhere_is_not_taken_for_a_librarys():
    kind = type("DataFrame", (Own,), {"__module__": "mine.pandas"})
    assert family_of(kind()) is None


REFUSED = {
    "samples of torch": (lambda: _loader()[0].dataset, "DataLoader"),
    "a plan of polars": (lambda: __import__("polars").LazyFrame(_table()), "collect"),
    "ragged rows": (
        lambda: _tensorflow()[0].map(lambda x, y: x[0, : len(x)]).ragged_batch(2),
        "padded_batch",
    ),
    "lists of many lengths": (
        lambda: __import__("polars").DataFrame({"a": [[1], [1, 2]]}),
        "Column 'a' of `x` holds lists of different lengths",
    ),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_what_gives_no_batches_is_refused_with_the_fix(make, message):
    with pytest.raises(ValueError, match=message):
        _model().predict(make(), verbose=0)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"`y` names the columns \['z'\]; `x` has \['x0'"):
        _model().fit(_polars()[0], "z", verbose=0)


def test_a_table_may_be_split_for_validation():
    table, y, size = _polars()
    expected = _model().fit(X, Y, size, validation_split=0.3, verbose=0).history
    found = _model().fit(table, y, size, validation_split=0.3, verbose=0).history
    np.testing.assert_allclose(found["val_loss"], expected["val_loss"], rtol=1e-5)
