"""TextVectorization beside Keras' (on TensorFlow), in turns: 5,000 documents of 230 words.

Run it as `python benchmarks/text.py`. Without pyarrow (`--plain`) lamina works in pure Python.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import lamina
from lamina.layers.preprocessing.text import text_vectorization

DOCUMENTS, WORDS, KINDS = 5_000, 230, 20_000


def documents() -> np.ndarray:
    """Return texts whose words occur as often as Zipf's law says, some with capitals and commas."""
    rng = np.random.default_rng(0)
    words = [f"{'w' * (i % 7)}{i:x}" for i in range(KINDS)]
    words = np.array([w.title() + "," if i % 9 == 0 else w for i, w in enumerate(words)])
    drawn = np.minimum(rng.zipf(1.2, (DOCUMENTS, WORDS)) - 1, KINDS - 1)
    return np.array([" ".join(row) for row in words[drawn]], object)


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def measure(texts: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """Return the best seconds of `adapt` and of a call, of Keras and of lamina."""
    best: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, layers in (("Keras", keras.layers), ("lamina", lamina.layers)):
            layer = layers.TextVectorization(max_tokens=10_000, output_sequence_length=200)
            options = {"verbose": 0} if name == "lamina" else {}
            adapt = seconds(lambda layer=layer, options=options: layer.adapt(texts, **options))
            call = min(seconds(lambda layer=layer: layer(texts)) for _ in range(2))
            before = best.get(name, [np.inf, np.inf])
            best[name] = [min(before[0], adapt), min(before[1], call)]
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", action="store_true", help="leave pyarrow out")
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    lamina.config.set_backend("numpy")
    if given.plain:
        text_vectorization.is_worth_it = lambda texts: False
    best = measure(documents(), given.rounds)
    how = "pure Python" if given.plain else "with pyarrow"
    for i, what in enumerate(("adapt", "call")):
        rates = {name: DOCUMENTS / times[i] for name, times in best.items()}
        shown = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
        print(
            f"{what}, {how}: {shown} documents/s, lamina {rates['lamina'] / rates['Keras']:.2f} times Keras"
        )


if __name__ == "__main__":
    main()
