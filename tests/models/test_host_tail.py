"""Models that end with strings: lookups behind layers that learn run on the host, behind the compiled step."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from tests.models.test_host_stage import TEXTS, sequential

NUMBERS = np.linspace(-1, 1, 25, dtype="float32")[:, None]


def word_of(x):
    return layers.StringLookup(vocabulary=["no", "perhaps"], invert=True)(ops.argmax(x, axis=-1))


def words():
    x = lamina.Input((1,))
    return lamina.Model(x, word_of(layers.Dense(3)(x)))


def words_and_numbers():
    x = lamina.Input((1,))
    numbers = layers.Dense(3)(x)
    return lamina.Model(x, {"numbers": numbers, "words": word_of(numbers)})


def words_to_words():
    x = lamina.Input((), dtype="string")
    return lamina.Model(x, word_of(sequential()(x)))


def hashed_words():
    x = lamina.Input((1,))
    return lamina.Model(x, [layers.Hashing(9)(word_of(layers.Dense(3)(x))), x])


def a_sequence_of_layers():
    whole_numbers = layers.Lambda(lambda x: ops.argmax(x, axis=-1))
    lookup = layers.IntegerLookup(vocabulary=[70, 80], invert=True)
    return lamina.Sequential([lamina.Input((1,)), layers.Dense(3), whole_numbers, lookup])


MODELS = {
    make.__name__: (make, TEXTS if make is words_to_words else NUMBERS)
    for make in (words, words_and_numbers, words_to_words, hashed_words, a_sequence_of_layers)
}


@pytest.fixture(params=MODELS)
def model_and_x(request):
    make, x = MODELS[request.param]
    return make(), x


def assert_same(found, expected):
    for one, other in zip(lamina.tree.flatten(found), lamina.tree.flatten(expected), strict=True):
        other = lamina.ops.convert_to_numpy(other) if other.dtype != object else other
        assert isinstance(one, np.ndarray) and one.shape == other.shape
        if one.dtype.kind == "f":
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        else:
            assert (one == other).all()


def test_predict_gives_what_a_call_gives(model_and_x, engine):
    model, x = model_and_x
    expected = model(x)
    assert_same(model.predict(x, verbose=0), expected)
    assert_same(model.predict(x, batch_size=10, verbose=0), expected)
    assert_same(model.predict(((x[i : i + 10],) for i in range(0, 25, 10)), verbose=0), expected)
    assert_same(model.predict_on_batch(x), expected)


def test_callbacks_get_the_strings(engine):
    model, seen = words(), []
    hook = lamina.callbacks.LambdaCallback()
    hook.on_predict_batch_end = lambda batch, logs=None: seen.extend(logs["outputs"])
    assert model.predict(NUMBERS, batch_size=10, verbose=0, callbacks=[hook]).tolist() == seen


def test_a_file_holds_a_model_that_ends_with_words(tmp_path):
    model = words_and_numbers()
    model.save(tmp_path / "model.keras")
    loaded = lamina.models.load_model(tmp_path / "model.keras")
    assert_same(loaded.predict(NUMBERS, verbose=0), model.predict(NUMBERS, verbose=0))


@pytest.mark.parametrize("own", [False, True])
def test_a_step_that_needs_the_strings_says_what_to_do(trains, own):
    class Own(lamina.Model):
        def predict_step(self, data):
            return self(data[0])

    model = words()
    if own:
        model = Own(model.inputs, model.outputs)
    model.compile("sgd", "mse")
    with pytest.raises((TypeError, ValueError), match="before the lookup"):
        model.predict(NUMBERS, verbose=0) if own else model.fit(NUMBERS, NUMBERS, verbose=0)


def test_strings_are_refused_where_the_model_takes_numbers():
    with pytest.raises(ValueError, match="takes numbers"):
        words().predict(TEXTS, verbose=0)
