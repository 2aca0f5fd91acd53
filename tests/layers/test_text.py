"""Lookups, hashing and vectorization of texts: what is beside the numbers, which tests/oracle compares."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from lamina import layers
from lamina.core.file_errors import PolicyError

LAYERS = {
    "strings": lambda: layers.StringLookup(vocabulary=["a", "b"], mask_token="", num_oov_indices=2),
    "weighted strings": lambda: layers.StringLookup(
        vocabulary=["a", "b"], output_mode="tf_idf", idf_weights=[0.5, 1.5]
    ),
    "numbers": lambda: layers.IntegerLookup(vocabulary=[5, -7], oov_method="farmhash", salt=3),
    "bins": lambda: layers.Hashing(9, mask_value="", salt=[1, 2]),
    "texts": lambda: layers.TextVectorization(vocabulary=["a", "b"], ngrams=(1, 3)),
}
WRONG = {
    "mode": (lambda: layers.StringLookup(output_mode="x"), "must be one of"),
    "one token": (lambda: layers.StringLookup(max_tokens=1), "greater than 1"),
    "room": (lambda: layers.StringLookup(pad_to_max_tokens=True), "needs `max_tokens`"),
    "inverse": (lambda: layers.StringLookup(invert=True, output_mode="count"), "must be 'int'"),
    "twice": (lambda: layers.StringLookup(vocabulary=["a", "b", "a"]), "twice: \\['a'\\]"),
    "empty": (lambda: layers.StringLookup(vocabulary=[]), "is empty"),
    "mask inside": (
        lambda: layers.StringLookup(vocabulary=["a", "m"], mask_token="m"),
        "'m' stands at place 1",
    ),
    "too many": (
        lambda: layers.StringLookup(vocabulary=["a", "b"], max_tokens=2),
        "`max_tokens` is 2",
    ),
    "no weights": (
        lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"),
        "comes with `idf_weights`",
    ),
    "weights": (
        lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf", idf_weights=[1.0, 2.0]),
        "there are 1 tokens",
    ),
    "no file": (lambda: layers.StringLookup(vocabulary="/not/there.txt"), "'/not/there.txt'"),
    "split": (lambda: layers.TextVectorization(split="x"), "`split` must be one of"),
    "n-grams": (lambda: layers.TextVectorization(ngrams=0), "`ngrams` must be"),
    "length": (
        lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3),
        "goes with output_mode='int'",
    ),
    "bins": (lambda: layers.Hashing(0), "at least 1"),
    "salt": (lambda: layers.Hashing(3, salt=[1]), "two of them"),
}
CALLS = {
    "unknown": (
        lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]),
        "such as \\['b'\\]",
    ),
    "no vocabulary": (lambda: layers.StringLookup()(["b"]), "has no vocabulary yet"),
    "two texts": (lambda: layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), "split=None"),
    "second vocabulary": (
        lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]),
        "was given a vocabulary, by `vocabulary=` or `set_vocabulary`",
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_configuration_makes_an_equal_layer(name):
    layer = LAYERS[name]()
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


@pytest.mark.parametrize("name", WRONG)
def test_arguments_that_do_not_fit_are_refused(name):
    make, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_do_not_fit_are_refused(name):
    call, message = CALLS[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_ragged_tensors_are_refused():
    with pytest.raises(NotImplementedError, match="ragged"):
        layers.TextVectorization(ragged=True)


@pytest.mark.parametrize("x", [[1, 2], np.array([None, "a"]), np.array([np.nan, "a"], object)])
def test_what_is_not_a_string_is_told(x):
    with pytest.raises(TypeError, match=r"StringLookup .* takes strings"):
        layers.StringLookup(vocabulary=["a"])(x)


@pytest.mark.parametrize("content", [b"a\nb\n", b"a\r\nb\r\n", b"a\nb"])
def test_a_vocabulary_comes_from_a_file(tmp_path, content):
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    assert layers.StringLookup(vocabulary=path).get_vocabulary() == ["[UNK]", "a", "b"]


def test_a_file_of_a_configuration_is_not_opened(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("secret")
    config = layers.StringLookup().get_config() | {"vocabulary": str(path)}
    with pytest.raises(PolicyError, match="a list of tokens"):
        layers.StringLookup.from_config(config)


def test_strings_come_back_as_numpys_on_every_engine(engine):
    layer = layers.StringLookup(vocabulary=["a", "é"], invert=True)
    assert layer(engine.asarray([2, 0, 9])).tolist() == ["é", "[UNK]", "[UNK]"]


@pytest.mark.parametrize("token", ["a\0", "\udcff", "", " "])
def test_any_token_comes_back_as_it_was(token):
    layer = layers.StringLookup(vocabulary=["b", token])
    inverse = layers.StringLookup(vocabulary=layer.get_vocabulary(), invert=True)
    assert inverse(layer([token])).tolist() == [token]


def test_a_users_functions_are_given_arrays_of_strings():
    layer = layers.TextVectorization(
        standardize=lambda texts: np.char.upper(texts),
        split=lambda texts: [text.split("-") for text in texts],
        vocabulary=["A", "B"],
    )
    assert np.asarray(layer(["a-b", "c"])).tolist() == [[2, 3], [1, 0]]


def test_numbers_are_looked_up_in_64_bits(engine):
    layer = layers.IntegerLookup(vocabulary=[2**40, 1])
    assert engine.to_numpy(layer(np.array([2**40, 0]))).tolist() == [1, 0]


@pytest.mark.parametrize("count", [1, 5000])
def test_a_word_that_looks_like_no_mask_is_a_word(count):
    layer = layers.StringLookup()
    layer.adapt(["None"] * count, verbose=0)
    assert layer.get_vocabulary() == ["[UNK]", "None"]


def test_a_vocabulary_without_words_knows_none_of_many():
    layer = layers.StringLookup()
    layer.adapt(["[UNK]"], verbose=0)
    assert not np.asarray(layer(["a", "[UNK]"] * 2500)).any()


@pytest.mark.parametrize("most", [2, 3, 10, 40])
@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_the_commonest_words_are_kept_and_those_of_equal_counts_downwards(most, mode):
    words = [f"w{i % 29 * i % 23}" for i in range(300)] + ["[UNK]"] * 99
    layer = layers.StringLookup(max_tokens=most, output_mode=mode)
    layer.adapt(np.array(words, object)[:, None], verbose=0)
    ordered = sorted(Counter(words[:300]).items(), key=lambda item: item[::-1], reverse=True)
    assert layer.get_vocabulary()[1:] == [word for word, _ in ordered][: most - 1]
    if mode == "tf_idf":
        rows = np.array([times for _, times in ordered][: most - 1])
        weights = np.asarray(layer([layer.get_vocabulary()]))[0, 1:]
        np.testing.assert_allclose(weights, np.log(1 + 399 / (1 + rows)), rtol=1e-6)
