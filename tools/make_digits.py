"""Write lamina/datasets/digits.npz from scikit-learn's copy of the UCI handwritten digits.

python tools/make_digits.py        (needs scikit-learn)
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).parent.parent / "lamina" / "datasets" / "digits.npz"


def main() -> None:
    digits = load_digits()
    images, labels = digits.images.astype("uint8"), digits.target.astype("uint8")
    assert (images == digits.images).all() and images.shape == (1797, 8, 8)
    np.savez_compressed(TARGET, images=images, labels=labels)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(labels):,} images")


if __name__ == "__main__":
    main()
