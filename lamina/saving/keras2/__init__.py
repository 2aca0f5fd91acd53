"""Configurations of Keras 2 as Keras 3 writes them: from data to data. Nothing is made here."""

from lamina.saving.keras2.compiling import compile_config as compile_config
from lamina.saving.keras2.configs import modern as modern
from lamina.saving.keras2.remarks import remarks as remarks
