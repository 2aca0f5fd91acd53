"""Many texts at once give what texts one by one give, on hostile strings; tests/oracle compares both with Keras."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest

from lamina import layers
from lamina.layers.preprocessing.text import text_vectorization
from lamina.strings.many import is_worth_it, split_many
from lamina.strings.packed import Packed
from lamina.strings.splitting import STANDARDIZERS
from lamina.strings.table import Table
from lamina.strings.tally import Tally
from lamina.strings.texts import as_packed
from tests.oracle.text_cases import DAMAGED, TEXTS


@pytest.mark.parametrize("name", [*STANDARDIZERS, None])
@pytest.mark.parametrize("texts", [TEXTS, DAMAGED, DAMAGED[:0], np.array([b"", b" "], object)])
def test_tokens_are_those_of_each_text(name, texts):
    tokens, lengths = split_many(texts.tolist(), name)
    rows = [(STANDARDIZERS[name](t) if name else t).split() for t in texts.tolist()]
    assert lengths.tolist() == list(map(len, rows))
    assert [tokens[i] for i in range(len(tokens))] == list(chain.from_iterable(rows))


@pytest.mark.parametrize("mode", ["int", "count", "tf_idf"])
def test_layers_give_the_same_either_way(monkeypatch, mode):
    def results():
        layer = layers.TextVectorization(max_tokens=300, output_mode=mode)
        layer.adapt(DAMAGED, verbose=0)
        return layer.get_vocabulary(), np.asarray(layer(DAMAGED[:2000]))

    assert is_worth_it(DAMAGED.tolist())
    words, numbers = results()
    monkeypatch.setattr(text_vectorization, "is_worth_it", lambda texts: False)
    plain_words, plain_numbers = results()
    assert words == plain_words
    assert np.array_equal(numbers, plain_numbers)


def test_few_texts_go_one_by_one():
    assert not is_worth_it([b"a"] * 100)


LONG = [bytes([65 + i % 3]) * n for i in range(6) for n in (0, 1, 7, 8, 9, 16, 63, 64, 65, 300)]
NEARLY = [b"a", b"a\0", b"a\0\0", b"\0", b"", b"12345678", b"12345678\0", b"1234567", b"x" * 80]


@pytest.mark.parametrize("strings", [[], [b""], LONG, NEARLY, [*NEARLY, b"x" * 79 + b"y"]])
def test_a_table_tells_strings_apart_by_all_of_their_bytes(strings):
    table = Table(Packed(strings))
    for i, string in enumerate(strings):
        assert strings[table.places[i]] == string
    assert len(set(table.places.tolist())) == len(set(strings))
    others = [
        *strings,
        *(string + b"\0" for string in strings),
        *(string[1:] for string in strings),
    ]
    here = [strings[place] if place >= 0 else None for place in table.find(Packed(others))]
    assert here == [string if string in strings else None for string in others]


def test_a_table_holds_strings_whose_hashes_are_all_the_same(monkeypatch):
    monkeypatch.setattr("lamina.strings.table._FACTOR", np.uint64(0))
    table = Table(Packed(LONG))
    assert [LONG[place] for place in table.find(Packed(LONG))] == LONG
    assert (table.find(Packed([b"B" * 65])) >= 0).all() and (table.find(Packed([b"D"])) < 0).all()


@pytest.mark.parametrize("least", [0, 2**17])
def test_a_tally_counts_what_a_counter_does(monkeypatch, least):
    monkeypatch.setattr("lamina.strings.tally._LEAST_MERGED", least)
    tally, counter, rows = Tally(), Counter(), Counter()
    for i in range(0, len(DAMAGED), 700):
        tokens, lengths = split_many(DAMAGED[i : i + 700].tolist(), None)
        tally.add(tokens, lengths)
        for text in DAMAGED[i : i + 700]:
            counter.update(text.split())
            rows.update(set(text.split()))
    strings, times, in_rows = tally.total()
    assert dict(zip(strings, times.tolist(), strict=True)) == counter
    assert dict(zip(strings, in_rows.tolist(), strict=True)) == rows


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("kind", [str, bytes])
def test_strings_are_packed_as_they_are(kind, breaks):
    texts = ["a", "", "é\udc80", "zwei Wörter", *(["one\ntwo"] if breaks else [])]
    as_bytes_ = [text.encode("utf-8", "surrogateescape") for text in texts]
    array = np.array(texts if kind is str else as_bytes_, object)
    assert list(as_packed(array, "a test")) == as_bytes_
    mixed = np.array([*texts, *as_bytes_], object)
    assert list(as_packed(mixed, "a test")) == [*as_bytes_, *as_bytes_]


@pytest.mark.parametrize("values", [["a", 1], [1, "a"], ["\ud800"]])
def test_what_cannot_be_packed_is_an_error_that_says_so(values):
    with pytest.raises((TypeError, ValueError), match=r"a test.*(strings|UTF-8)"):
        as_packed(np.array(values, object), "a test")
