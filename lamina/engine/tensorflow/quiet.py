"""TensorFlow without its messages on lamina, unless the user asked for them.

Its native part writes some lines before it heeds `TF_CPP_MIN_LOG_LEVEL`, straight to the process's
second file; so that file is another one while TensorFlow is first imported. Its AutoGraph, which rewrites the Python of
`tf.function` and `tf.data`, warns of every layer that it cannot rewrite; lamina's code needs none of it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # 2: errors only


@contextmanager
def _standard_error_away() -> Iterator[None]:
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


# JAX sets the level to 1 when it is imported.
_not_asked_for = (None, "1") if "jax" in sys.modules else (None,)

if "tensorflow" not in sys.modules and os.environ.get(_LEVEL) in _not_asked_for:
    os.environ[_LEVEL] = "2"
    with _standard_error_away():
        import tensorflow  # noqa: F401

try:
    from tensorflow.python.autograph.core import config as autograph  # type: ignore
except ImportError:
    pass
else:
    autograph.CONVERSION_RULES = (autograph.DoNotConvert("lamina"), *autograph.CONVERSION_RULES)
