"""The PyTorch engine: eager, on the graphics processor where there is one."""

from lamina.engine.contract import Engine
from lamina.engine.torch import (
    arrays,
    autodiff,
    compile,
    convert,
    functions,
    nn,
    probability,
    random,
    segments,
)

ENGINE = Engine(convert, arrays, functions, nn, random, autodiff, compile, probability, segments)
