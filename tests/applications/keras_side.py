"""Real Keras, on NumPy and in a process of its own: `python -m tests.applications.keras_side FOLDER ROW...`.

For each row of `SMALL` it writes the weights, as `ROW.weights.h5` and in a whole model's `ROW.h5`, and `ROW.npz`
with images and logits.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

SMALL: dict[str, dict[str, Any]] = {
    "MobileNet": {"alpha": 0.25, "input_shape": (32, 32, 3), "classes": 10},
    "VGG16": {"input_shape": (32, 32, 3), "classes": 10},
    "ResNet50": {"input_shape": (32, 32, 3), "classes": 10},
    "ResNet50V2": {"input_shape": (32, 32, 3), "classes": 10},
    "DenseNet121": {"input_shape": (32, 32, 3), "classes": 10},
    "Xception": {"input_shape": (71, 71, 3), "classes": 10},
    "InceptionV3": {"input_shape": (75, 75, 3), "classes": 10},
    "InceptionResNetV2": {"input_shape": (75, 75, 3), "classes": 10},
    "MobileNetV2": {"alpha": 0.35, "input_shape": (32, 32, 3), "include_top": False},
    "MobileNetV3Small": {"input_shape": (33, 47, 3), "classes": 10},
    "NASNetMobile": {"input_shape": (32, 32, 3), "classes": 10},
    "EfficientNetB0": {"input_shape": (33, 32, 3), "classes": 10},
    "EfficientNetV2B0": {"input_shape": (32, 33, 3), "classes": 10},
    "ConvNeXtTiny": {"input_shape": (32, 32, 3), "classes": 10},
}
"""Networks on small images: a function, and its arguments."""
SCALING = ("EfficientNet", "MobileNetV3", "ConvNeXt")  # these scale images from 0 to 255 themselves


def build(library: Any, row: str, weights: Any = None) -> Any:
    """Build the network of a row, from images to logits."""
    library.utils.clear_session()
    application = getattr(library.applications, row)
    return application(weights=weights, classifier_activation=None, **SMALL[row])


def main(folder: Path, rows: list[str]) -> None:
    """Write files of the rows."""
    os.environ["KERAS_BACKEND"] = "numpy"
    import keras

    for row in rows:
        rng = np.random.default_rng(0)
        model = build(keras, row)
        for weight in model.weights:
            weight.assign(_telling(weight, rng))
        model.save_weights(folder / f"{row}.weights.h5")
        model.load_weights(
            folder / f"{row}.weights.h5"
        )  # `Normalization` looks at its own only then
        images = rng.uniform(-1, 1, (2, *SMALL[row]["input_shape"]))
        images[1] = 0.5 + 0.3 * images[1]  # noise alone looks alike to a network that averages
        if row.startswith(SCALING):
            images = 127.5 * (images + 1)
        images = images.astype("float32")
        np.savez(folder / f"{row}.npz", images=images, logits=model.predict(images, verbose=0))
        model.save(folder / f"{row}.h5")


def _telling(weight: Any, rng: np.random.Generator) -> np.ndarray:
    """Values that carry a signal to the end, and of which each counts: ones and zeros hide mistakes."""
    shape, path = tuple(weight.shape), weight.path
    if weight.dtype != "float32":
        return np.asarray(weight.numpy())
    if len(shape) > 1:
        seen = np.prod(
            shape[:2] if shape[-1] == 1 else shape[:-1]
        )  # depthwise kernels see one channel
        return rng.normal(0, np.sqrt(2 / seen), shape).astype("float32")
    if any(word in path for word in ("gamma", "variance", "layer_scale")):
        return rng.uniform(0.7, 1.3, shape).astype("float32")
    return rng.normal(0, 0.1, shape).astype("float32")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
