"""Utilities around models: seeds, downloads, progress bars."""

from lamina.core.seeds import set_random_seed as set_random_seed
from lamina.utils.get_file import get_file as get_file
from lamina.utils.progbar import Progbar as Progbar
