"""Real Keras is a black box here, on its JAX engine; other engines of it run in processes of their own."""

import os

os.environ["KERAS_BACKEND"] = os.environ.get("LAMINA_ORACLE_BACKEND", "jax")

collect_ignore = ["zoo"]  # not tests; each model may enter the zoo once only
