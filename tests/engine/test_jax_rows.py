"""Programs of JAX that gather the rows of a user's array themselves, where the array lies."""

import jax
import numpy as np
import pytest

import lamina
from lamina import layers, models
from lamina.engine.jax import lending, repeat
from lamina.engine.memory import ALIGNMENT
from lamina.engine.repeating import STEPS_PER_CALL, Repeater
from lamina.engine.rows import Rows
from lamina.feeds.arrays import ArrayFeed

SAMPLES = 40


def lying_at(offset, shape, dtype):
    """An array that begins so many bytes behind a multiple of 64."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 2 * ALIGNMENT, "uint8")
    start = -memory.ctypes.data % ALIGNMENT + offset
    array = memory[start : start + size].view(dtype).reshape(shape)
    array[...] = np.random.default_rng(0).integers(0, 2, shape)
    array[..., 0] = np.arange(len(array)).reshape(-1, *[1] * (array.ndim - 2)) % 100
    return array


def numbers(*shape):
    chosen = np.random.default_rng(1).integers(0, SAMPLES, shape).astype("int32")
    chosen.flat[:2] = 0, SAMPLES - 1
    return chosen


@pytest.mark.parametrize("offset", [0, 4, 16, 60])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "float16", "bool"])
def test_a_program_gathers_the_rows_of_an_array_wherever_it_lies(offset, dtype):
    array = lying_at(offset, (SAMPLES, 16, 80), dtype)
    lent = lending.lent(Rows(array, numbers(2, 5)))
    batch = jax.jit(lambda lent: lent.batch(0))(lent)
    np.testing.assert_array_equal(batch, array[numbers(2, 5)[0]])


def test_nothing_is_copied():
    array = lying_at(16, (SAMPLES, 784), "float32")
    body = lending.lent(Rows(array, numbers(2, 5))).body
    assert body.unsafe_buffer_pointer() == array.ctypes.data + ALIGNMENT - 16


def test_a_program_serves_arrays_wherever_they_lie():
    traces = []
    program = jax.jit(lambda lent: traces.append(1) or lent.batch(1))
    for offset in (0, 16, 20):
        array = lying_at(offset, (SAMPLES, 784), "float32")
        batch = program(lending.lent(Rows(array, numbers(2, 5))))
        np.testing.assert_array_equal(batch, array[numbers(2, 5)[1]])
    assert len(traces) == 1


ARRAY = lying_at(16, (SAMPLES, 784), "float32")
READ_ONLY = ARRAY.view()
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    "array, can",
    {
        "a usual one": (ARRAY, True),
        "read-only": (READ_ONLY, False),
        "every other row": (ARRAY[::2], False),
        "columns": (np.asfortranarray(ARRAY), False),
        "short rows": (ARRAY[:, :10].copy(), False),
        "one row": (ARRAY[:1], False),
        "what JAX has no dtype for": (ARRAY.astype("float64"), False),
        "the other byte order": (ARRAY.astype(">f4"), False),
        "complex": (ARRAY.astype("complex64"), False),
    }.values(),
)
def test_only_arrays_that_need_no_copy_and_gain_by_it_are_lent(array, can):
    assert lending.can_lend(array) is can


@pytest.fixture
def learner(monkeypatch):
    """Trains a network on JAX whose steps loop after the first chunk, and notes what its loop got."""
    kinds = []

    def lent(rows):
        kinds.append("rows")
        return lending.lent(rows)

    monkeypatch.setattr(repeat, "lent", lent)
    monkeypatch.setattr(repeat, "_SHORT", 1e9)
    monkeypatch.setattr("lamina.training.runner._SECONDS_PER_CALL", 1e9)

    def learn(x, **options):
        with lamina.config.using_backend("jax"):
            lamina.utils.set_random_seed(1)
            model = models.Sequential(
                [layers.Input(x.shape[1:]), layers.Flatten(), layers.Dense(1)]
            )
            model.compile("sgd", "mse")
            y = x.reshape(len(x), -1)[:, :1].astype("float32")
            options = {"batch_size": 2, "epochs": 3, "verbose": 0} | options
            return model.fit(x, y, **options).history["loss"], kinds

    return learn


def data(rows=8 * STEPS_PER_CALL):
    return np.random.default_rng(0).random((rows, 300), "float32")


class Writes(lamina.callbacks.Callback):
    """Sets the data to 0 after the first epoch."""

    def __init__(self, x):
        super().__init__()
        self.x = x

    def on_epoch_end(self, epoch, logs=None):
        self.x[...] = 0


@pytest.mark.parametrize("writes", [False, True])
def test_losses_are_those_of_gathered_batches(writes, learner, monkeypatch):
    def losses():
        x = data()
        kinds.clear()
        return learner(x, callbacks=[Writes(x)] if writes else [])[0]

    kinds = learner(data())[1]
    looped = losses()
    assert kinds
    monkeypatch.setattr(Repeater, "takes_rows", lambda self, array: False)
    gathered = losses()
    assert not kinds
    np.testing.assert_allclose(looped, gathered, rtol=1e-5)


class Watches(lamina.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize("options", [{"callbacks": [Watches()]}, {"shuffle": False}])
def test_batches_are_gathered_where_somebody_watches_or_rows_lie_in_order(learner, options):
    assert learner(data(), **options)[1] == []


def test_the_loop_is_compiled_for_few_sizes_of_arrays():
    run = Repeater(None, None, None, None, None, can_lend=lambda array: True)
    run._use_loop = True
    taken = [run.takes_rows(np.empty((samples, 300))) for samples in (1, 2, 3, 4, 5, 4)]
    assert taken == [True, True, True, True, False, True]


def test_rows_that_were_lent_count_as_nothing_kept():
    rows = Rows(data(), numbers(3, 4))
    assert rows.nbytes == rows.numbers.nbytes < rows[0].nbytes
    assert rows[1:].shape == (2, 4, 300)
    np.testing.assert_array_equal(rows[1], rows.array[rows.numbers[1]])


def test_converted_and_mapped_arrays_are_gathered(tmp_path):
    np.save(tmp_path / "x.npy", data())
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r+")
    for x, is_lent in ((data(), True), (data().astype("float64"), False), (mapped, False)):
        feed = ArrayFeed(x, shuffle=True)
        feed.open()
        (chunk, *_) = feed.chunks(None, lambda: 2, 1, lambda array: True)
        assert (chunk.batches[0].__class__ is Rows) is is_lent
