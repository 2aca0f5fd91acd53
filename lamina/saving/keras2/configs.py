"""Keras 2's configurations of models as Keras 3's: from data to data, and nothing is made here.

What Keras 3 wrote comes back as it is. So there is one way from configurations to objects, whoever wrote
them; and what is not understood here is left for it to refuse.
"""

from __future__ import annotations

from typing import Any

from lamina.core.file_errors import LoadError, PolicyError, quoted
from lamina.saving.keras2 import graphs
from lamina.saving.keras2.compiling import modern_compile_config

# Keras 2's other names for layers.
CLASSES = {
    **{f"Convolution{n}D": f"Conv{n}D" for n in (1, 2, 3)},
    **{f"Convolution{n}DTranspose": f"Conv{n}DTranspose" for n in (2, 3)},
    **{f"SeparableConvolution{n}D": f"SeparableConv{n}D" for n in (1, 2)},
    **{f"BatchNormalizationV{n}": "BatchNormalization" for n in (1, 2)},
    **{f"{name}V{n}": name for name in ("LSTM", "GRU", "LSTMCell", "GRUCell") for n in (1, 2)},
    **{f"{g}AvgPool{n}D": f"{g}AveragePooling{n}D" for g in ("", "Global") for n in (1, 2, 3)},
    **{f"{g}MaxPool{n}D": f"{g}MaxPooling{n}D" for g in ("", "Global") for n in (1, 2, 3)},
    "GroupedQueryAttention": "GroupQueryAttention",  # Keras 3's own name for it
    "SyncBatchNormalization": "BatchNormalization",
    "ThresholdedReLU": "ReLU",
    "Model": "Functional",
}
# Arguments by other names.
ARGUMENTS = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
    "ThresholdedReLU": {"theta": "threshold"},
}
# Arguments that Keras 3 has no more, and the values that meant nothing; `...`: any value means nothing.
_DROPPED: tuple[tuple[str, dict[str, tuple]], ...] = (
    ("Embedding", {"input_length": (...,), "sparse": (False,)}),
    ("InputLayer", {"type_spec": (None,)}),
    ("BatchNormalization", {"fused": (...,), "virtual_batch_size": (None,), "adjustment": (None,)}),
    (
        "MultiHeadAttention",
        {
            **{f"{part}_shape": (...,) for part in ("query", "key", "value")},
            "softmax_robust_masking": (...,),
        },
    ),
    ("SpatialDropout1D SpatialDropout2D SpatialDropout3D", {"noise_shape": (None,)}),
    (
        "SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D",
        {
            "kernel_initializer": (...,),
            "kernel_regularizer": (None,),
            "kernel_constraint": (None,),
        },
    ),
    (
        "SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D "
        "Conv1DTranspose Conv2DTranspose Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D",
        {"groups": (1,)},
    ),
    ("Attention AdditiveAttention", {"causal": (False,)}),
    (
        "RNN SimpleRNN LSTM GRU ConvLSTM1D ConvLSTM2D ConvLSTM3D SimpleRNNCell LSTMCell GRUCell",
        {
            "implementation": (...,),
            "time_major": (False,),
            "input_dim": (...,),
            "input_length": (...,),
        },
    ),
)
WITHOUT_MEANING: dict[str, dict[str, tuple]] = {
    "*": {"dynamic": (False, None), "input_dtype": (...,)},
}
for _names, _arguments_of_these in _DROPPED:
    for _name in _names.split():
        WITHOUT_MEANING.setdefault(_name, {}).update(_arguments_of_these)
# What Keras 2 took where a file says nothing.
DEFAULTS = {"GRU": {"reset_after": False}, "GRUCell": {"reset_after": False}}
# Where a configuration without a module stands tells its kind.
KINDS = {
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "learning_rate": "optimizers.schedules",
    "optimizer": "optimizers",
}
_MODELS = {"Functional": "keras.src.models.functional", "Sequential": "keras"}


def modern(config: Any) -> Any:
    """Return a model's or layer's configuration, of whichever version of Keras, as Keras 3 writes it.

    Raises:
        LoadError: it asks for what Keras 3 does not have; the message says where.
    """
    return _visit(config, "layers")


def _visit(value: Any, kind: str) -> Any:
    if isinstance(value, list):
        return [_visit(item, kind) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("TypeSpec", "CompositeTensor"):
        raise PolicyError(f"It holds a {value['class_name']} of TensorFlow, which is not read.")
    if isinstance(value.get("class_name"), str) and "config" in value:
        return _object(value, kind)
    return _members(value)


def _members(config: dict[str, Any]) -> dict[str, Any]:
    """Convert the values of a constructor's arguments, whose names tell the kinds of objects."""
    return {
        name: _dtype(value)
        if name == "dtype"
        else _visit(value, KINDS.get(name.rpartition("_")[2], KINDS.get(name, "layers")))
        for name, value in config.items()
    }


def _object(node: dict[str, Any], kind: str) -> dict[str, Any]:
    written: str = node["class_name"]
    config, module = node["config"], node.get("module")
    if written.startswith("__") or written in ("function", "class"):
        return node
    if "compile_config" in node:
        learning = modern_compile_config(node["compile_config"])
        node = {**node, "compile_config": _visit(learning, "layers")}
    if not _is_keras(node):
        return {**node, "config": _visit(config, "layers")}
    if module is not None and ".engine." not in module:
        kind = module.removeprefix("tf_").removeprefix("keras.")
    package, _, name = written.rpartition(">")
    name = name if package else CLASSES.get(name, name)
    if isinstance(config, list) and name == "Sequential":  # before Keras 2.3
        config = {"name": None, "layers": config}
    if isinstance(config, dict):
        if kind == "initializers":
            config = _initializer(config)
        elif kind in ("layers", "keras") and not package:
            defaults = DEFAULTS.get(name, {}) if module is None else {}
            config = {**defaults, **_arguments(written, name, config)}
        config = _model(_members(config))
    registered = node.get("registered_name") or (written if package else None)
    return {
        **node,
        "module": None if package else _module(node, name, kind),
        "class_name": name,
        "config": config,
        "registered_name": name if name == "Functional" else registered,
    }


def _is_keras(node: dict[str, Any]) -> bool:
    """Tell whether a class is Keras' own, or one that says no more than its name."""
    module = node.get("module")
    if module is None:
        return ">" not in str(node.get("registered_name"))
    return isinstance(module, str) and module.removeprefix("tf_").startswith("keras")


def _module(node: dict[str, Any], name: str, kind: str) -> Any:
    module = node.get("module")
    if name in _MODELS and (module is None or ".engine." in module or module == "keras"):
        return _MODELS[name]
    if module is None:
        return "keras.src.ops.numpy" if _is_op(node) else f"keras.{kind}"
    return module.removeprefix("tf_")


def _is_op(node: dict[str, Any]) -> bool:
    """Tell an op from a layer: Keras 3's legacy files have no modules, but layers have `trainable`."""
    calls, config = node.get("inbound_nodes"), node["config"]
    of_keras_3 = isinstance(calls, list) and any(isinstance(c, dict) and "args" in c for c in calls)
    return (
        of_keras_3
        and isinstance(config, dict)
        and "trainable" not in config
        and not node["class_name"].startswith("SpatialDropout")  # which leaves it out
    )


# Layers.


def _arguments(written: str, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Rename arguments of a layer, and leave out those that mean nothing."""
    names = ARGUMENTS.get(written) or ARGUMENTS.get(name, {})
    config = {names.get(key, key): value for key, value in config.items()}
    silent = {**WITHOUT_MEANING["*"], **WITHOUT_MEANING.get(name, {})}
    for key in [key for key in config if key in silent]:
        if ... not in silent[key] and config[key] not in silent[key]:
            raise LoadError(
                f"{name} {quoted(config.get('name'))} has {key}={quoted(config[key])}, which only Keras 2 knows."
            )
        del config[key]
    if (
        name == "BatchNormalization"
        and isinstance(axis := config.get("axis"), list)
        and len(axis) == 1
    ):
        config["axis"] = axis[0]
    if written == "SyncBatchNormalization":
        config["synchronized"] = True
    return config


def _model(config: dict[str, Any]) -> dict[str, Any]:
    """Convert what only models' configurations have: graphs, and the shape of a stack's input."""
    layers = config.get("layers")
    if isinstance(layers, list) and layers and all(isinstance(layer, dict) for layer in layers):
        if "input_layers" in config and "output_layers" in config:
            config = graphs.modern(config)
        elif isinstance(first := layers[0].get("config"), dict) and "batch_input_shape" in first:
            config = {**config, "layers": [_input_of(first), *layers]}
        config = {**config, "layers": [_without_shape(layer) for layer in config["layers"]]}
    return _inner(config)


def _inner(config: dict[str, Any]) -> dict[str, Any]:
    """Leave out shapes of layers within wrappers."""
    inner = ("layer", "cell", "forward_layer", "backward_layer")
    return {k: _without_shape(v) if k in inner else v for k, v in config.items()}


def _input_of(first: dict[str, Any]) -> dict[str, Any]:
    config = {"batch_shape": first["batch_input_shape"], "name": f"{first.get('name')}_input"}
    return {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {**config, "dtype": "float32"},
        "registered_name": None,
    }


def _without_shape(layer: Any) -> Any:
    if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
        return layer
    config = {k: v for k, v in layer["config"].items() if k != "batch_input_shape"}
    return {**layer, "config": config}


# Small objects.


def _initializer(config: dict[str, Any]) -> dict[str, Any]:
    config = {k: v for k, v in config.items() if k != "dtype"}  # of TensorFlow 1
    if config.get("distribution") == "normal":
        config["distribution"] = "truncated_normal"
    return config


def _dtype(value: Any) -> Any:
    """Return the name of a policy that Keras 2 wrote as an object; other dtypes as they are."""
    if isinstance(value, dict) and value.get("class_name") in ("Policy", "PolicyV1"):
        return value["config"].get("name") if isinstance(value.get("config"), dict) else value
    return value
