"""Initial values: their laws, their seeds, and that every engine gets the same bits."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lamina import initializers, ops
from lamina.core import registry, seeds
from lamina.core.registry import custom_object_scope
from lamina.core.variable import Variable
from lamina.engine import current

RANDOM = [
    cls
    for cls in registry.shelves["initializers"].objects.values()
    if issubclass(cls, initializers.initializer.RandomInitializer)
]
DETERMINISTIC = [
    initializers.Zeros,
    initializers.Ones,
    initializers.Constant,
    initializers.Identity,
]


@pytest.mark.parametrize("cls", [*RANDOM, *DETERMINISTIC])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_values_are_bit_identical_on_all_engines(engine, cls, dtype):
    initializer = cls(seed=7) if cls in RANDOM else cls()
    native = initializer((6, 4), dtype)
    assert isinstance(native, engine.array_types)
    assert engine.dtype(native) == dtype
    drawn = initializer.draw((6, 4), dtype)
    assert np.asarray(engine.to_numpy(native)).tobytes() == drawn.tobytes()
    assert Variable(initializer, shape=(6, 4), dtype=dtype).numpy().tobytes() == drawn.tobytes()


@pytest.mark.parametrize("cls", RANDOM)
def test_seeds(cls):
    fixed = cls(seed=3)
    np.testing.assert_array_equal(fixed.draw((5, 4), "float32"), fixed.draw((5, 4), "float32"))
    np.testing.assert_array_equal(
        fixed.draw((5, 4), "float32"), fixed.clone().draw((5, 4), "float32")
    )
    assert not np.array_equal(fixed.draw((5, 4), "float32"), cls(seed=4).draw((5, 4), "float32"))
    free = cls()
    seeds.set_random_seed(1)
    first, second = free.draw((5, 4), "float32"), free.draw((5, 4), "float32")
    assert not np.array_equal(first, second)
    seeds.set_random_seed(1)
    np.testing.assert_array_equal(cls().draw((5, 4), "float32"), first)


def test_a_seed_generator_gives_new_values_each_time(engine):
    one = initializers.RandomNormal(seed=seeds.SeedGenerator(5))
    first, second = one.draw((3,), "float32"), one.draw((3,), "float32")
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(
        initializers.RandomNormal(seed=seeds.SeedGenerator(5)).draw((3,), "float32"), first
    )


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True])
def test_a_wrong_seed_is_refused(seed):
    with pytest.raises(ValueError, match="`seed` must be a non-negative integer"):
        initializers.GlorotUniform(seed=seed)


@pytest.mark.parametrize(
    ("initializer", "shape", "variance"),
    [
        (initializers.GlorotUniform(1), (300, 200), 2 / 500),
        (initializers.GlorotNormal(1), (300, 200), 2 / 500),
        (initializers.HeUniform(1), (300, 200), 2 / 300),
        (initializers.HeNormal(1), (300, 200), 2 / 300),
        (initializers.LecunUniform(1), (300, 200), 1 / 300),
        (initializers.LecunNormal(1), (300, 200), 1 / 300),
        (initializers.HeNormal(1), (3, 3, 64, 128), 2 / (9 * 64)),
        (
            initializers.VarianceScaling(1.0, "fan_out", "untruncated_normal", 1),
            (3, 3, 64, 128),
            1 / (9 * 128),
        ),
        (
            initializers.VarianceScaling(1.0, "fan_in", "uniform", 1, [0, 1], [2]),
            (20, 30, 100),
            1 / 600,
        ),
        (initializers.RandomNormal(1.0, 0.5, 1), (300, 200), 0.25),
        (initializers.RandomUniform(-1.0, 3.0, 1), (300, 200), 16 / 12),
    ],
)
def test_spread(initializer, shape, variance):
    assert np.var(initializer.draw(shape, "float64")) == pytest.approx(variance, rel=0.03)


def test_truncated_normal_stays_within_two_standard_deviations():
    drawn = initializers.TruncatedNormal(1.0, 0.5, seed=1).draw((20000,), "float32")
    assert drawn.min() >= 0 and drawn.max() <= 2
    assert np.std(drawn) == pytest.approx(0.5 * 0.8796, rel=0.03)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 3, 4), (3, 3, 2, 8)])
def test_orthogonal(shape):
    q = initializers.Orthogonal(gain=2.0, seed=1).draw(shape, "float64").reshape(-1, shape[-1])
    product = q @ q.T if q.shape[0] < q.shape[1] else q.T @ q
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_stft_is_the_fourier_transform(engine):
    """As kernels they give what NumPy's real transform gives of the windowed signal."""
    window, signal = np.hamming(10), np.random.default_rng(0).normal(size=10)
    parts = [
        np.asarray(engine.to_numpy(initializers.STFT(side, "hamming", None)((10, 1, 6))))[:, 0]
        for side in ("real", "imag")
    ]
    expected = np.fft.rfft(window * signal)
    np.testing.assert_allclose(signal @ parts[0], expected.real, atol=1e-5)
    np.testing.assert_allclose(signal @ parts[1], expected.imag, atol=1e-5)
    given = initializers.STFT("real", window, "spectrum").draw((10, 1, 6), "float64")
    np.testing.assert_allclose(given[:, 0, 0], window / window.sum())
    for wrong in ({"side": "left"}, {"window": "round"}, {"scaling": "big"}):
        with pytest.raises(ValueError, match=r"STFT: `.*` must be one of"):
            initializers.STFT(**wrong)
    with pytest.raises(ValueError, match=r"the window has shape \(10,\), the kernel's length is 9"):
        initializers.STFT(window=window)((9, 1, 6))
    with pytest.raises(ValueError, match=r"at least 2 frequencies, not of shape \(4, 5\)"):
        initializers.STFT()((4, 5))


def test_errors():
    with pytest.raises(ValueError, match="draws floats, not int32"):
        initializers.RandomNormal()((2,), "int32")
    with pytest.raises(ValueError, match=r"2 axes, not \(2, 3, 4\)"):
        initializers.Identity()((2, 3, 4))
    with pytest.raises(ValueError, match="at least 2 axes"):
        initializers.Orthogonal()((2,))
    with pytest.raises(ValueError, match="`scale` must be positive"):
        initializers.VarianceScaling(0.0)
    with pytest.raises(ValueError, match="`mode` must be one of"):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(ValueError, match="both `input_axes` and `output_axes`"):
        initializers.GlorotUniform(input_axes=[0])
    with pytest.raises(ValueError, match="Did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")


def test_get():
    assert initializers.get(None) is None
    for name, cls in {
        "uniform": "RandomUniform",
        "normal": "RandomNormal",
        "zero": "Zeros",
        "HeNormal": "HeNormal",
    }.items():
        assert type(initializers.get(name)).__name__ == cls
    assert isinstance(initializers.get(initializers.Zeros), initializers.Zeros)
    np.testing.assert_array_equal(initializers.get(np.ones(2)).draw((2,), "float32"), [1, 1])

    def ramp(shape, dtype=None):
        return ops.arange(shape[0], dtype=dtype)

    assert initializers.get(ramp) is ramp
    assert Variable(ramp, shape=(3,)).numpy().tolist() == [0, 1, 2]


class Sevens(initializers.Initializer):
    """Written as for Keras."""

    def __call__(self, shape, dtype=None):
        return ops.full(shape, 7, dtype)


def test_a_custom_initializer_of_keras_style(engine):
    assert Variable(Sevens(), shape=(2,)).numpy().tolist() == [7, 7]
    with custom_object_scope({"Sevens": Sevens, "zeros": Sevens}):
        assert isinstance(initializers.get("Sevens"), Sevens)
        assert isinstance(initializers.get("zeros"), Sevens)
    with pytest.raises(NotImplementedError, match="must write `draw"):
        initializers.Initializer()((2,))


def test_getting_by_name_is_quick():
    calls = []
    initializers.get("glorot_uniform")
    sys.setprofile(lambda frame, event, _: calls.append(frame) if event == "call" else None)
    initializers.get("glorot_uniform")
    sys.setprofile(None)
    assert len(calls) <= 5


def test_drawing_asks_no_engine():
    with current.using("numpy"):
        drawn = initializers.GlorotNormal(1).draw((2, 2), "float32")
    assert isinstance(drawn, np.ndarray)
