"""Oracle tests compare with real Keras as a black box, on its JAX engine.

`LAMINA_ORACLE_BACKEND=torch` (or `tensorflow`) compares with another engine of Keras' instead.
"""

import os

os.environ["KERAS_BACKEND"] = os.environ.get("LAMINA_ORACLE_BACKEND", "jax")
