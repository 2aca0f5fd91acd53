"""For doctests: the names that every example may use, and quiet, reproducible surroundings."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # the oracle's own default engine is not installed

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _names_for_examples(doctest_namespace):
    import lamina

    doctest_namespace.update(np=np, lamina=lamina)
