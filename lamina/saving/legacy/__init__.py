"""Legacy `.h5` files of whole models and of weights, as Keras 2 and Keras 3 write them."""

from lamina.saving.legacy.groups import tensors_in as tensors_in
from lamina.saving.legacy.reading import (
    config_in as config_in,
    is_legacy as is_legacy,
    read as read,
    read_weights as read_weights,
)
from lamina.saving.legacy.weights import (
    TOP as TOP,
    layers_in as layers_in,
    top_in as top_in,
    weights_group as weights_group,
)
from lamina.saving.legacy.writing import write as write
