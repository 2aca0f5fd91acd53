"""Utilities around models: seeds, data, downloads, a progress bar for your own loops."""

from lamina.absent import explain as _explain
from lamina.backend import (
    clear_session as clear_session,
    is_keras_tensor as is_keras_tensor,
    standardize_dtype as standardize_dtype,
)
from lamina.config import (
    disable_interactive_logging as disable_interactive_logging,
    enable_interactive_logging as enable_interactive_logging,
    is_interactive_logging_enabled as is_interactive_logging_enabled,
)
from lamina.core.graph import get_source_inputs as get_source_inputs
from lamina.core.registry import (
    register_keras_serializable as register_keras_serializable,
)
from lamina.core.seeds import set_random_seed as set_random_seed
from lamina.feeds.py_dataset import PyDataset as PyDataset
from lamina.feeds.unpack import (
    pack_x_y_sample_weight as pack_x_y_sample_weight,
    unpack_x_y_sample_weight as unpack_x_y_sample_weight,
)
from lamina.loading.images import image_dataset_from_directory as image_dataset_from_directory
from lamina.loading.series import timeseries_dataset_from_array as timeseries_dataset_from_array
from lamina.loading.sounds import audio_dataset_from_directory as audio_dataset_from_directory
from lamina.loading.splitting import split_dataset as split_dataset
from lamina.loading.texts import text_dataset_from_directory as text_dataset_from_directory
from lamina.models.feature_space import FeatureSpace as FeatureSpace
from lamina.saving.names import (
    CustomObjectScope as CustomObjectScope,
    deserialize_keras_object as deserialize_keras_object,
    get_custom_objects as get_custom_objects,
    get_registered_name as get_registered_name,
    get_registered_object as get_registered_object,
    serialize_keras_object as serialize_keras_object,
)
from lamina.utils import bounding_boxes as bounding_boxes
from lamina.utils.config import Config as Config
from lamina.utils.get_file import get_file as get_file
from lamina.utils.images import (
    array_to_img as array_to_img,
    img_to_array as img_to_array,
    load_img as load_img,
    save_img as save_img,
)
from lamina.utils.model_plotting import model_to_dot as model_to_dot, plot_model as plot_model
from lamina.utils.modules import to_tf_module as to_tf_module, to_torch_module as to_torch_module
from lamina.utils.numerical import normalize as normalize, to_categorical as to_categorical
from lamina.utils.progbar import Progbar as Progbar
from lamina.utils.sequences import pad_sequences as pad_sequences

custom_object_scope = CustomObjectScope
Sequence = PyDataset  # Keras 2's name

_explain(__name__)
