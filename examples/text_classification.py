"""Which chapter is this paragraph from? Two chapters of Python's own manual, and a model that takes raw text.

python examples/text_classification.py
"""

from pydoc_data.topics import topics  # what `help("debugger")` shows; it comes with Python

import numpy as np

import lamina
from lamina import layers

CHAPTERS = ["compound", "debugger"]  # statements such as `for` and `try`; the debugger pdb


def paragraphs():
    """Return the paragraphs of both chapters, and the number of the chapter that each is from."""
    texts, labels = [], []
    for number, chapter in enumerate(CHAPTERS):
        parts = [" ".join(part.split()) for part in topics[chapter].split("\n\n")]
        parts = [part for part in parts if len(part) > 40]  # no titles
        texts += parts
        labels += [number] * len(parts)
    return np.array(texts, object), np.array(labels)


def main(epochs=30, verbose=1):
    lamina.utils.set_random_seed(0)
    texts, labels = paragraphs()
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

    new = [
        "The body of the loop is executed once for each item.",
        "Set a breakpoint there, and continue execution of the program.",
    ]
    new = np.array(new, object)
    for text, guess in zip(new, model.predict(new, verbose=0).argmax(axis=-1), strict=True):
        print(f"{text!r} reads like {CHAPTERS[guess]!r}")
    print(f"accuracy on paragraphs that were held out: {accuracy:.2f}")
    return accuracy


if __name__ == "__main__":
    main()
