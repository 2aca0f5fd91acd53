"""Data sets of files and layers that prepare data, together, as Keras' programs use them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.utils import image_dataset_from_directory, text_dataset_from_directory

WORDS = {"neg": ["bad", "awful"], "pos": ["good", "great"]}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for name, words in WORDS.items():
        (folder / name).mkdir()
        for number in range(8):
            text = f"A {words[number % 2]} film, Übel!"
            (folder / name / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder


def reviews(folder, **options):
    return text_dataset_from_directory(folder, batch_size=4, verbose=False, seed=1, **options)


def vectorizer(data):
    layer = layers.TextVectorization(max_tokens=20, output_sequence_length=6)
    layer.adapt(data.map(lambda text, label: text))
    return layer


def test_a_vocabulary_is_learned_from_files(films):
    layer = vectorizer(reviews(films))
    assert layer.get_vocabulary()[:2] == ["", "[UNK]"]
    assert set(layer.get_vocabulary()[2:]) == {"a", "film", "Übel", *WORDS["neg"], *WORDS["pos"]}


def test_texts_are_learned_from_by_number_and_as_strings(trains, films):
    train, held_out = reviews(films, validation_split=0.25, subset="both")
    layer = vectorizer(train)
    numbers = lamina.Sequential(
        [
            layers.Embedding(20, 8),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    numbers.compile(lamina.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    as_numbers = [data.map(lambda x, y: (layer(x), y)).cache() for data in (train, held_out)]
    numbers.fit(as_numbers[0], validation_data=as_numbers[1], epochs=4, verbose=0)
    strings = lamina.Sequential([lamina.Input((), dtype="string"), layer, numbers])
    strings.compile(loss="binary_crossentropy", metrics=["accuracy"])
    expected = numbers.evaluate(as_numbers[1], verbose=0)
    np.testing.assert_allclose(strings.evaluate(held_out, verbose=0), expected, rtol=1e-5)
    assert expected[1] == 1.0


def test_what_layers_learn_from_files_is_what_they_learn_from_arrays(engine, pictures):
    data = image_dataset_from_directory(pictures, image_size=(4, 4), batch_size=5, verbose=False)
    whole = np.concatenate([x for x, _ in data])
    from_files, from_array = layers.Normalization(), layers.Normalization()
    from_files.adapt(data.map(lambda x, y: x))
    from_array.adapt(whole)
    np.testing.assert_allclose(from_files.mean, from_array.mean, rtol=1e-4)
    np.testing.assert_allclose(from_files.variance, from_array.variance, rtol=1e-3)


@pytest.mark.parametrize("chosen", ["torch", "numpy"])
def test_no_engine_is_imported_that_was_not_chosen(films, pictures, chosen):
    program = (
        "import sys, lamina\n"
        f"images = lamina.utils.image_dataset_from_directory({str(pictures)!r}, image_size=(4, 4))\n"
        "images = images.map(lambda x, y: (lamina.layers.Rescaling(2.0)(x), y))\n"
        f"texts = lamina.utils.text_dataset_from_directory({str(films)!r})\n"
        "layer = lamina.layers.TextVectorization()\n"
        "layer.adapt(texts.map(lambda x, y: x))\n"
        "for data in (images, texts.map(lambda x, y: layer(x))):\n"
        "    list(data)\n"
        f"others = {{'torch', 'jax', 'tensorflow', 'keras'}} - {{{chosen!r}}}\n"
        "print(sorted(others & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"LAMINA_BACKEND": chosen, "PATH": "", "HOME": str(films)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
