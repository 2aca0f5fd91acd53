"""The engine `mlx` beside JAX: the same networks from the same start; files and weights go over; what it lacks it says."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.engine import current
from lamina.engine.contract import MissingCapabilityError
from lamina.models import Sequential

mx = pytest.importorskip("mlx.core", reason="MLX is there for macOS and Linux only")
E = current.load("mlx")
STEPS = 20


@pytest.fixture(autouse=True)
def _in_force():
    with current.using("mlx"):
        yield


def note_network():
    """The study note's: 784 pixels, 10 digits."""
    return Sequential(
        [
            layers.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def convolutional_network():
    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def recurrent_network():
    return Sequential(
        [
            layers.Input((28, 28)),
            layers.LSTM(12, return_sequences=True),
            layers.GRU(12),
            layers.Dense(10, activation="softmax"),
        ]
    )


NETWORKS = {
    "the note's": (note_network, (784,), "rmsprop"),
    "convolutional": (convolutional_network, (28, 28, 1), "adam"),
    "recurrent": (recurrent_network, (28, 28), "adam"),
}


def losses_of(engine, name, policy="float32"):
    """Train for `STEPS` steps from one seed; return the loss of each."""
    make, shape, optimizer = NETWORKS[name]
    rng = np.random.default_rng(0)
    x = rng.random((STEPS, 32, *shape), "float32")
    y = rng.integers(0, 10, (STEPS, 32))
    with current.using(engine):
        lamina.utils.set_random_seed(3)
        lamina.config.set_dtype_policy(policy)
        try:
            model = make()
        finally:
            lamina.config.set_dtype_policy(None)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return [float(model.train_on_batch(*batch)) for batch in zip(x, y, strict=True)]


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_train_as_on_jax(name):
    found = losses_of("mlx", name)
    np.testing.assert_allclose(found, losses_of("jax", name), rtol=1e-5)
    assert len(set(found)) == STEPS


def test_half_precision_trains_close_to_single():
    half, single = losses_of("mlx", "the note's", "mixed_bfloat16"), losses_of("mlx", "the note's")
    np.testing.assert_allclose(half, single, rtol=0.05)
    assert half != single


def test_fit_evaluate_and_predict_are_those_of_jax():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(70, 6)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    results = []
    for engine in ("mlx", "jax"):
        with current.using(engine):
            lamina.utils.set_random_seed(1)
            model = Sequential([layers.Dense(8, activation="tanh"), layers.Dense(1, "sigmoid")])
            model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
            history = model.fit(x, y, 16, epochs=2, validation_split=0.2, verbose=0).history
            evaluated = model.evaluate(x, y, verbose=0)
            results.append([*history.values(), evaluated, model.predict(x, verbose=0).ravel()])
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("other", ["jax", "torch"])
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_files_of_other_engines_are_read(tmp_path, other, suffix):
    path = tmp_path / f"model{suffix}"
    x = np.random.default_rng(0).random((3, 28, 28, 1), "float32")
    with current.using(other):
        model = convolutional_network()
        expected = model.predict(x, verbose=0)
        model.save(path) if suffix == ".keras" else model.save_weights(path)
    if suffix == ".keras":
        loaded = lamina.models.load_model(path)
    else:
        loaded = convolutional_network()
        loaded.load_weights(path)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-7)


def test_weights_stay_when_engines_change():
    model = Sequential([layers.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3), "float32"), np.zeros((4, 2), "float32")
    model.train_on_batch(x, y)
    expected = x @ model.layers[0].kernel.numpy() + model.layers[0].bias.numpy()
    for name in ("jax", "mlx", "torch", "mlx"):
        with current.using(name):
            np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)
    with current.using("jax"):
        model.train_on_batch(x, y)
    assert not np.allclose(model.predict(x, verbose=0), expected)


def test_it_is_never_chosen_by_itself(monkeypatch):
    for variable in ("LAMINA_BACKEND", "KERAS_BACKEND"):
        monkeypatch.delenv(variable, raising=False)
    assert current.default_name() != "mlx"
    assert current.available().index("mlx") > current.available().index("numpy")


def test_variables_keep_no_graph_and_serve_other_threads():
    """MLX computes an array in the thread in which it was made, when somebody reads it."""
    variable, seen = lamina.Variable(np.ones(3, "float32")), []
    variable.assign(ops.add(variable, 1.0))
    thread = threading.Thread(target=lambda: seen.append(E.to_numpy(E.add(variable.value, 1.0))))
    thread.start()
    thread.join()
    assert seen[0].tolist() == [3, 3, 3]


def test_slices_without_elements_do_not_end_the_process():
    """MLX itself divides by zero there."""
    x, places = E.full((3, 0), 1.0, "float32"), E.asarray(np.zeros((2, 1), "int32"))
    updates = E.full((2, 0), 1.0, "float32")
    for result in (
        E.take(x, E.asarray([0, 1]), 0),
        E.scatter_add(x, places, updates),
        E.scatter_set(x, places, updates),
        E.segment(updates, E.asarray([0, 1]), 3, "max"),
    ):
        assert E.to_numpy(result).shape[1] == 0
    nothing = E.conv(
        E.full((1, 4, 0), 1.0, "float32"),
        E.full((2, 0, 2), 1.0, "float32"),
        (1,),
        [(0, 0)],
        (1,),
        1,
    )
    assert not E.to_numpy(nothing).any()


def test_the_users_own_arithmetic_takes_variables_as_arrays():
    """MLX would take a variable without axes for a complex number of Python's, which has no slope."""
    scale = lamina.Variable(3.0)
    value, (slope,) = lamina.autodiff.value_and_grad(
        lambda: ops.sum(mx.array([1.0, 2.0]) * scale), variables=[scale]
    )()
    assert float(value) == 9 and float(slope) == 3
    with pytest.raises(TypeError, match="not a number of Python's"):
        complex(scale)


def test_an_infinite_slope_stays_behind_where():
    def root(values):
        (x,) = values
        return E.sum(E.sqrt(E.where(E.equal(x, 0.0), E.stop_gradient(x), x))), None

    x = E.asarray([0.0, 4.0])
    assert E.to_numpy(E.value_and_grad(root)([x])[1][0]).tolist() == [0.0, 0.25]


def test_second_gradients_of_slopes_by_scipy_are_refused():
    def slope(values):
        run = E.value_and_grad(lambda inner: (E.sum(E.i0(inner[0])), None))
        return E.sum(run(values)[1][0]), None

    with pytest.raises(NotImplementedError, match="no gradient of the gradient of i0"):
        E.value_and_grad(slope)([E.asarray([1.0])])


def test_a_cast_to_integers_is_flat():
    def fn(values):
        whole = E.cast(E.cast(values[0], "int32"), "float32")
        return E.sum(E.multiply(whole, values[0])), None

    (slope,) = E.value_and_grad(fn)([E.asarray([2.5])])[1]
    assert E.to_numpy(slope).tolist() == [2.0]


def test_what_the_host_computes_says_so_in_mlx_own_programs():
    with pytest.raises(MissingCapabilityError, match="`cholesky` only where arrays have values"):
        mx.compile(E.cholesky)(mx.eye(2))


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: E.abs(E.eig(x)[0]),
        lambda x: E.svd(x, True)[0],
        lambda x: E.qr(E.getitem(x, slice(0, 1)), "reduced")[0],
    ],
    ids=["eig", "svd", "qr"],
)
def test_a_gradient_that_is_not_there_is_refused_by_name(compute, request):
    name = request.node.callspec.id
    with pytest.raises(NotImplementedError, match=f"'mlx' has no gradient of {name}"):
        E.value_and_grad(lambda values: (E.sum(compute(values[0])), None))([mx.eye(2)])


def test_dtypes_that_mlx_lacks():
    assert E.dtype(E.asarray(np.zeros(2))) == "float32"
    assert E.dtype(E.asarray(np.zeros(2, "complex128"))) == "complex64"
    with pytest.raises(TypeError, match="no 'float8_e4m3fn', which jax, torch"):
        E.cast(E.asarray([1.0]), "float8_e4m3fn")
