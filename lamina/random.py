"""Random tensors, from explicit seeds.

`seed` is an integer (the same draw each time), a `SeedGenerator` (another draw each time), or
`None` (the generator that `utils.set_random_seed` seeds).
"""

from lamina.absent import explain as _explain
from lamina.core.seeds import SeedGenerator as SeedGenerator
from lamina.ops.random import (
    beta as beta,
    binomial as binomial,
    categorical as categorical,
    dropout as dropout,
    gamma as gamma,
    normal as normal,
    randint as randint,
    shuffle as shuffle,
    truncated_normal as truncated_normal,
    uniform as uniform,
)

_explain(__name__)
