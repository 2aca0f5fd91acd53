"""The PyTorch engine: eager, on the graphics processor where there is one."""

from lamina.engine.contract import Engine
from lamina.engine.torch import arrays, autodiff, compile, convert, nn, random

ENGINE = Engine(convert, arrays, nn, random, autodiff, compile)
