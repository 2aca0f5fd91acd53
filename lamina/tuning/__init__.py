"""A thin bridge to Optuna: the search space is in the function that builds the model.

Optuna is a package of its own: `pip install 'lamina[tune]'`.
"""

from lamina.tuning.pruning import Pruning as Pruning
from lamina.tuning.search import Search as Search, search as search
