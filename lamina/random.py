"""Random tensors, from explicit seeds.

`seed` is an integer (the same draw each time), a `SeedGenerator` (another draw each time), or
`None` (the generator that `utils.set_random_seed` seeds).
"""

from lamina.absent import explain as _explain
from lamina.core.seeds import SeedGenerator as SeedGenerator
from lamina.ops.random import *

_explain(__name__)
