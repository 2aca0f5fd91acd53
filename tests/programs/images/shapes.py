"""Pictures for the programs: a disc, a cross or a frame, somewhere, in some colour, with its box and its mask."""

import numpy as np

NAMES = ["cross", "disc", "frame"]
SIZE = 16


def draw(kind, middle, radius):
    """The pixels that the shape covers: True or False, (SIZE, SIZE)."""
    y, x = np.abs(np.indices((SIZE, SIZE)) - np.reshape(middle, (2, 1, 1)))
    inside = np.maximum(x, y) <= radius
    if kind == "cross":
        return inside & (np.minimum(x, y) < 1)
    if kind == "disc":
        return x**2 + y**2 <= radius**2
    return inside & (np.maximum(x, y) > radius - 1)


def make(count, seed):
    """Images (0 to 255), numbers of their kinds, boxes (xyxy, pixels) and masks."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 60, (count, SIZE, SIZE, 3)).astype("float32")
    labels = rng.integers(0, len(NAMES), count)
    masks = np.zeros((count, SIZE, SIZE, 1), "float32")
    boxes = np.zeros((count, 4), "float32")
    for i, label in enumerate(labels):
        radius = rng.integers(3, 6)
        middle = rng.integers(radius, SIZE - radius, 2)
        masks[i, ..., 0] = draw(NAMES[label], middle, radius)
        images[i][masks[i, ..., 0] > 0] = rng.uniform(120, 255, 3)
        boxes[i] = [*(middle[::-1] - radius), *(middle[::-1] + radius + 1)]
    return images, labels, boxes, masks


def load_data():
    """(x_train, y_train), (x_test, y_test)."""
    (x_train, y_train, *_), (x_test, y_test, *_) = make(480, 1), make(150, 2)
    return (x_train, y_train), (x_test, y_test)


def write(folder, count, seed, save):
    """Write images into a folder for each kind; `save(path, image)` writes a file."""
    images, labels, *_ = make(count, seed)
    for name in NAMES:
        (folder / name).mkdir(parents=True)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        save(folder / NAMES[label] / f"{i}.png", image)
