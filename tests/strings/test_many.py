"""Many texts at once give what texts one by one give, on hostile strings; tests/oracle compares both with Keras."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest

from lamina import layers
from lamina.layers.preprocessing.text import text_vectorization
from lamina.strings.many import is_worth_it, split_many
from lamina.strings.numbering import Numbering
from lamina.strings.packed import Packed
from lamina.strings.splitting import STANDARDIZERS
from lamina.strings.table import Table
from lamina.strings.tally import Tally, once_in_each
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


SETS = [[], [b""], LONG, NEARLY, [*NEARLY, b"x" * 79 + b"y"]]


@pytest.fixture(params=["hashes", "equal hashes"])
def hashes(request, monkeypatch):
    if request.param == "equal hashes":
        monkeypatch.setattr("lamina.strings.table._FACTOR", np.uint64(0))


@pytest.mark.usefixtures("hashes")
@pytest.mark.parametrize("strings", SETS)
def test_a_table_tells_strings_apart_by_all_of_their_bytes(strings):
    strings = list(dict.fromkeys(strings))
    table = Table(Packed(strings))
    assert table.find(Packed(strings)).tolist() == list(range(len(strings)))
    others = [
        *(string + b"\0" for string in strings),
        *(string[1:] for string in strings),
        *(string[:-1] + b"?" for string in strings),
        *(string[:8] + b"?" + string[9:] for string in strings),
    ]
    here = [strings[place] if place >= 0 else None for place in table.find(Packed(others))]
    assert here == [string if string in strings else None for string in others]


@pytest.mark.usefixtures("hashes")
@pytest.mark.parametrize("strings", SETS)
def test_strings_have_numbers_of_their_own(strings):
    numbering = Numbering()
    for _ in range(3):  # most of them unknown, then known
        numbers = numbering.numbers(Packed([*strings, *strings]))
        assert numbering.strings(numbers) == [*strings, *strings]
        assert len(set(numbers.tolist())) == len(set(strings))


def test_numbers_of_short_strings_are_in_their_order():
    strings = [string for string in NEARLY if len(string) < 8]
    numbers = Numbering().numbers(Packed(strings))
    assert [strings[i] for i in np.argsort(numbers)] == sorted(strings)


@pytest.mark.parametrize("at_once", [0, 2**19])
def test_numbers_are_counted_as_a_counter_counts_strings(monkeypatch, at_once):
    monkeypatch.setattr("lamina.strings.tally._AT_ONCE", at_once)
    numbering, times, documents = Numbering(), Tally(), Tally()
    counter, rows = Counter(), Counter()
    for i in range(0, len(DAMAGED), 700):
        tokens, lengths = split_many(DAMAGED[i : i + 700].tolist(), None)
        numbers = numbering.numbers(tokens)
        times.add(numbers)
        documents.add(once_in_each(lengths, numbers))
        for text in DAMAGED[i : i + 700]:
            counter.update(text.split())
            rows.update(set(text.split()))
    for tally, counts in ((times, counter), (documents, rows)):
        numbers, counted = tally.total()
        assert dict(zip(numbering.strings(numbers), counted.tolist(), strict=True)) == counts


def test_nothing_is_counted_without_numbers():
    assert [array.size for array in Tally().total()] == [0, 0]
    assert once_in_each(np.array([0, 0]), np.empty(0, np.uint64)).size == 0


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
