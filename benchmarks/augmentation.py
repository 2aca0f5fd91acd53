"""RandomFlip, RandomRotation and RandomZoom of 64 x 224 x 224 x 3, beside Keras: in turns, in one process.

Run as `KERAS_BACKEND=torch python benchmarks/augmentation.py`; both libraries use that engine, eagerly.
lamina's is a `Pipeline`, which reads an image once; `--apart` calls its layers one by one.
"""

from __future__ import annotations

import argparse
import time

import numpy as np


def pipeline(k, joined: bool):
    """The three layers of a library as one function."""
    parts = [k.layers.RandomFlip(seed=1), k.layers.RandomRotation(0.2, seed=2)]
    parts.append(k.layers.RandomZoom(0.2, seed=3))
    if joined:
        return k.layers.Pipeline(parts)

    def apply(x, training):
        for layer in parts:
            x = layer(x, training=training)
        return x

    return apply


def main() -> None:
    """Print the best times, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--apart", action="store_true", help="lamina's layers one by one")
    options = parser.parse_args()
    import keras

    import lamina

    images = np.random.default_rng(0).random((64, 224, 224, 3)).astype("float32") * 255
    sides = {}
    for name, k in (("keras", keras), ("lamina", lamina)):
        joined = name == "keras" or not options.apart
        sides[name] = pipeline(k, joined), k.ops.convert_to_tensor(images), k, []
    for run in range(options.runs + 1):
        for augment, x, k, times in sides.values():
            start = time.perf_counter()
            float(k.ops.convert_to_numpy(augment(x, training=True)[0, 0, 0, 0]))
            if run:  # the first compiles
                times.append(time.perf_counter() - start)
    best = {name: min(times) for name, (_, _, _, times) in sides.items()}
    print(
        f"{keras.backend.backend()}: keras {best['keras']:.3f} s, lamina {best['lamina']:.3f} s, "
        f"ratio {best['lamina'] / best['keras']:.2f}"
    )


if __name__ == "__main__":
    main()
