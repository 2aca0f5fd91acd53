"""A tiny Transformer learns names of fruit letter by letter, and makes up new ones.

python examples/generate_names.py
"""

from __future__ import annotations

import numpy as np

import lamina as keras
from lamina import layers, ops
from lamina.generation import Generator, TopK

NAMES = (  # noqa: SIM905  a list of so many strings reads worse
    "apple apricot banana blueberry cherry cranberry currant date elderberry fig gooseberry grape "
    "grapefruit guava kiwi lemon lime lychee mandarin mango melon mulberry nectarine olive orange "
    "papaya peach pear pineapple plum pomegranate quince raspberry strawberry tangerine"
).split()
LENGTH, END = 14, 0
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # number 0 ends a name


class Decoder(keras.Model):
    """Letters see those before them; what attention has seen is kept while a name grows."""

    def __init__(self, blocks: int = 2, size: int = 32, heads: int = 4):
        super().__init__()
        self.letters, self.places = layers.Embedding(27, size), layers.Embedding(LENGTH, size)
        self.attentions = [layers.MultiHeadAttention(heads, size // heads) for _ in range(blocks)]
        self.maps = [layers.Dense(size, activation="gelu") for _ in range(blocks)]
        self.norms = [layers.LayerNormalization() for _ in range(blocks)]
        self.logits = layers.Dense(27)

    def make_cache(self, batch: int, length: int):
        return [attention.make_cache(batch, length) for attention in self.attentions]

    def call_with_cache(self, letters, cache, cache_update_index):
        at = {"use_causal_mask": True, "cache_update_index": cache_update_index}
        x = self.letters(letters) + self.places(ops.arange(letters.shape[1]) + cache_update_index)
        new = []
        for attention, dense, norm, kept in zip(
            self.attentions, self.maps, self.norms, cache, strict=True
        ):
            y, kept = attention(x, x, cache=kept, **at)
            x = norm(x + y)
            x = x + dense(x)
            new.append(kept)
        return self.logits(x), new

    def call(self, letters):
        return self.call_with_cache(letters, self.make_cache(*letters.shape), 0)[0]


def main(epochs: int = 60, verbose: int = 2) -> tuple[list[float], list[str]]:
    keras.utils.set_random_seed(1)
    rows = np.zeros((len(NAMES), LENGTH + 1), "int32")
    for row, name in zip(rows, NAMES, strict=True):
        row[: len(name)] = [LETTERS.index(letter) for letter in name]
    x, y = np.tile(rows[:, :-1], (8, 1)), np.tile(rows[:, 1:], (8, 1))
    model = Decoder()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.003), loss)
    losses = model.fit(x, y, batch_size=40, epochs=epochs, verbose=verbose).history["loss"]
    generate = Generator(model, TopK(temperature=0.8, k=3), end_token=END)
    prompts = [[LETTERS.index(letter)] for letter in "abcglmp"]
    made = ["".join(LETTERS[i] for i in row).rstrip(".") for row in generate(prompts, LENGTH)]
    print(", ".join(made))
    return losses, made


if __name__ == "__main__":
    main()
