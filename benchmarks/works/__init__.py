"""Networks that are timed: each file has one, written once for lamina and Keras, and by hand for each engine.

A file gives `SHAPE` (rows and rows of a batch), `data(rows)`, `model(keras)` compiled, and `jax()`,
`torch()`, `tensorflow()`: the same network in a `Loop` of `benchmarks.by_hand`.
"""
