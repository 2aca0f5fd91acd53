"""Many texts at once give what texts one by one give, on hostile strings; tests/oracle compares both with Keras."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from lamina import layers
from lamina.layers.preprocessing.text import text_vectorization
from lamina.strings.many import is_worth_it, split_many
from lamina.strings.splitting import STANDARDIZERS
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


def test_few_texts_need_no_arrow():
    assert not is_worth_it([b"a"] * 100)
