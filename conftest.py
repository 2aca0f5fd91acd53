"""What every test begins with: names for doctests, one seed, and quiet, reproducible surroundings."""

import functools
import os
import threading
import zlib
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")  # the oracle's own default engine is not installed
# Tests run beside each other, one on each core; threads of their own would only get in the way
# (OpenMP's spin while they wait). Small programs are compiled more often than run.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_cpu_multi_thread_eigen=false"
    # These halve the time of the tests on JAX; XLA aborts where it does not know them.
    + " --xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
    * version("jaxlib").startswith("0.10."),
)
# PyTensor takes half a minute to compile a step; interpreted, without a compiler of C, programs compute the same.
os.environ.setdefault("PYTENSOR_FLAGS", "mode=FAST_COMPILE,cxx=")
# Programs that a run has compiled are kept for later runs, which take half the time on JAX.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent / ".jax_cache"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

import hypothesis
import numpy as np
import pytest
from jax._src.interpreters import mlir

# JAX makes a compiler context for every program, which costs as much as a third of compiling a
# small one, and keeps it: 2.5 GB over the tests of layers. One for each thread serves all.
if make_context := getattr(mlir, "make_ir_context", None):
    context_of_thread = functools.cache(lambda _: make_context())
    mlir.make_ir_context = lambda: (
        make_context()  # JAX lowers one program in the midst of another
        if mlir.ir.Context.current
        else context_of_thread(threading.get_ident())
    )

# The same draws in every run: what fails here fails there.
hypothesis.settings.register_profile("same draws", derandomize=True)
hypothesis.settings.load_profile("same draws")


@pytest.fixture(autouse=True)
def _same_start(doctest_namespace):
    import lamina

    doctest_namespace.update(np=np, lamina=lamina)
    lamina.config.disable_traceback_filtering()  # a test that fails shows every frame
    lamina.utils.set_random_seed(0)  # whatever ran before, and in whichever process


def pytest_addoption(parser):
    """Add `--share`."""
    parser.addoption(
        "--share", type=int, default=1, metavar="N", help="run one test of N, the same in each run"
    )


def _engine_of(name):
    """Return one of the engines that train for each program, always the same one."""
    return ("jax", "torch", "tensorflow")[zlib.crc32(name.encode()) % 3]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Keras' numbers are compared on JAX, its own engine here, and by `make test-all` on all others.

    That engines agree with each other is what the contract's, the ops' and the layers' tests hold.
    Whole programs run on one engine each, and by `make test-all` on all.
    """
    for item in items:
        backend = getattr(item, "callspec", None) and item.callspec.params.get("backend")
        grid = "tests/oracle/" in str(item.path) and item.path.name != "test_ops.py"
        if grid and backend not in (None, "jax"):
            item.add_marker(pytest.mark.slow)
        program = backend and item.path.name == "test_programs.py"
        if program and backend != _engine_of(item.callspec.params["name"]):
            item.add_marker(pytest.mark.slow)
    share = config.getoption("share")
    items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % share == 0]
