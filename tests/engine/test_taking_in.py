"""Arrays taken into an engine lie there once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamina.core.dtypes import numpy_dtype

REFERENCES = Path("/proc/self/clear_refs")
_PROGRAM = """
import sys
from pathlib import Path
import numpy as np
import lamina
from lamina.core.dtypes import numpy_dtype
from lamina.engine.current import load

def memory(what):
    return int(Path("/proc/self/status").read_text().split(f"{what}:")[1].split()[0]) * 1024

def most_taken(call):
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, result = memory("VmRSS"), call()
    return memory("VmHWM") - before, result

engine, size = load(sys.argv[1]), 40 * 2**20
engine.asarray(np.zeros(4, "float32"))  # what is imported and started once is not measured
for dtype in map(numpy_dtype, ("float32", "bfloat16")):
    of_one, source = most_taken(lambda: np.ones(size // dtype.itemsize, dtype))
    of_four, _ = most_taken(lambda: [engine.asarray(source) for _ in range(4)])
    print(of_one / size, of_four / size)
"""


@pytest.mark.skipif(not REFERENCES.exists(), reason="Linux counts a process's memory")
def test_an_array_is_not_copied_twice(engine):
    """In a process of its own, in which each large array is a mapping that goes when it is freed."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, engine.name],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**20)},
    )
    measured = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    assert len(measured) == 2
    for of_one, of_four in measured:
        assert of_one > 0.9  # the measure sees what it is for
        assert of_four < 4.5


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
