"""One table of cases for every layer, a file per group; here all of them together.

Tests of behaviour and of agreement with Keras run through it. A file defines `CASES`.
"""

import importlib
import pkgutil

from tests.layers.case import Case

CASES: list[Case] = [
    case
    for file in pkgutil.iter_modules(__path__)
    for case in importlib.import_module(f"{__name__}.{file.name}").CASES
]
