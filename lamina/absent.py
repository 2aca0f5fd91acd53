"""Names of Keras that lamina does not have: what each is, and what to use instead.

A namespace calls `explain(__name__)`; from then on a missing name ends in a sentence of the table
below, or in the nearest name that there is. The table is read only then.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable
from typing import Any

_AUGMENTATION = (
    "images are not augmented by layers yet; do it while loading, with NumPy or ops.image"
)
_DATASETS = "files are not read into data sets yet; load the arrays with NumPy, or pass a generator"
_OTHER_LIBRARY = "lamina does not wrap other libraries' models; write the model with lamina.layers"
_QUANTIZED = "lamina does not quantize yet; use float16 or bfloat16: dtype='mixed_bfloat16'"
_WHOLE_MODELS = (
    "only weights are saved yet; build the model in code, then `model.load_weights(file)`"
)
_TF1 = "a function of TensorFlow 1, which Keras 3 does not have either; it can be left out"
_OLD_SCHEDULES = "a way of Keras 2 to keep old optimizers; use the class in lamina.optimizers"

# namespace -> {sentence: names}
TABLE: dict[str, dict[str, str]] = {
    "": {
        "ready-made networks are not in lamina yet; build the network from lamina.layers": "applications",
        "there is no class Operation; write a Layer, or a function of lamina.ops": "Operation",
        "symbolic calls need no scope here; call layers and ops on `lamina.Input(...)`": "SymbolicScope",
        "distillation has no class of its own; write `train_step` as in examples/distillation.py": "distillation",
        "models run in one process on one device yet": "distribution",
        "models are not exported yet; save weights with `model.save_weights(file)`": "export",
        "Keras 2's name; the policies are in lamina.dtype_policies and lamina.config, the "
        "optimizer is optimizers.LossScaleOptimizer": "mixed_precision",
        "Keras 2's name; sequences are padded by utils.pad_sequences": "preprocessing",
        _QUANTIZED: "quantizers Quantizer",
        "pictures of data are not drawn yet; use matplotlib": "visualization",
        "there are no scikit-learn wrappers; `fit` and `predict` take NumPy arrays as they are": "wrappers",
        "Keras' older name of lamina.DTypePolicy": "FloatDTypePolicy",
        "Keras 2's name; use lamina.models": "estimator",
    },
    "backend": {
        "Keras 2's name of an op; use lamina.ops": (
            "abs all any arange argmax argmin cast clip concatenate constant cos cumprod cumsum dot "
            "elu equal exp expand_dims eye flatten gather greater hard_sigmoid l2_normalize less log "
            "max maximum mean min minimum ndim not_equal one_hot ones ones_like permute_dimensions "
            "pow prod random_normal random_uniform relu repeat reshape round shape sigmoid sign sin "
            "softmax softplus softsign sqrt square squeeze stack std stop_gradient sum switch tanh "
            "tile transpose var zeros zeros_like batch_dot binary_crossentropy "
            "categorical_crossentropy sparse_categorical_crossentropy conv1d conv2d conv3d "
            "pool2d pool3d resize_images rnn in_top_k map_fn foldl foldr int_shape"
        ),
        "Keras 2's name; read `variable.numpy()`, or `ops.convert_to_numpy(x)`": "eval get_value batch_get_value",
        "Keras 2's name; use `variable.assign(value)`": "set_value batch_set_value update update_add update_sub",
        "Keras 2's name; use lamina.Variable, lamina.Input or lamina.models.Function": (
            "variable placeholder function is_sparse"
        ),
        "Keras 2's name; use lamina.autodiff.value_and_grad": "gradients",
        "say it in the call: `model(x, training=True)`": (
            "learning_phase set_learning_phase in_train_phase in_test_phase"
        ),
        _TF1: "get_session set_session get_graph manual_variable_initialization",
    },
    "callbacks": {
        "training does not continue after a kill yet; save with callbacks.ModelCheckpoint and load "
        "the weights": "BackupAndRestore OrbaxCheckpoint",
        "logs are not sent anywhere; write them with callbacks.CSVLogger or a LambdaCallback": (
            "RemoteMonitor TensorBoard"
        ),
        "averaged weights are the optimizer's: give it `use_ema=True`; `fit` puts them into the "
        "model at its end": "SwapEMAWeights",
    },
    "datasets": {
        "these data are not in lamina yet; load them with NumPy or pandas": "california_housing cifar100 reuters"
    },
    "dtype_policies": {
        _QUANTIZED: (
            "AWQDTypePolicy GPTQDTypePolicy Int4DTypePolicy QuantizedDTypePolicy "
            "QuantizedFloat8DTypePolicy TernaryDTypePolicy"
        ),
        "give each layer its own `dtype=`": "DTypePolicyMap",
        "Keras' older name of dtype_policies.DTypePolicy": "FloatDTypePolicy",
    },
    "layers": {
        _AUGMENTATION: (
            "AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix "
            "Equalization MaxNumBoundingBoxes MixUp Pipeline RandAugment RandomBrightness "
            "RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop "
            "RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale "
            "RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation "
            "RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Solarization"
        ),
        "layers do not prepare data yet; scale the array, or use layers.Lambda": "Normalization Rescaling",
        "layers do not prepare data yet; use ops.image.resize": "Resizing",
        "layers do not prepare data yet; use utils.to_categorical, numpy.digitize or numpy.unique": (
            "CategoryEncoding Discretization HashedCrossing Hashing IntegerLookup StringLookup TextVectorization"
        ),
        "layers do not prepare data yet; use ops.stft": "MelSpectrogram STFTSpectrogram",
        _OTHER_LIBRARY: "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper",
        _QUANTIZED: "TernaryDense",
        "Keras 1's name; use layers.LSTM or layers.GRU": "CuDNNLSTM CuDNNGRU",
        "Keras 2's name; use LeakyReLU, or an activation's name": "ThresholdedReLU",
        "Keras 2's name; use layers.Conv1D or layers.Conv2D": "LocallyConnected1D LocallyConnected2D",
        "Keras 2's name; feature columns are TensorFlow's": "DenseFeatures",
        "Keras 1's name; use layers.Add, layers.Concatenate and their kin": "merge Merge",
    },
    "losses": {"Keras 2's name; give the string: `reduction='sum'`": "Reduction"},
    "models": {
        _WHOLE_MODELS: "load_model model_from_json save_model model_from_config model_from_yaml"
    },
    "optimizers": {_OLD_SCHEDULES: "legacy experimental"},
    "preprocessing": {
        _DATASETS: "image_dataset_from_directory text_dataset_from_directory timeseries_dataset_from_array",
    },
    "saving": {
        _WHOLE_MODELS: "load_model save_model KerasFileEditor",
    },
    "utils": {
        _DATASETS: (
            "PyDataset Sequence FeatureSpace audio_dataset_from_directory image_dataset_from_directory "
            "text_dataset_from_directory timeseries_dataset_from_array split_dataset"
        ),
        "models are not drawn yet; use `model.summary()`": "plot_model model_to_dot",
        "images are not read yet; use matplotlib.pyplot.imread, or Pillow": (
            "array_to_img img_to_array load_img save_img"
        ),
        "Keras 2's name; its functions are in lamina.utils": "np_utils",
        "use a dict": "Config",
        "use `model.inputs`": "get_source_inputs",
        "boxes are not converted yet; compute with lamina.ops": "bounding_boxes",
        "models run in one process on one device yet": "multi_gpu_model",
    },
}


_explained: set[str] = set()


def explain(namespace: str) -> Callable[[str], Any]:
    """Let the module `namespace` answer for names that it does not have.

    Returns:
        The function that raises the answer, for a module with a `__getattr__` of its own.
    """
    module = sys.modules[namespace]

    def missing(name: str) -> Any:
        raise AttributeError(_message(namespace, name), name=name)

    module.__getattr__ = missing  # type: ignore[method-assign]
    # Python then looks for a submodule when `from module import name` fails, and asks `_Explainer`.
    vars(module).setdefault("__path__", [])
    _explained.add(namespace)
    return missing


def _message(namespace: str, name: str) -> str:
    if name.startswith("_"):
        return f"module {namespace!r} has no attribute {name!r}"
    for sentence, names in TABLE.get(namespace.partition(".")[2], {}).items():
        if name in names.split():
            return f"{namespace} has no {name!r}: {sentence}."
    near = difflib.get_close_matches(name, dir(sys.modules[namespace]), n=1, cutoff=0.6)
    return f"{namespace} has no {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")


class _Explainer:
    """Answers `from lamina.layers import X` and `import lamina.x`; Python asks it last of all."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        namespace, _, last = name.rpartition(".")
        # An import passes the namespace's own path; who looks elsewhere (pytest) wants no answer.
        imported = namespace in _explained and path is vars(sys.modules[namespace])["__path__"]
        if imported and not last.startswith("_"):
            # Under the namespace's name: were it that of the module, Python would swallow the error.
            raise ModuleNotFoundError(_message(namespace, last), name=namespace)


sys.meta_path.append(_Explainer())  # type: ignore[arg-type]
