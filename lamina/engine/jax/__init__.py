"""The JAX engine: everything compiles, many steps run in one call."""

from lamina.engine.contract import Engine
from lamina.engine.jax import (
    arrays,
    autodiff,
    compile,
    derivatives,
    fourier,
    functions,
    linalg,
    nn,
    probability,
    random,
    repeat,
    segments,
)

ENGINE = Engine(
    arrays,
    functions,
    linalg,
    nn,
    random,
    autodiff,
    compile,
    repeat,
    probability,
    segments,
    fourier,
    derivatives,
)
