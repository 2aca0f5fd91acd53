"""The public store: files of arrays in folders, as Keras' store reads and writes them."""

from __future__ import annotations

import io

import ml_dtypes
import numpy as np
import pytest
from keras.src.saving.saving_lib import H5IOStore

from lamina.saving import FormatError
from lamina.saving.store import Store

ARRAYS = {
    "lora": {"rank": np.array(4), "0": np.ones(3, "float32")},
    "a/b": {"0": np.arange(4).astype(ml_dtypes.bfloat16), "empty": np.ones((0, 2), "int8")},
    "": {"truth": np.array([True, False])},
}


def _write(store):
    for path, arrays in ARRAYS.items():
        entry = store.make(path, metadata={"name": "x"})
        for key, value in arrays.items():
            entry[key] = value
    store.close()


def _check(store):
    for path, arrays in ARRAYS.items():
        entry = store.get(path)
        assert set(entry.keys()) == set(arrays)
        for key, value in arrays.items():
            np.testing.assert_array_equal(np.asarray(entry[key]), value)
            assert np.asarray(entry[key]).dtype == value.dtype
    assert list(store.get("nowhere").keys()) == []
    with pytest.raises(KeyError):
        store.get("nowhere")["x"]
    store.close()


@pytest.mark.parametrize("ending", [".h5", ".lora.h5", ".weights.h5", ".safetensors"])
def test_what_goes_in_comes_out(ending, tmp_path):
    _write(Store(tmp_path / f"s{ending}", "w"))
    _check(Store(tmp_path / f"s{ending}"))


def test_a_file_object(tmp_path):
    file = io.BytesIO()
    _write(Store(file, "w"))
    _check(Store(file))


def test_files_of_keras_store(tmp_path):
    _write(H5IOStore(str(tmp_path / "k.h5"), mode="w"))
    _check(Store(tmp_path / "k.h5"))


def test_keras_store_reads_our_files(tmp_path):
    _write(Store(tmp_path / "l.h5", "w"))
    _check(H5IOStore(str(tmp_path / "l.h5"), mode="r"))


def test_nothing_is_written_after_an_error(tmp_path):
    with pytest.raises(KeyError), Store(tmp_path / "s.h5", "w") as store:
        store.make("a")["b"] = 1
        raise KeyError
    assert not any(tmp_path.iterdir())


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match="'r' or 'w'"):
        Store(tmp_path / "s.h5", "a")
    with pytest.raises(ValueError, match="must end with"):
        Store(tmp_path / "s.pkl", "w")
    store = Store(tmp_path / "s.h5", "w")
    with pytest.raises(ValueError, match=r"Store\.get: .*open as 'w'"):
        store.get("a")
    with pytest.raises(ValueError, match="not a plain path"):
        store.make("a/../b")
    store.close()
    with pytest.raises(ValueError, match="open as 'closed'"):
        store.make("a")
    (tmp_path / "t.h5").write_bytes(b"PK")
    with pytest.raises(FormatError, match="not an HDF5 file"):
        Store(tmp_path / "t.h5")
