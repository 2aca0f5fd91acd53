"""Sequences of many lengths in four buckets, and a `PyDataset` whose batches are made by workers.

    python examples/bucketed_sequences.py

The task: which of two symbols is more frequent in a sequence.
"""

from __future__ import annotations

import numpy as np

import lamina
from lamina import layers


def draw(count: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Draw sequences of the symbols 1 and 2, and say whether 2 is the more frequent one."""
    rng = np.random.default_rng(seed)
    shares, lengths = rng.random(count), rng.integers(5, 60, count)
    sequences = [
        1 + (rng.random(length) < share).astype("int32")
        for share, length in zip(shares, lengths, strict=True)
    ]
    return sequences, np.array([[int(s.mean() > 1.5)] for s in sequences])


class Drawn(lamina.utils.PyDataset):
    """Batches of sequences of one length, drawn when their turn comes."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        sequences, targets = draw(32, seed=1000 + number)
        return lamina.utils.pad_sequences(sequences, maxlen=60, padding="post"), targets


def build() -> lamina.Model:
    """Make a small network that ignores the padding."""
    model = lamina.Sequential(
        [
            lamina.Input((None,), dtype="int32"),
            layers.Embedding(3, 4, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def main(epochs: int = 15, verbose: int = 2) -> float:
    """Train on buckets; return the accuracy on batches that workers have drawn."""
    lamina.utils.set_random_seed(0)
    sequences, targets = draw(512, seed=0)
    bucketed = lamina.data.bucket(sequences, targets, batch_size=32, buckets=4)
    print("lengths of the buckets:", bucketed.lengths)
    model = build()
    model.optimizer.learning_rate = 0.05
    model.fit(bucketed, epochs=epochs, verbose=verbose)
    accuracy = model.evaluate(Drawn(workers=2), verbose=0, return_dict=True)["accuracy"]
    print(f"accuracy on new sequences: {accuracy:.2f}")
    return accuracy


if __name__ == "__main__":
    main()
