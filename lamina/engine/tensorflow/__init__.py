"""The TensorFlow engine: eager where Python runs, graphs for whatever is compiled."""

from lamina.engine.contract import Engine
from lamina.engine.tensorflow import quiet as quiet  # before TensorFlow itself

# isort: split
from lamina.engine.tensorflow import (
    abstract,
    arrays,
    autodiff,
    compile,
    control,
    convert,
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
    *(convert, arrays, functions, linalg, nn, random, autodiff, control, abstract, compile, repeat),
    *(fourier, probability, segments),
)
