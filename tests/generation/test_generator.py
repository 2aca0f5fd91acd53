"""Sequences made word by word: cached, compiled, drawn."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.generation import Generator, Greedy, Random, TopK, TopP

WORDS, SIZE, LENGTH = 11, 8, 16


class Plain(lamina.Model):
    """Two causal blocks with learned positions."""

    def __init__(self, attention=None):
        super().__init__()
        layers = lamina.layers
        self.words = layers.Embedding(WORDS, SIZE)
        self.places = layers.Embedding(LENGTH, SIZE)
        make = attention or (lambda: layers.MultiHeadAttention(2, 4))
        self.blocks = [(make(), layers.LayerNormalization()) for _ in range(2)]
        self.last = layers.Dense(WORDS, kernel_initializer=lamina.initializers.RandomNormal(1.0))
        self.traces = 0

    def call(self, words):
        self.traces += 1
        x = self.words(words) + self.places(ops.arange(words.shape[1]))
        for attention, norm in self.blocks:
            x = norm(x + attention(x, x, use_causal_mask=True))
        return self.last(x)


class Decoder(Plain):
    """It computes each position once."""

    def make_cache(self, batch, length):
        return [attention.make_cache(batch, length) for attention, _ in self.blocks]

    def call_with_cache(self, words, cache, cache_update_index):
        self.traces += 1
        places = ops.add(ops.arange(words.shape[1]), cache_update_index)
        x, new = self.words(words) + self.places(places), []
        for (attention, norm), kept in zip(self.blocks, cache, strict=True):
            y, kept = attention(
                x, x, use_causal_mask=True, cache=kept, cache_update_index=cache_update_index
            )
            x = norm(x + y)
            new.append(kept)
        return self.last(x), new


def built(kind=Decoder, **arguments):
    lamina.utils.set_random_seed(3)
    model = kind(**arguments)
    model(np.zeros((1, LENGTH), "int32"))
    model.traces = 0
    return model


def naive(model, prompts, length):
    """The plain loop: the whole prefix anew for each word."""
    rows = [list(prompt) for prompt in prompts]
    for row in rows:
        while len(row) < length:
            padded = np.array([row + [0] * (length - len(row))], "int32")  # one size compiles once
            row.append(int(ops.convert_to_numpy(model(padded))[0, len(row) - 1].argmax()))
    return np.array(rows)


PROMPTS = [[1, 2, 3, 4, 5], [6, 7], [8]]


def test_greedy_equals_the_plain_loop(engine):
    model = built()
    np.testing.assert_array_equal(Generator(model)(PROMPTS, LENGTH), naive(model, PROMPTS, LENGTH))


def test_a_model_without_a_cache_gives_the_same(engine):
    model, plain = built(), built(Plain)
    assert not Generator(plain).is_cached
    np.testing.assert_array_equal(
        Generator(plain)(PROMPTS, LENGTH), Generator(model)(PROMPTS, LENGTH)
    )


@pytest.mark.parametrize(
    "attention",
    [
        lambda: lamina.layers.MultiHeadAttention(2, 4, sliding_window=3, use_gate=True),
        lambda: lamina.layers.GroupQueryAttention(4, num_query_heads=4, num_key_value_heads=2),
    ],
    ids=["window and gate", "groups"],
)
def test_cached_logits_equal_those_of_the_whole(engine, attention):
    model = built(attention=attention)
    words = np.random.default_rng(0).integers(0, WORDS, (2, 7)).astype("int32")
    cache, parts = model.make_cache(2, 12), []
    for begin, end in ((0, 3), (3, 4), (4, 7)):
        logits, cache = model.call_with_cache(words[:, begin:end], cache, begin)
        parts.append(ops.convert_to_numpy(logits))
    whole = ops.convert_to_numpy(model(words))
    np.testing.assert_allclose(np.concatenate(parts, 1), whole, rtol=1e-4, atol=1e-5)


def test_one_program_serves_prompts_of_like_sizes(engine):
    model = built()
    generate = Generator(model)
    generate([[1, 2, 3, 4, 5]], LENGTH)
    traces = model.traces
    generate([[1, 2, 3, 4, 5, 6, 7, 8]], LENGTH, seed=4)
    generate([[5, 4, 3, 2, 1, 0]], LENGTH)
    if engine.compiles_by_shape:
        assert model.traces == traces
    else:  # the loop runs in Python: a call for the prompt, and one for each word until it is recorded
        assert 0 < model.traces - traces <= 1 + LENGTH - 8 + 1 + LENGTH - 6


def test_a_row_ends_at_the_end_token(engine):
    model = built()
    plain = Generator(model)(PROMPTS, LENGTH)
    end = int(plain[0, 9])
    ended = Generator(model, end_token=end, pad_token=0)(PROMPTS, LENGTH)
    for row, whole, prompt in zip(ended, plain, PROMPTS, strict=True):
        after = [i for i in range(len(prompt), LENGTH) if whole[i] == end]
        stop = after[0] + 1 if after else LENGTH
        np.testing.assert_array_equal(row[:stop], whole[:stop])
        assert (row[stop:] == 0).all()


@pytest.mark.parametrize("sampler", ["random", TopK(k=3), TopP(p=0.8, temperature=2.0)])
def test_draws_follow_the_seed(trains, sampler):
    generate = Generator(built(), sampler)
    first, again, other = (generate(PROMPTS, LENGTH, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert [row[: len(p)].tolist() for row, p in zip(first, PROMPTS, strict=True)] == PROMPTS


LOGITS = np.log(np.array([[0.5, 0.05, 0.3, 0.15]], "float32"))


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (Greedy(), {0}),
        (Random(), {0, 1, 2, 3}),
        (Random(temperature=0.01), {0}),
        (TopK(k=2), {0, 2}),
        (TopK(k=9), {0, 1, 2, 3}),
        (TopP(p=0.5), {0}),
        (TopP(p=0.81), {0, 2, 3}),
        (TopP(p=0.9, temperature=0.01), {0}),
    ],
    ids=str,
)
def test_samplers_choose_among_these(engine, sampler, words):
    rows = np.repeat(LOGITS, 300, 0)
    assert set(ops.convert_to_numpy(sampler(rows, 5)).tolist()) == words


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Random(0.0), "temperature"),
        (lambda: TopK(k=0), "positive integer"),
        (lambda: TopP(p=1.5), "at most 1"),
        (lambda: Generator(None, "topk"), "'top_k'"),
        (lambda: Generator(built())([[]], 4), "Prompt 0 has 0 words"),
        (lambda: Generator(built())([[1], [1] * 4], 4), "Prompt 1 has 4 words"),
        (lambda: Generator(built())([[1.5]], 4), "integers"),
        (lambda: Generator(built())([], 4), "no prompt"),
    ],
)
def test_mistakes_are_told(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_one_prompt_gives_one_row(engine):
    model = built()
    row = Generator(model)([1, 2], LENGTH)
    np.testing.assert_array_equal(row, naive(model, [[1, 2]], LENGTH)[0])


def test_a_cache_that_the_caller_keeps_is_not_written_into(engine):
    layer = lamina.layers.MultiHeadAttention(2, 4)
    x = np.ones((1, 1, SIZE), "float32")
    layer(x, x)
    kept = layer.make_cache(1, 4)
    _, new = layer(x, x, cache=kept, cache_update_index=ops.convert_to_tensor(2))
    assert not ops.convert_to_numpy(kept.keys).any()
    assert ops.convert_to_numpy(new.keys)[0, 2].any()


def test_a_cache_made_once_serves_every_answer(engine):
    class WithKept(Decoder):
        def make_cache(self, batch, length):
            if not hasattr(self, "_kept"):
                self._kept = super().make_cache(batch, length)
            return self._kept

    model, plain = built(WithKept), built()
    model._kept = model.make_cache(3, LENGTH)
    generate = Generator(model)
    for _ in range(2):
        np.testing.assert_array_equal(generate(PROMPTS, LENGTH), Generator(plain)(PROMPTS, LENGTH))
    assert not any(ops.convert_to_numpy(cache.keys).any() for cache in model._kept)
