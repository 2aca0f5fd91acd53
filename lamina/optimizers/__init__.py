"""Floor 5: optimizers."""

from lamina.core.registry import Shelf
from lamina.optimizers.adam import Adam as Adam
from lamina.optimizers.adam import AdamW as AdamW
from lamina.optimizers.optimizer import Optimizer as Optimizer
from lamina.optimizers.rmsprop import RMSprop as RMSprop
from lamina.optimizers.sgd import SGD as SGD

_shelf = Shelf("optimizers", "optimizer", {"Adam": Adam, "AdamW": AdamW, "RMSprop": RMSprop, "SGD": SGD})
get, serialize, deserialize = _shelf.get, _shelf.serialize, _shelf.deserialize
