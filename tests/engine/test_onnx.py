"""Models on the onnx engine: one session for all sizes of the batch, and never a stale result."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import lamina
from lamina import layers, models, ops
from lamina.engine import current
from lamina.engine.onnx import session as sessions
from lamina.engine.over_batches import over_batches

ENGINES = [name for name in ("jax", "torch", "tensorflow", "numpy") if name in current.available()]


@pytest.fixture(autouse=True)
def _on_onnx():
    with lamina.config.using_backend("onnx"):
        yield


@pytest.fixture
def made(monkeypatch):
    """The sessions that a test makes."""
    made, make = [], sessions.make_session

    def counted(model):
        session = make(model)
        made.append(weakref.ref(session))
        return session

    monkeypatch.setattr(sessions, "make_session", counted)
    return made


def dense() -> Any:
    return models.Sequential(
        [
            lamina.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(3),
        ]
    )


def convolutional():
    return models.Sequential(
        [
            lamina.Input((10, 9, 2)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.DepthwiseConv2D(kernel_size=3),
            layers.MaxPooling2D(2, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )


def transformer():
    tokens = lamina.Input((6,), dtype="int32")
    x = layers.Embedding(20, 8)(tokens)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    x = layers.Dense(8, activation="gelu")(x)
    return models.Model(tokens, layers.Dense(3)(layers.Flatten()(x)))


def recurrent():
    tokens = lamina.Input((6,), dtype="int32")
    x = layers.Embedding(20, 8, mask_zero=True)(tokens)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    return models.Model(tokens, layers.Dense(3)(layers.GRU(5)(x)))


NETWORKS = [dense, convolutional, transformer, recurrent]


def inputs(model, count):
    rng = np.random.default_rng(count)
    shape = (count, *model.input_shape[1:])
    if model.inputs[0].dtype == "int32":
        return rng.integers(0, 20, shape).astype("int32")
    return rng.normal(size=shape).astype("float32")


@pytest.mark.parametrize("network", NETWORKS)
def test_one_session_serves_every_size_of_the_batch(network, made):
    model = network()
    batches = [inputs(model, count) for count in (64, 1, 3, 720, 1200)]
    with lamina.config.using_backend("numpy"):
        expected = [model(x) for x in batches]
    for x, y in zip(batches, expected, strict=True):
        result = model.predict(x, batch_size=len(x), verbose=0)
        np.testing.assert_allclose(result, y, rtol=1e-5, atol=1e-5)
    assert len(made) == 1


def test_nodes_that_do_nothing_are_left_out(monkeypatch):
    graphs, make = [], sessions.make_session
    monkeypatch.setattr(sessions, "make_session", lambda x: graphs.append(x) or make(x))
    model = transformer()
    model.predict(inputs(model, 2), verbose=0)
    nodes = onnx.load_model_from_string(graphs[0]).graph.node
    orders = [list(node.attribute[0].ints) for node in nodes if node.op_type == "Transpose"]
    assert orders and all(order != sorted(order) for order in orders)
    assert "Cast" not in [node.op_type for node in nodes]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_of_any_engine_predicts_is_called_and_evaluated(engine):
    model = dense()
    x, y = inputs(model, 37), np.eye(3, dtype="float32")[np.arange(37) % 3]
    with lamina.config.using_backend(engine):
        model.compile(loss="mse", metrics=["accuracy"])
        expected, logs = model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-5)
    np.testing.assert_allclose(model(x), expected, atol=1e-5)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), logs, rtol=1e-5)


def test_calls_run_in_one_session(made):
    model = dense()
    for count in (1, 3, 64):
        x = inputs(model, count)
        whole = model(x)
        by_layers = x
        for layer in model.layers:
            by_layers = layer(by_layers)
        np.testing.assert_allclose(whole, by_layers, rtol=1e-5, atol=1e-6)
    assert len(made) == 1


def test_changed_weights_are_seen_and_old_sessions_freed(made):
    model, x = dense(), np.ones((3, 4), "float32")
    before = model.predict(x, verbose=0)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias + 1])
    np.testing.assert_allclose(model.predict(x, verbose=0), before + 1, rtol=1e-5)
    model.layers[-1].bias.assign_add([1.0, 1.0, 1.0])
    np.testing.assert_allclose(model.predict(x, verbose=0), before + 2, rtol=1e-5)
    gc.collect()
    assert [reference() is None for reference in made] == [True, True, False]


def test_equal_weights_that_have_been_elsewhere_need_no_new_session(made):
    model, x = dense(), np.ones((3, 4), "float32")
    before = model(x)
    model.set_weights(model.get_weights())
    np.testing.assert_array_equal(model(x), before)
    assert len(made) == 1


def test_training_elsewhere_is_seen():
    model, x = dense(), np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    before = model(x)
    with lamina.config.using_backend("jax"):
        model.compile("sgd", "mse")
        model.fit(x, np.ones((32, 3), "float32"), verbose=0)
        expected = model.predict(x, verbose=0)
    assert np.abs(expected - before).max() > 1e-4
    np.testing.assert_allclose(model(x), expected, atol=1e-5)


def test_memory_that_somebody_else_writes_to_is_not_a_weight():
    model, x = dense(), np.ones((3, 4), "float32")
    bias = np.zeros(3, "float32")
    model.layers[-1].bias.assign(bias)
    before = model.predict(x, verbose=0)
    bias += 1
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    with pytest.raises(ValueError, match="read-only"):
        model.layers[-1].bias.value[...] = 1


def test_the_same_batch_with_other_contents_has_other_results():
    model, x = dense(), np.ones((3, 4), "float32")
    first = [model(x), model.predict(x, verbose=0)]
    x *= 2
    assert not np.allclose(model(x), first[0])
    assert not np.allclose(model.predict(x, verbose=0), first[1])


def test_states_of_recurrent_layers_are_kept():
    results = []
    for engine in ("jax", "onnx"):
        lamina.utils.set_random_seed(0)
        with lamina.config.using_backend(engine):
            x = lamina.Input(batch_shape=(2, 3, 4))
            model = models.Model(x, layers.GRU(5, stateful=True)(x))
            data = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
            results.append([model.predict(data, verbose=0) for _ in range(4)])
    np.testing.assert_allclose(results[1], results[0], atol=1e-5)
    assert np.abs(results[0][1] - results[0][0]).max() > 1e-3


def test_fit_names_the_engines_that_train():
    model = dense()
    model.compile("adam", "mse")
    with pytest.raises(NotImplementedError, match=r"'onnx' computes no gradients.*'jax'") as caught:
        model.fit(np.ones((3, 4)), np.ones((3, 3)), verbose=0)
    assert "'numpy'" not in str(caught.value)


def test_what_cannot_be_expressed_is_refused_with_its_place():
    class Spectrum(layers.Layer):
        def call(self, x):
            return ops.real(ops.eig(ops.reshape(x, (-1, 2, 2)))[0])

    model = models.Sequential([lamina.Input((4,)), Spectrum(name="spectrum")])
    with pytest.raises(
        NotImplementedError, match="'onnx' computes `eig` only where arrays have values"
    ) as caught:
        model.predict(np.ones((3, 4), "float32"), verbose=0)
    assert any("spectrum' (Spectrum)" in note for note in caught.value.__notes__)


class Waves(layers.Layer):
    def call(self, x):
        real, imag = ops.fft2((x, x * x))
        back, _ = ops.ifft2((real, imag))
        halves = ops.irfft(ops.rfft(x, 5), 5)
        joined = ops.conjugate(ops.view_as_complex(ops.stack([real, imag], -1)))
        return ops.concatenate([back, halves, ops.imag(joined), ops.angle(joined)], -1)


def test_complex_numbers_within_a_model(made):
    model = models.Sequential([lamina.Input((6, 3)), Waves()])
    for count in (4, 1):
        x = np.random.default_rng(0).normal(size=(count, 6, 3)).astype("float32")
        with lamina.config.using_backend("numpy"):
            expected = model(x)
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-5)
    assert len(made) == 1


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda z: z * 2, "computes `multiply` only where"),
        (lambda z: z, "gives no complex64"),
        (lambda z: ops.cond(ops.any(ops.real(z) > 0), lambda: z, lambda: z), "gives no complex64"),
    ],
)
def test_more_of_complex_numbers_is_refused(call, what):
    run = current.engine().compile(
        over_batches(lambda _, x: call(current.engine().make_complex(x, x)))
    )
    with pytest.raises(NotImplementedError, match=what):
        run([], np.ones((3, 2), "float32"))


def test_a_value_that_is_asked_for_is_refused():
    class Asks(layers.Layer):
        def call(self, x):
            return x if float(ops.sum(x)) > 0 else -x

        def compute_output_spec(self, x):
            return x

    model = models.Sequential([lamina.Input((4,)), Asks()])
    with pytest.raises(TypeError, match="asks for the value of a tensor"):
        model.predict(np.ones((3, 4), "float32"), verbose=0)


class Flow(layers.Layer):
    """Conditions and loops that depend on values, and on the size of the batch."""

    def call(self, x):
        total = ops.sum(x)
        doubled = ops.cond(total > 0, lambda: x * 2, lambda: x - 1)
        _, grown = ops.while_loop(
            lambda i, y: ops.logical_and(i < 20, ops.sum(y) < 500.0),
            lambda i, y: (i + 1, y + ops.abs(x)),
            (ops.convert_to_tensor(0), doubled),
        )
        rows = ops.vectorized_map(
            lambda row: ops.cumsum(row) / ops.cast(ops.shape(x)[1], "float32"), grown
        )
        return ops.concatenate([rows, ops.cumprod(x, axis=0)], axis=-1)


def test_flow_that_depends_on_values(made):
    model = models.Sequential([lamina.Input((4,)), Flow()])
    rng = np.random.default_rng(0)
    batches = rng.random((5, 4)), -rng.random((1, 4)), rng.random((9, 4)) * 9
    batches = [x.astype("float32") for x in batches]
    with lamina.config.using_backend("numpy"):
        expected = [model(x) for x in batches]
    for x, y in zip(batches, expected, strict=True):
        np.testing.assert_allclose(model.predict(x, verbose=0), y, rtol=1e-5, atol=1e-5)
    assert len(made) == 1


def test_operators_in_layers_of_users_mean_what_they_do_elsewhere():
    class Plain(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            y = 2 - x * self.scale / 3 + self.scale * x**2
            chosen = (x == 1) | (x != 0) & (y >= 2) ^ ~(x > 0)
            return ops.where(chosen, y, -abs(x))[:, ::-1]

    model = models.Sequential([lamina.Input((4,)), Plain()])
    x = np.array([[0, 1, 2, -1], [0.5, 1, -3, 0]], "float32")
    with lamina.config.using_backend("numpy"):
        expected = model(x)
    np.testing.assert_allclose(model(x), expected, rtol=1e-6)


def test_batches_of_fixed_sizes_have_programs_of_their_own(made):
    """What is computed from the size of the batch in another way than ONNX can be told is not left open."""

    class Root(layers.Layer):
        def call(self, x):
            return x / float(np.sqrt(x.shape[0]))

    model = models.Sequential([lamina.Input((2,)), Root()])
    for count in (4, 9, 4):
        result = model.predict(np.ones((count, 2), "float32"), verbose=0, batch_size=count)
        np.testing.assert_allclose(result, count**-0.5, rtol=1e-6)
    assert len(made) == 2


class Counts(layers.Layer):
    """Numbers, zeros, a range and a shape that follow from the size of the batch."""

    def call(self, x):
        n = x.shape[0]
        places = ops.cast(ops.arange(1, 2 * n + 1), "float32")
        pairs = ops.reshape(ops.concatenate([x, ops.zeros((2 * n - 1, 2)), x[:1]], 0), (n, 6))
        return ops.concatenate([pairs / (n + 1), ops.reshape(places, (n, 2))], -1)


def test_what_follows_from_the_size_of_the_batch_is_computed(made):
    model = models.Sequential([lamina.Input((2,)), Counts()])
    for count in (2, 1, 720, 5):
        x = np.arange(2 * count, dtype="float32").reshape(count, 2)
        with lamina.config.using_backend("numpy"):
            expected = model(x)
        np.testing.assert_allclose(model.predict(x, verbose=0, batch_size=count), expected, 1e-6)
    assert len(made) == 1


def test_functions_give_trees_in_their_order():
    run = current.engine().compile(
        over_batches(lambda w, x: {"b": x["x"] * w[0], "a": (w[0], None)})
    )
    weight = np.float32(2.0) * np.ones(1, "float32")
    result = run([weight], {"x": np.ones((3, 1), "float32")})
    assert [*result] == ["b", "a"] and result["a"][0] is weight and result["a"][1] is None
    np.testing.assert_array_equal(result["b"], np.full((3, 1), 2.0))


def test_the_engine_is_never_the_default(monkeypatch):
    for name in ("LAMINA_BACKEND", "KERAS_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    assert "onnx" in current.available() and current.available()[0] == "jax"
    assert onnx.__version__ and onnxruntime.__version__
