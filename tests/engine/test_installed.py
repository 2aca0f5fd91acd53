"""Every engine is there: else what needs one would be left out without a word."""

from lamina.engine import current


def test_the_tests_have_every_engine():
    assert {"jax", "mlx", "numpy", "onnx", "pytensor", "tensorflow", "torch"} <= set(
        current.available()
    )
