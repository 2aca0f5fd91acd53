"""Small models, each written once as a function of the library, `keras` or `lamina`.

A file defines its models by the decorator `model`; importing this package gathers them in `ZOO`.
"""

import importlib
import pkgutil

from tests.exchange.zoo.entry import ZOO as ZOO, Entry as Entry

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")
