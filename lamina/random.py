"""Random tensors, from explicit seeds.

`seed` is an integer (the same draw each time), a `SeedGenerator` (another draw each time), or
`None` (the generator that `utils.set_random_seed` seeds).
"""

from lamina.core.seeds import SeedGenerator as SeedGenerator
from lamina.ops.random import (
    dropout as dropout,
    normal as normal,
    randint as randint,
    uniform as uniform,
)
