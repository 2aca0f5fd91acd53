"""Where is it? Boxes and masks go along with images that are resized, cropped and flipped; a network finds both."""

import keras
import numpy as np
from keras import layers

from tests.programs.images import shapes

keras.utils.set_random_seed(5)


def prepare(count, seed, *more):
    images, labels, boxes, masks = shapes.make(count, seed)
    data = {
        "images": images,
        "bounding_boxes": {"boxes": boxes[:, None], "labels": labels[:, None]},
        "segmentation_masks": masks,
    }
    for layer in [
        layers.Resizing(20, 20, interpolation="nearest", bounding_box_format="xyxy"),
        layers.CenterCrop(18, 18, bounding_box_format="xyxy"),
        *more,
    ]:
        data = layer(data)
    images, boxes, masks = (
        keras.ops.convert_to_numpy(x)
        for x in (data["images"], data["bounding_boxes"]["boxes"], data["segmentation_masks"])
    )
    return images, {"box": boxes[:, 0] / 18, "mask": masks}


def extent(mask):
    y, x = np.nonzero(mask[..., 0])
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) / 18


x_train, y_train = prepare(480, 1, layers.RandomFlip("horizontal", bounding_box_format="xyxy"))
x_test, y_test = prepare(100, 2)

inputs = keras.Input((18, 18, 3))
x = layers.Rescaling(1 / 255)(inputs)
x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
mask = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="mask")(x)
x = layers.Flatten()(layers.MaxPooling2D()(mask))
x = layers.Dense(64, activation="relu")(x)
box = layers.Dense(4, name="box")(x)
model = keras.Model(inputs, {"box": box, "mask": mask})
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss={"box": "mse", "mask": "binary_crossentropy"},
    loss_weights={"box": 5.0, "mask": 1.0},
)
model.fit(x_train, y_train, batch_size=32, epochs=12, verbose=0)

extents = np.array([extent(mask) for mask in y_train["mask"]])
off = np.max(np.abs(extents - y_train["box"]))

predicted = model.predict(x_test, verbose=0)
overlaps = keras.utils.bounding_boxes.compute_iou(
    y_test["box"][:, None], predicted["box"][:, None], "xyxy"
)
overlap = np.mean(keras.ops.convert_to_numpy(overlaps))
right = np.mean((predicted["mask"] > 0.5) == (y_test["mask"] > 0.5))
print("overlap of boxes", overlap, "right pixels", right, "boxes are off their masks by", off)
result = off < 1.01 / 18 and overlap > 0.5 and right > 0.95
