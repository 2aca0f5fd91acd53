"""Freed memory stays: a large array does not come with new pages from the system each time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ENGINES = ["jax", "torch"]  # TensorFlow keeps the memory of its arrays by itself

_PROGRAM = """
import resource, sys
import lamina
from lamina.engine.current import engine
lamina.config.set_backend(sys.argv[1])
e = engine()
add = e.compile(lambda x: e.add(x, 1.0))
x = e.full((12_000_000,), 1.5, "float32")  # 48 MB, 11,719 pages of 4 kB
def ten_arrays():
    for _ in range(10):
        y = add(x)
        e.synchronize(y)
        del y
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def faults_of_ten_arrays():
    before = faults()
    ten_arrays()
    return faults() - before
print(min(faults_of_ten_arrays() for _ in range(6)))  # the heap grows at first
"""

_IN_A_THREAD = """
import resource, sys, threading
import numpy as np
import lamina
from lamina.engine.current import engine
from lamina.engine.memory import aligned
lamina.config.set_backend(sys.argv[1])
engine()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
counts = []
def gather():
    for _ in range(6):
        before = faults()
        for _ in range(10):
            aligned((12_000_000,), np.dtype("float32"))[:] = 1
        counts.append(faults() - before)
thread = threading.Thread(target=gather)
thread.start()
thread.join()
print(min(counts))
"""


def _faults(engine, program=_PROGRAM, **environment):
    pytest.importorskip(engine)
    done = subprocess.run(
        [sys.executable, "-c", program, engine],
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")} | environment,
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux has the setting")
@pytest.mark.parametrize("engine", ENGINES)
def test_memory_of_large_arrays_is_used_again(engine):
    assert _faults(engine) < 12_000  # ten arrays anew are ten times as many


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux has the setting")
@pytest.mark.parametrize("engine", ["jax", "tensorflow"])
def test_memory_of_batches_gathered_in_a_thread_is_used_again(engine):
    assert _faults(engine, _IN_A_THREAD) < 60


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux has the setting")
@pytest.mark.parametrize("engine", ENGINES)
def test_settings_of_the_user_stand(engine):
    # Large arrays by mappings of their own, as glibc does it at first.
    assert _faults(engine, MALLOC_MMAP_THRESHOLD_=str(2**20)) > 100_000
