"""VGG: 3x3 convolutions in a row (Simonyan and Zisserman 2014, "Very deep convolutional networks")."""

from __future__ import annotations

from lamina import layers
from lamina.applications.framing import Frame, network, plain
from lamina.models import Model


@plain
def _vgg(convolutions: tuple[int, ...], frame: Frame) -> Model:
    """3x3 convolutions in a row, for images of 224 x 224 prepared by `vgg16.preprocess_input`
    (Simonyan and Zisserman 2014).
    """
    x = images = frame.start()
    for block, count in enumerate(convolutions, 1):
        filters = min(32 << block, 512)
        for i in range(1, count + 1):
            x = layers.Conv2D(
                filters, 3, padding="same", activation="relu", name=f"block{block}_conv{i}"
            )(x)
        x = layers.MaxPooling2D(2, 2, name=f"block{block}_pool")(x)
    if frame.include_top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4096, activation="relu", name="fc1")(x)
        x = layers.Dense(4096, activation="relu", name="fc2")(x)
        x = frame.classified(x)
    else:
        x = frame.pooled(x, None, None)
    folder = f"vgg{sum(convolutions) + 3}"
    file = f"{folder}_weights_tf_dim_ordering_tf_kernels" + frame.suffix("_notop")
    return frame.model(images, x, folder, file)


VGG16 = network(_vgg, "VGG16", "vgg16", (2, 2, 3, 3, 3))
VGG19 = network(_vgg, "VGG19", "vgg19", (2, 2, 4, 4, 4))
