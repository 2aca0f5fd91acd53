"""The torch engine keeps freed memory: a large array does not come with new pages from the system each time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_PROGRAM = """
import resource
import lamina
from lamina import ops
lamina.config.set_backend("torch")
x = ops.ones((12_000_000,))  # 48 MB, 11,719 pages of 4 kB
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    y = x + 1.0
    del y
before = faults()
for _ in range(10):
    y = x + 1.0
    del y
print(faults() - before)
"""


def _faults(**environment):
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")} | environment,
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux has the setting")
def test_memory_of_large_arrays_is_used_again():
    assert _faults() < 12_000  # ten arrays anew are ten times as many


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux has the setting")
def test_settings_of_the_user_stand():
    # Large arrays by mappings of their own, as glibc does it at first.
    assert _faults(MALLOC_MMAP_THRESHOLD_=str(2**20)) > 100_000
