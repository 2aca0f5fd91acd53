"""One pass over data of any kind: batches of NumPy arrays, whatever they come from."""

import numpy as np
import pytest

import lamina
from lamina.feeds.one_pass import as_one, host_values, one_pass

NUMBERS = np.arange(10.0)
STRINGS = ["a", "b", "a longer one"]


def _of_tensorflow(array):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(array).batch(4)


def _of_torch(array):
    from torch.utils.data import DataLoader

    return DataLoader(array, batch_size=4)


def _of_hugging_face(array):
    import datasets

    return datasets.Dataset.from_dict({"column": list(array)})


def _of_grain(array):
    import grain

    return grain.MapDataset.source(list(array)).batch(4)


class Numbered(lamina.utils.PyDataset):
    """Batches by number."""

    def __init__(self, array):
        super().__init__()
        self.array = array

    def __len__(self):
        return -(-len(self.array) // 4)

    def __getitem__(self, i):
        return self.array[4 * i : 4 * i + 4]


def _of_pandas(array):
    import pandas

    return pandas.DataFrame({"column": array})


SOURCES = {
    "array": lambda array: array,
    "list": list,
    "tuple": tuple,
    "pandas": _of_pandas,
    "tf.data": _of_tensorflow,
    "DataLoader": _of_torch,
    "datasets": _of_hugging_face,
    "Grain": _of_grain,
    "PyDataset": Numbered,
    "generator": lambda array: (array[i : i + 4] for i in range(0, len(array), 4)),
    "with targets": lambda array: ((array[i : i + 4], i) for i in range(0, len(array), 4)),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("values", [NUMBERS, STRINGS], ids=["numbers", "strings"])
def test_a_pass_gives_each_value_once(kind, values):
    if kind == "DataLoader" and values is NUMBERS:
        values = NUMBERS.astype("float32")
    batches = [as_one(batch, "data") for batch in one_pass(SOURCES[kind](values))]
    got = np.concatenate(batches).ravel().tolist()
    assert [x.decode() if isinstance(x, bytes) else x for x in got] == list(values)


def test_batches_have_the_size_that_was_asked_for():
    assert [len(batch) for batch in one_pass(NUMBERS, batch_size=4)] == [4, 4, 2]


def test_steps_limit_the_batches():
    assert [len(batch) for batch in one_pass(NUMBERS, batch_size=4, steps=2)] == [4, 4]


def test_large_arrays_come_in_batches_of_moderate_size():
    sizes = [batch.nbytes for batch in one_pass(np.zeros((2**22, 2), "float32"))]
    assert max(sizes) <= 2**23 and len(sizes) == 4


def test_a_memory_mapped_array_is_read_a_batch_at_a_time(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2**21, 2)))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    first = next(one_pass(mapped))
    assert np.shares_memory(first, mapped) and len(first) == 2**19


def test_dicts_and_frames_keep_their_columns():
    import pandas

    table = {"size": [1, 2], "name": ["a", "b"]}
    for data in (table, pandas.DataFrame(table)):
        (batch,) = one_pass(data)
        assert {name: values.tolist() for name, values in batch.items()} == table


def test_a_dict_is_not_one_array():
    with pytest.raises(ValueError, match=r"'size', 'name'.*one array is expected"):
        as_one({"size": np.ones(1), "name": np.ones(1)}, "data")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: 3.0, "single value"),
        (lambda: iter([]), "gives no batches"),
        (lambda: _of_tensorflow(NUMBERS).repeat(), "no end.*`steps`"),
        (lambda: NUMBERS[:0], "empty"),
    ],
)
def test_what_gives_no_batches_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        list(one_pass(make()))


def test_single_values_become_batches_of_32():
    import tensorflow as tf

    table = {"a": np.arange(40), "b": np.array(["x"] * 40)}
    rows = [{"a": np.array(i), "b": "x"} for i in range(40)]
    for data in (tf.data.Dataset.from_tensor_slices(table), iter(rows), ((row, 1) for row in rows)):
        batches = list(one_pass(data))
        assert [len(batch["a"]) for batch in batches] == [32, 8]
        assert np.concatenate([batch["a"] for batch in batches]).tolist() == list(range(40))


def test_strings_are_objects_as_they_are_given():
    assert host_values(np.array(["a", "bc"])).dtype == object
    assert host_values([b"a", b"\x00"]).tolist() == [b"a", b"\x00"]


def test_an_array_of_any_engine_is_taken(engine):
    assert host_values(lamina.ops.ones((2,))).tolist() == [1.0, 1.0]
    assert host_values([lamina.ops.ones((2,)), lamina.ops.zeros((2,))]).tolist() == [[1, 1], [0, 0]]


def test_a_bar_moves_on_a_screen_only(monkeypatch, capsys):
    list(one_pass(NUMBERS, batch_size=5))
    assert capsys.readouterr().out == ""
    list(one_pass(NUMBERS, batch_size=5, verbose=1))
    assert "2/2" in capsys.readouterr().out
