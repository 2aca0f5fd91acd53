"""A network finds marks in noise; pictures show the network, its filters and where it looks.

python examples/where_it_looks.py FOLDER
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import lamina
from lamina import layers, visualization

PLUS, CROSS = (
    np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]),
    np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]]),
)


def marked(count, rng):
    """Images with a plus (class 0) or a cross (class 1) somewhere, the classes, and the marks' middles."""
    images = rng.normal(0, 0.15, (count, 14, 14, 1))
    classes, middles = rng.integers(0, 2, count), rng.integers(1, 13, (count, 2))
    for image, kind, (row, column) in zip(images, classes, middles, strict=True):
        image[row - 1 : row + 2, column - 1 : column + 2, 0] += (PLUS, CROSS)[kind]
    return images.astype("float32"), classes, middles


def network():
    images = layers.Input((14, 14, 1), name="image")
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="marks")(images)
    x = layers.GlobalMaxPooling2D()(x)
    return lamina.Model(images, layers.Dense(2, activation="softmax")(x), name="finder")


def main(folder=None, epochs=12, verbose=1):
    lamina.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    folder = Path(folder or tempfile.mkdtemp())
    x, y, _ = marked(512, rng)
    model = network()
    model.compile(
        lamina.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(x, y, batch_size=32, epochs=epochs, verbose=verbose)

    x, y, middles = marked(64, rng)
    maps = visualization.grad_cam(model, x, "marks")
    peaks = np.stack([np.unravel_index(m.argmax(), m.shape) for m in maps])
    near = float((np.abs(peaks - middles).max(1) <= 1).mean())

    lamina.utils.plot_model(model, folder / "model.html", show_shapes=True)
    visualization.plot_history(history).savefig(folder / "history.png")
    visualization.plot_filters(model.get_layer("marks")).savefig(folder / "filters.png")
    beside = np.concatenate([(x - x.min()) / np.ptp(x), maps[..., None]], axis=2)
    visualization.plot_image_gallery(beside[:12], value_range=(0, 1), path=folder / "looks.png")
    print(f"looks at the mark in {near:.0%} of the images; pictures are in {folder}")
    return near


if __name__ == "__main__":
    main(*sys.argv[1:])
