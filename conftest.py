"""For doctests: the names that every example may use, and quiet, reproducible surroundings."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # the oracle's own default engine is not installed
# Tests run beside each other, one on each core; threads of their own would only get in the way
# (OpenMP's spin while they wait). Small programs are compiled more often than run.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false --xla_backend_optimization_level=1"
)

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _names_for_examples(doctest_namespace):
    import lamina

    doctest_namespace.update(np=np, lamina=lamina)
