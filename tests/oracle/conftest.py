"""Oracle tests compare with real Keras as a black box, on its JAX engine."""

import os

os.environ["KERAS_BACKEND"] = "jax"
