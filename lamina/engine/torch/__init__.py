"""The PyTorch engine: eager, on the graphics processor where there is one."""

from lamina.engine.contract import Engine
from lamina.engine.torch import (
    arrays,
    autodiff,
    compile,
    convert,
    fourier,
    functions,
    linalg,
    nn,
    probability,
    random,
    segments,
)

ENGINE = Engine(
    convert,
    arrays,
    functions,
    linalg,
    nn,
    random,
    autodiff,
    compile,
    probability,
    segments,
    fourier,
)
