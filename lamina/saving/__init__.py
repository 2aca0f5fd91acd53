"""Models and weights in files, and names in configurations.

Example:
    >>> import lamina
    >>> @lamina.saving.register_keras_serializable(package="Mine")
    ... def double(x):
    ...     return 2 * x
    >>> lamina.saving.get_registered_name(double)
    'Mine>double'
"""

from lamina.absent import explain as _explain
from lamina.core.file_errors import (
    FormatError as FormatError,
    LimitError as LimitError,
    LoadError as LoadError,
    PolicyError as PolicyError,
)
from lamina.core.load_policy import Limits as Limits, LoadPolicy as LoadPolicy
from lamina.core.registry import register_keras_serializable as register_keras_serializable
from lamina.saving import store as store
from lamina.saving.converting import convert_file as convert_file
from lamina.saving.editing import KerasFileEditor as KerasFileEditor
from lamina.saving.looking import compare_files as compare_files, inspect_model as inspect_model
from lamina.saving.model_files import load_model as load_model, save_model as save_model
from lamina.saving.names import (
    CustomObjectScope as CustomObjectScope,
    deserialize_keras_object as deserialize_keras_object,
    get_custom_objects as get_custom_objects,
    get_registered_name as get_registered_name,
    get_registered_object as get_registered_object,
    serialize_keras_object as serialize_keras_object,
)
from lamina.saving.sharing import share_model as share_model
from lamina.saving.weights import load_weights as load_weights, save_weights as save_weights

custom_object_scope = CustomObjectScope

_explain(__name__)
