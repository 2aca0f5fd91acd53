"""Hashes of byte strings, beside FarmHash itself and TensorFlow."""

import random

import farmhash
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st

from lamina.strings.farmhash import fingerprint64
from lamina.strings.siphash import siphash

TEXTS = st.lists(st.binary(max_size=300), max_size=20)
WORDS = st.integers(0, 2**63 - 1)  # TensorFlow takes signed ones


@pytest.fixture(scope="module")
def of_every_length():
    draw = random.Random(7)
    return [draw.randbytes(length) for length in range(300) for _ in range(5)]


def test_fingerprints_of_every_length_are_those_of_farmhash(of_every_length):
    expected = [farmhash.fingerprint64(text) for text in of_every_length]
    assert fingerprint64(of_every_length).tolist() == expected


def test_fingerprints_choose_the_buckets_of_tensorflow(of_every_length):
    expected = tf.strings.to_hash_bucket_fast(of_every_length, 1_000_003).numpy()
    assert np.array_equal(fingerprint64(of_every_length) % np.uint64(1_000_003), expected)


def test_keyed_hashes_choose_the_buckets_of_tensorflow(of_every_length):
    expected = tf.strings.to_hash_bucket_strong(of_every_length, 1_000_003, [137, 2**62]).numpy()
    assert np.array_equal(siphash(of_every_length, (137, 2**62)) % np.uint64(1_000_003), expected)


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_fingerprints_are_those_of_farmhash(texts):
    assert fingerprint64(texts).tolist() == [farmhash.fingerprint64(text) for text in texts]


@given(TEXTS.filter(bool), WORDS, WORDS)
@settings(max_examples=25, deadline=None)
def test_keyed_hashes_are_those_of_tensorflow(texts, first, second):
    expected = tf.strings.to_hash_bucket_strong(texts, 2**62, [first, second]).numpy()
    assert np.array_equal(siphash(texts, (first, second)) % np.uint64(2**62), expected)
