"""The NumPy engine: eager and plain, the reference for values. It computes no gradients."""

from lamina.engine.contract import Engine
from lamina.engine.numpy import (
    arrays,
    convert,
    fourier,
    functions,
    linalg,
    nn,
    probability,
    random,
    running,
    segments,
)

ENGINE = Engine(
    convert, arrays, functions, linalg, nn, random, running, probability, segments, fourier
)
