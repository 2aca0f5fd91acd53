"""A model's architecture as lines of text, the same for equal models of Keras and of lamina."""

from __future__ import annotations

import hashlib
import json
from typing import Any

CALLS = {
    "ResNet50 without its head": ("ResNet50", {"include_top": False}),
    "ResNet50V2, averaged": ("ResNet50V2", {"include_top": False, "pooling": "avg"}),
    "DenseNet121, largest": (
        "DenseNet121",
        {"include_top": False, "pooling": "max", "input_shape": (64, 64, 1)},
    ),
    "VGG16 with ten classes": (
        "VGG16",
        {"classes": 10, "classifier_activation": None, "input_shape": (48, 64, 3), "name": "mine"},
    ),
    "MobileNet, narrow and deep": (
        "MobileNet",
        {"alpha": 0.5, "depth_multiplier": 2, "dropout": 0.1, "input_shape": (128, 128, 3)},
    ),
    "MobileNetV2, wide": ("MobileNetV2", {"alpha": 1.4}),
    "MobileNetV2, narrow": ("MobileNetV2", {"alpha": 0.35, "input_shape": (96, 96, 3)}),
    "MobileNetV2, averaged": ("MobileNetV2", {"include_top": False, "pooling": "avg"}),
    "MobileNetV3Small, minimalistic": ("MobileNetV3Small", {"minimalistic": True}),
    "MobileNetV3Large, minimalistic and narrow": (
        "MobileNetV3Large",
        {"minimalistic": True, "alpha": 0.75, "dropout_rate": 0, "input_shape": (97, 64, 3)},
    ),
    "MobileNetV3Small, averaged": (
        "MobileNetV3Small",
        {"include_top": False, "pooling": "avg", "include_preprocessing": False},
    ),
    "EfficientNetB1, averaged": ("EfficientNetB1", {"include_top": False, "pooling": "avg"}),
    "EfficientNetV2B2 for scaled images": ("EfficientNetV2B2", {"include_preprocessing": False}),
    "EfficientNetV2B0 for grey images": ("EfficientNetV2B0", {"input_shape": (64, 64, 1)}),
    "ConvNeXtTiny, largest": (
        "ConvNeXtTiny",
        {"include_top": False, "pooling": "max", "include_preprocessing": False, "name": "mine"},
    ),
    "InceptionV3, averaged": ("InceptionV3", {"include_top": False, "pooling": "avg"}),
    "InceptionResNetV2, largest": ("InceptionResNetV2", {"include_top": False, "pooling": "max"}),
    "NASNetMobile, averaged": ("NASNetMobile", {"include_top": False, "pooling": "avg"}),
    "Xception, largest": ("Xception", {"include_top": False, "pooling": "max"}),
}
"""Calls of the applications beside the plain ones: what they are, and of which function with which arguments."""


def described(model: Any) -> list[str]:
    """A line for each layer or op, in the model's order: class, name, settings, inputs, shapes."""
    layers = {layer.name: layer for layer in model.layers}
    config = model.get_config()
    lines = [f"{model.name} from {config['input_layers']} to {config['output_layers']}"]
    for entry in config["layers"]:
        layer = layers.get(entry["name"])
        line = {
            "class": entry["class_name"],
            "name": entry["name"],
            "settings": _settings(entry["config"]),
            "inputs": _settings(entry["inbound_nodes"]),
        }
        if layer is not None:
            line["weights"] = [list(w.shape) for w in layer.weights]
            line["output"] = list(layer.output.shape)
        lines.append(json.dumps(line, sort_keys=True))
    return lines


def summary(model: Any) -> dict[str, Any]:
    """What the table `applications.json` says of a model."""
    lines = described(model)
    return {
        "layers": len(model.layers),
        "weights": len(model.weights),
        "parameters": sum(_size(w.shape) for w in model.weights),
        "output": list(model.output_shape),
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16],
    }


# What decides nothing, or is said in several ways.
_SAID_OTHERWISE = {"dtype", "trainable", "build_input_shape", "registered_name", "module"}


def _settings(x: Any) -> Any:
    """Reduce a configuration to what decides: no `None`, one way to write each thing."""
    if isinstance(x, dict):
        if x.get("class_name") == "__keras_tensor__":
            return x["config"]["keras_history"]
        kept = {k: _settings(v) for k, v in x.items() if k not in _SAID_OTHERWISE}
        if "layers" in kept:  # of a Sequential model, whose input says only what is known
            kept["layers"] = [e for e in kept["layers"] if e["class_name"] != "InputLayer"]
        return {k: v for k, v in kept.items() if v is not None and (k, v) != ("training", False)}
    if isinstance(x, (list, tuple)):
        parts = [_settings(part) for part in x]
        return parts[0] if len(parts) == 1 and isinstance(parts[0], int) else parts
    return x


def _size(shape: Any) -> int:
    product = 1
    for length in shape:
        product *= length
    return product
