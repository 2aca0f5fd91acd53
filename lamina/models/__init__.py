"""Floor 7: models."""

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.core.function import Function as Function
from lamina.core.schema import FEATURES as _FEATURES
from lamina.models.cloning import clone_model as clone_model
from lamina.models.feature_space import FeatureSpace as _FeatureSpace
from lamina.models.features import Cross as _Cross, Feature as _Feature, TFDIdentity as _TFDIdentity
from lamina.models.known_shapes import formulas as _formulas  # noqa: F401  they are there from now on
from lamina.models.model import Model as Model
from lamina.models.sequential import Sequential as Sequential
from lamina.saving.configurations import model_from_json as model_from_json
from lamina.saving.model_files import load_model as load_model, save_model as save_model

_registry.ROOT.offer({"Sequential": Sequential})
_registry.Shelf("src.models.functional", "model", {"Functional": Model})
_registry.Shelf("utils", "feature space", {"FeatureSpace": _FeatureSpace})
_registry.Shelf(
    _FEATURES,
    "part of a feature space",
    {"Feature": _Feature, "Cross": _Cross, "TFDIdentity": _TFDIdentity},
)
_registry.Shelf(
    "models",
    "model",
    {"Model": Model, "Functional": Model, "Sequential": Sequential},
).base = Model
_explain(__name__)
