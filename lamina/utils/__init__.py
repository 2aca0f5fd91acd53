"""Utilities around models: seeds, data, downloads, a progress bar for loops of one's own."""

from lamina.core.registry import (
    custom_object_scope as custom_object_scope,
    register_keras_serializable as register_keras_serializable,
)
from lamina.core.seeds import set_random_seed as set_random_seed
from lamina.training.data.unpack import (
    pack_x_y_sample_weight as pack_x_y_sample_weight,
    unpack_x_y_sample_weight as unpack_x_y_sample_weight,
)
from lamina.utils.get_file import get_file as get_file
from lamina.utils.numerical import (
    clear_session as clear_session,
    normalize as normalize,
    to_categorical as to_categorical,
)
from lamina.utils.progbar import Progbar as Progbar
from lamina.utils.sequences import pad_sequences as pad_sequences
