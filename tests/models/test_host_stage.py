"""Models that begin with strings: the first part of the graph runs on the host, in the feed."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import lamina
from lamina import layers, ops

TEXTS = np.array(["The cat sat.", "a dog", "the dog barked", "", "Cat!"] * 5)
LABELS = np.array([0, 1, 1, 0, 0] * 5)
WORDS = ["the", "cat", "dog", "sat"]


def vectorization(**options):
    return layers.TextVectorization(vocabulary=WORDS, **options)


def rest(options=None):
    return [layers.Embedding(8, 3), layers.GlobalAveragePooling1D(), layers.Dense(2)]


def sequential():
    return lamina.Sequential(
        [lamina.Input((), dtype="string"), vectorization(output_sequence_length=3), *rest()]
    )


def deferred():
    return lamina.Sequential([vectorization(output_sequence_length=3), *rest()])


def functional():
    x = lamina.Input((1,), dtype="string")
    ids = vectorization(output_sequence_length=3)(x)
    bins = layers.Hashing(4, output_mode="one_hot")(x)
    return lamina.Model(x, layers.Concatenate()([lamina.Sequential(rest())(ids), bins]))


def nested():
    x = lamina.Input((), dtype="string")
    return lamina.Model(x, layers.Dense(2)(sequential()(x)))


def behind_numbers():
    """A host layer needs what a layer for numbers gives."""
    x = lamina.Input((1,))
    bins = layers.Hashing(4, output_mode="one_hot")(layers.Rescaling(2.0)(x))
    return lamina.Model(x, layers.Dense(2)(bins))


MODELS = {
    "sequential": (sequential, TEXTS),
    "deferred": (deferred, TEXTS),
    "functional": (functional, TEXTS[:, None]),
    "nested": (nested, TEXTS),
    "behind numbers": (behind_numbers, np.arange(25.0)[:, None]),
}


@pytest.fixture(params=MODELS)
def model_and_x(request):
    make, x = MODELS[request.param]
    return make(), x


def test_predict_gives_what_a_call_gives(model_and_x, engine):
    model, x = model_and_x
    expected = engine.to_numpy(model(x))
    assert np.allclose(model.predict(x, verbose=0), expected, atol=1e-6)
    assert np.allclose(model.predict(x, batch_size=4, verbose=0), expected, atol=1e-6)
    assert np.allclose(model.predict_on_batch(x), expected, atol=1e-6)


def test_training_on_strings_is_training_on_numbers(trains):
    lamina.utils.set_random_seed(1)
    model, plain = sequential(), lamina.Sequential([lamina.Input((3,)), *rest()])
    plain.set_weights(model.get_weights())
    ids = trains.to_numpy(vectorization(output_sequence_length=3)(TEXTS))
    losses = []
    for net, x in ((model, TEXTS), (plain, ids)):
        lamina.utils.set_random_seed(2)
        net.compile("adam", layers_loss())
        history = net.fit(x, LABELS, epochs=2, batch_size=4, validation_split=0.2, verbose=0)
        losses.append(
            [
                *history.history["loss"],
                *history.history["val_loss"],
                net.evaluate(x, LABELS, verbose=0),
                net.train_on_batch(x, LABELS),
                net.test_on_batch(x, LABELS),
            ]
        )
    assert np.allclose(*losses, rtol=1e-5)


def layers_loss():
    return lamina.losses.SparseCategoricalCrossentropy(from_logits=True)


def batches():
    for start in range(0, 25, 5):
        yield TEXTS[start : start + 5], LABELS[start : start + 5]


def test_batches_may_hold_strings(trains):
    model = sequential()
    model.compile("adam", layers_loss())
    expected = model.evaluate(TEXTS, LABELS, verbose=0)
    assert np.isclose(model.evaluate(batches(), verbose=0), expected, rtol=1e-5)
    model.fit(batches(), verbose=0)


def test_columns_of_a_frame_bind_to_inputs_by_name(engine):
    import pandas

    word, number = (
        lamina.Input((1,), dtype="string", name="word"),
        lamina.Input((1,), name="number"),
    )
    known = layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(word)
    model = lamina.Model([word, number], layers.Concatenate()([known, number]))
    frame = pandas.DataFrame({"number": [1.0, 2.0], "word": ["b", "?"]})
    assert model.predict(frame, verbose=0).tolist() == [[0, 0, 1, 1], [1, 0, 0, 2]]


def test_rows_of_every_length_are_batches_of_their_own(engine):
    model = lamina.Sequential([vectorization(), *rest()])
    alone = [model.predict(TEXTS[i : i + 1], verbose=0)[0] for i in (0, 1, 2)]
    assert np.allclose(model.predict(TEXTS[:3], batch_size=1, verbose=0), alone, atol=1e-6)


def test_the_host_works_in_the_thread_of_the_feed(trains, monkeypatch):
    threads = set()
    layer, on_host = vectorization(output_sequence_length=3), layers.TextVectorization.on_host

    def slow(self, inputs):
        threads.add(threading.current_thread().name)
        threading.Event().wait(0.002)
        return on_host(self, inputs)

    monkeypatch.setattr(layers.TextVectorization, "on_host", slow)
    model = lamina.Sequential([lamina.Input((), dtype="string"), layer, *rest()])
    model.compile("sgd", layers_loss())
    model.fit(TEXTS, LABELS, batch_size=2, verbose=0)
    assert "lamina feed" in threads


def test_large_numbers_reach_a_lookup_whole(engine):
    lookup = layers.IntegerLookup(vocabulary=[2**40, 2**40 + 1])
    model = lamina.Sequential([lamina.Input((1,), dtype="int64"), lookup])
    x = np.array([[2**40 + 1], [5]])
    assert model.predict(x, verbose=0).tolist() == [[2], [0]]
    assert engine.to_numpy(model(x)).tolist() == [[2], [0]]


def test_an_inverse_lookup_follows_what_was_learned(engine):
    x = lamina.Input((2,))
    numbers = ops.argmax(layers.Dense(2, kernel_initializer="identity")(x), axis=-1)
    model = lamina.Model(
        x, layers.StringLookup(vocabulary=["no", "yes"], num_oov_indices=0, invert=True)(numbers)
    )
    assert model(np.eye(2, dtype="float32")).tolist() == ["no", "yes"]


class Own(lamina.Model):
    """A text layer in a `call` of the user's own."""

    def __init__(self):
        super().__init__()
        self.vectorization, self.dense = vectorization(output_mode="count"), layers.Dense(2)

    def call(self, x):
        return self.dense(self.vectorization(x))


def test_a_subclass_with_a_text_layer_works_eagerly(engine):
    model = Own()
    assert model(TEXTS).shape == (25, 2)
    assert model(["a", "cat"]).shape == (2, 2)


def test_compiled_it_says_where_the_layer_belongs(trains):
    model = Own()
    model.compile("sgd", layers_loss())
    with pytest.raises(ValueError, match=r"data\.map\(layer\).*`call` of Own.*Sequential\(\["):
        model.fit(TEXTS, LABELS, verbose=0)


def test_in_a_row_with_its_text_layer_a_subclass_trains_on_strings(trains):
    class Rest(lamina.Model):
        def __init__(self):
            super().__init__()
            self.layers_of_rest = rest()

        def call(self, x):
            for layer in self.layers_of_rest:
                x = layer(x)
            return x

    texts = vectorization(output_sequence_length=3)
    model = lamina.Sequential([lamina.Input((), dtype="string"), texts, Rest()])
    model.compile("sgd", layers_loss())
    model.fit(TEXTS, LABELS, verbose=0)
    expected = ops.convert_to_numpy(model(TEXTS))
    np.testing.assert_allclose(model.predict(TEXTS, verbose=0), expected, rtol=1e-5, atol=1e-6)


def test_a_lookup_within_a_compiled_step_says_so(trains):
    class Numbers(lamina.Model):
        def __init__(self):
            super().__init__()
            self.lookup, self.embedding = (
                layers.IntegerLookup(vocabulary=[1]),
                layers.Embedding(3, 1),
            )

        def call(self, x):
            return self.embedding(self.lookup(x))

    model = Numbers()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="compiled step"):
        model.fit(np.ones((2, 1), "int32"), np.ones((2, 1, 1)), verbose=0)


def test_a_model_without_strings_has_no_host_stage():
    x = lamina.Input((2,))
    assert lamina.core.function.Function(x, layers.Dense(1)(x)).host_stage is None


@pytest.mark.parametrize("suffix", ["keras", "safetensors"])
def test_files_hold_vocabularies_that_were_learned(tmp_path, engine, suffix):
    layer = layers.TextVectorization(output_mode="tf_idf", ngrams=2)
    layer.adapt(TEXTS, verbose=0)
    lookup = layers.StringLookup()
    lookup.adapt(TEXTS, verbose=0)
    x = lamina.Input((), dtype="string")
    outputs = layers.Concatenate()([layer(x), layers.Embedding(9, 2)(lookup(x))])
    model = lamina.Model(x, layers.Dense(2)(outputs))
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    loaded = lamina.models.load_model(path)
    assert np.array_equal(loaded.predict(TEXTS, verbose=0), model.predict(TEXTS, verbose=0))


def test_a_token_with_a_line_break_is_kept_in_the_configuration(tmp_path):
    lookup = layers.StringLookup()
    lookup.adapt(np.array(["a\nb", "c"]), verbose=0)
    model = lamina.Sequential([lamina.Input((1,), dtype="string"), lookup])
    model.save(tmp_path / "model.keras")
    loaded = lamina.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].get_vocabulary() == ["[UNK]", "c", "a\nb"]
