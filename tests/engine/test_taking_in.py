"""Arrays taken into an engine lie there once."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

import numpy as np
import pytest

from lamina.core.dtypes import numpy_dtype

STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MB = 2**20


def _memory(what: str) -> int:
    """Return the bytes that this process takes (`VmRSS`), or has taken at most (`VmHWM`)."""
    return int(STATUS.read_text().split(f"{what}:")[1].split()[0]) * 1024


def _taken(call) -> tuple[int, object]:
    """Return the bytes that a call takes at most, and its result."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # pages that earlier tests have left would be taken uncounted
    REFERENCES.write_text("5")  # the peak begins anew
    before, result = _memory("VmRSS"), call()
    return _memory("VmHWM") - before, result


@pytest.mark.skipif(not REFERENCES.exists(), reason="Linux counts a process's memory")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_array_is_not_copied_twice(engine, dtype):
    engine.asarray(np.zeros(4, "float32"))  # what is imported and started once is not measured
    size, dtype = 40 * MB, numpy_dtype(dtype)
    peak, source = _taken(lambda: np.ones(size // dtype.itemsize, dtype))
    assert peak > 0.9 * size  # the measure sees what it is for
    peak, _ = _taken(lambda: [engine.asarray(source) for _ in range(4)])
    assert peak < 4.5 * size


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "bool", "bfloat16", "uint8"])
def test_arrays_of_every_shape_and_order(engine, dtype, shape):
    source = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(numpy_dtype(dtype))
    for array in (source, source.T, source.astype(source.dtype.newbyteorder("S"))):
        taken = engine.asarray(array)
        assert engine.dtype(taken) == dtype and tuple(engine.shape(taken)) == array.shape
        np.testing.assert_array_equal(
            np.asarray(engine.to_numpy(taken), "float32"), array.astype("float32")
        )
