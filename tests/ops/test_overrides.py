"""What an engine does in a way of its own is what the op's definition says: values and gradients."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest

from lamina import ops
from lamina.core import tree
from tests.ops.rows import CASES, namespace
from tests.ops.test_gradients import filled, is_float, smooth_cases, weighted

# Overrides of what is not a public op itself, and the op that calls it.
CALLED_BY = {
    "attend": "dot_product_attention",
    "cut": "split",
    "layer_norm": "layer_normalization",
    "sparse_crossentropy": "sparse_categorical_crossentropy",
    "update_block": "slice_update",
    "warp": "affine_transform",
}
# Read at a pixel's own place, as the rows do, an image has a gradient for each side of it.
OF_TWO_SIDES = {"affine_transform"}
OF_OPTIMIZERS = {
    "each",
    "lerp",
    "adam",
}  # no ops; every optimizer's steps are compared on every engine
OF_LAYERS = {
    "lstm",
    "gru",
    "batch_norm",
    "affine",
}  # no ops; test_whole_sequence.py, test_batch_normalization.py and `Dense`'s cases in tests/layers hold them
OF_SPARSE = {"rows_matmul"}  # tests/ops/test_sparse.py holds it to the definition
OF_IMAGES = {"fused"}  # how ops of images run; their rows and the layers' cases hold the results
OF_GENERATORS = {"write_block"}  # `update_block` on an array that nobody else holds
OF_FUNCTIONS = {
    "jvp",
    "vjp",
}  # they have no rows; tests/core/test_autodiff.py holds them to the definition


def public(name: str) -> str:
    return CALLED_BY.get(name, name)


def overridden(engine: Any) -> list[str]:
    others = OF_OPTIMIZERS | OF_LAYERS | OF_FUNCTIONS | OF_GENERATORS | OF_IMAGES | OF_SPARSE
    return [public(name) for name in engine.overrides if name not in others]


def test_every_override_is_of_an_op_with_cases(engine):
    assert set(overridden(engine)) <= set(CASES)


def test_every_override_that_an_engine_defines_is_at_work(engine):
    """A module that is not in the engine's list is never asked."""
    package = importlib.import_module(f"lamina.engine.{engine.name}")
    names = [f"{package.__name__}.{part.name}" for part in pkgutil.iter_modules(package.__path__)]
    defined = [getattr(importlib.import_module(name), "overrides", {}) for name in names]
    assert {key for overrides in defined for key in overrides} == engine.overrides.keys()


def both_ways(monkeypatch: pytest.MonkeyPatch, engine: Any, run: Any) -> tuple[Any, Any]:
    """What `run()` gives with the engine's overrides, and by the definitions only."""
    own = run()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "overrides", {})
        return own, run()


def assert_alike(name: str, own: Any, defined: Any) -> None:
    for one, other in zip(tree.flatten(own), tree.flatten(defined), strict=True):
        one, other = (np.asarray(ops.convert_to_numpy(x)) for x in (one, other))
        assert one.dtype == other.dtype, name
        tolerance = 3e-3 if one.dtype.name == "float16" else 2e-5
        one, other = one.astype("float64"), other.astype("float64")
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance, err_msg=name)


def test_values_are_those_of_the_definition(engine, monkeypatch):
    for name in overridden(engine):
        call = getattr(namespace(name, ops), name)
        for args, kwargs in CASES[name]:
            run = lambda call=call, args=args, kwargs=kwargs: call(*args, **kwargs)  # noqa: E731
            assert_alike(name, *both_ways(monkeypatch, engine, run))


def test_gradients_are_those_of_the_definition(trains, monkeypatch):
    for name in set(overridden(trains)) - OF_TWO_SIDES:
        for args, kwargs in smooth_cases(name):
            values = [trains.asarray(x) for x in tree.flatten(args) if is_float(x)]

            def objective(
                new: list, name: str = name, args: Any = args, kwargs: Any = kwargs
            ) -> Any:
                return weighted(name, filled(args, new), kwargs, wide=False), None

            run = lambda f=objective, values=values: trains.value_and_grad(f)(values)[1]  # noqa: E731
            assert_alike(name, *both_ways(monkeypatch, trains, run))


@pytest.mark.parametrize("fill_mode", ["constant", "reflect"])
def test_gradients_of_a_warp_between_pixels_are_those_of_the_definition(
    trains, monkeypatch, fill_mode
):
    """By the images and by the map, where the image bends nowhere."""
    images = trains.asarray(np.random.default_rng(0).random((2, 5, 6, 2), "float32"))
    turned = np.array([[0.9137, 0.2113, 0.3071, -0.1719, 1.1173, 0.4127, 0, 0]] * 2, "float32")
    transform = trains.asarray(turned)

    def objective(values: list) -> Any:
        warped = ops.image.affine_transform(*values, fill_mode=fill_mode)
        return ops.sum(ops.square(warped)), None

    run = lambda: trains.value_and_grad(objective)([images, transform])[1]  # noqa: E731
    assert_alike("affine_transform", *both_ways(monkeypatch, trains, run))
