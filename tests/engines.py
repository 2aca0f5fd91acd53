"""The engines on which every test runs; others have the contract's tests, and tests of their own."""

from lamina.testing.contract import engines

ENGINES = ("jax", "torch", "tensorflow", "numpy")


def engines_under_test() -> list[str]:
    """Return those that `LAMINA_TEST_ENGINES` names, else the four."""
    return engines.engines_under_test(ENGINES)
