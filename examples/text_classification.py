"""Who wrote this sentence? Two books in the public domain, and a model that takes raw text.

python examples/text_classification.py
"""

import pathlib

import numpy as np

import lamina
from lamina import layers

BOOKS = ["genesis", "alice"]


def sentences():
    """Return the sentences of both books, and the number of the book that each is from."""
    texts, labels = [], []
    for number, book in enumerate(BOOKS):
        path = pathlib.Path(__file__).parent / "texts" / f"{book}.txt"
        lines = path.read_text("utf-8").splitlines()
        texts += lines
        labels += [number] * len(lines)
    return np.array(texts, object), np.array(labels)


def main(epochs=30, verbose=1):
    lamina.utils.set_random_seed(0)
    texts, labels = sentences()
    order = np.random.default_rng(0).permutation(len(texts))
    texts, labels = texts[order], labels[order]
    held_out = len(texts) // 4

    words = layers.TextVectorization(output_mode="tf_idf", max_tokens=300)
    words.adapt(texts[held_out:], verbose=0)
    print("the commonest words:", ", ".join(words.get_vocabulary()[1:6]))

    model = lamina.Sequential(
        [
            lamina.Input((), dtype="string"),
            words,  # runs on the host, in the feed
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(texts[held_out:], labels[held_out:], batch_size=8, epochs=epochs, verbose=verbose)
    _, accuracy = model.evaluate(texts[:held_out], labels[:held_out], verbose=0)

    new = np.array(["She wondered what Alice had seen.", "And God saw the waters."], object)
    for text, guess in zip(new, model.predict(new, verbose=0).argmax(axis=-1), strict=True):
        print(f"{text!r} reads like {BOOKS[guess]}")
    print(f"accuracy on sentences that were held out: {accuracy:.2f}")
    return accuracy


if __name__ == "__main__":
    main()
