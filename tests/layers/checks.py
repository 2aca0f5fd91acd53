"""What must hold for every layer, as one function that takes the layer through it all."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.core import dtypes, masks, tree
from lamina.core.scope import StatelessScope
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine
from tests.layers.case import apply, spread


def check_layer(
    layer_class: type,
    kwargs: dict[str, Any] | None = None,
    input_shape: Any = None,
    *,
    inputs: Any = None,
    free: tuple[int, ...] = (),
    mask: np.ndarray | None = None,
    draws: bool = False,
    custom_objects: dict[str, Any] | None = None,
) -> Any:
    """Take a layer through building, symbolic and eager calls, configuration, dtypes and gradients.

    Args:
        layer_class: the class, or a function that makes the layer.
        input_shape: with the batch axis; a list of shapes for a list of inputs.
        inputs: instead of normal draws of that shape.
        free: axes of the first input that may be unknown, besides the batch.
        mask: `(batch, time)`, if the layer passes one.
        draws: whether its result in training is random.

    Returns:
        The layer, built and called.
    """
    kwargs = kwargs or {}
    if inputs is None:
        inputs = draw(input_shape)
    layer = layer_class(**kwargs)
    check_built_from_shapes(layer_class(**kwargs), inputs)
    outputs = apply(layer, inputs)
    check_symbolic(layer, inputs, outputs, free)
    check_config(layer, inputs, outputs, custom_objects)
    check_batch_of_one(layer, inputs, outputs)
    check_training(layer, inputs, draws)
    check_half(layer_class, kwargs, inputs)
    if mask is not None:
        check_mask(layer, inputs, mask)
    if engine().differentiable:
        check_gradients(layer, inputs)
    check_freezing(layer)
    return layer


def draw(shape: Any, seed: int = 0) -> Any:
    """Normal draws of a shape, or of each of a list of shapes."""
    if isinstance(shape, list):
        return [draw(one, seed + i) for i, one in enumerate(shape)]
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def facts(x: Any) -> Any:
    """Shape and dtype of each tensor in a tree."""
    return [(tuple(leaf.shape), _dtype(leaf)) for leaf in tree.flatten(x)]


def _dtype(x: Any) -> str:
    return dtypes.standardize(x.dtype)


def _numpy(x: Any) -> list[np.ndarray]:
    return [lamina.ops.convert_to_numpy(leaf) for leaf in tree.flatten(x)]


def check_built_from_shapes(layer: Any, inputs: Any) -> None:
    """`build(shape)` makes all the weights: a call makes no more."""
    spread(layer, layer.build, tree.map_structure(lambda x: (None, *x.shape[1:]), inputs))
    assert layer.built
    before = [v.path for v in layer.weights]
    apply(layer, inputs)
    assert [v.path for v in layer.weights] == before
    assert all(path.split("/")[0] == layer.name for path in before)


def check_symbolic(layer: Any, inputs: Any, outputs: Any, free: tuple[int, ...]) -> None:
    """A symbolic call knows shape and dtype of the eager one, also with unknown sizes."""
    exact = apply(layer, tree.map_structure(lambda x: KerasTensor(x.shape, _dtype(x)), inputs))
    assert facts(exact) == facts(outputs)
    assert (
        spread(
            layer,
            layer.compute_output_shape,
            tree.map_structure(lambda x: tuple(x.shape), inputs),
        )
        is not None
    )

    def unknown(x: Any, axes: tuple[int, ...]) -> KerasTensor:
        sizes = [None if axis in axes else n for axis, n in enumerate(x.shape)]
        return KerasTensor(sizes, _dtype(x))

    for axes in ((0,), (0, *free)):
        found = apply(layer, tree.map_structure(lambda x, axes=axes: unknown(x, axes), inputs))
        for (shape, dtype), (known, expected) in zip(facts(found), facts(outputs), strict=True):
            assert dtype == expected and len(shape) == len(known)
            assert all(n in (None, m) for n, m in zip(shape, known, strict=True))
            assert shape[0] is None


def check_config(layer: Any, inputs: Any, outputs: Any, custom_objects: Any) -> None:
    """The configuration goes through JSON, and makes a layer that computes the same."""
    config = json.loads(json.dumps(lamina.layers.serialize(layer)))
    twin = lamina.layers.deserialize(config, custom_objects)
    assert type(twin) is type(layer)
    assert json.loads(json.dumps(lamina.layers.serialize(twin))) == config
    apply(twin, inputs)
    assert [v.path for v in twin.weights] == [v.path for v in layer.weights]
    twin.set_weights(layer.get_weights())
    for one, other in zip(_numpy(apply(twin, inputs)), _numpy(outputs), strict=True):
        np.testing.assert_array_equal(one, other)


def check_batch_of_one(layer: Any, inputs: Any, outputs: Any) -> None:
    """One sample gives the first row of what the batch gives."""
    found = apply(layer, tree.map_structure(lambda x: x[:1], inputs))
    for one, many in zip(_numpy(found), _numpy(outputs), strict=True):
        np.testing.assert_allclose(one, many[:1], rtol=1e-5, atol=1e-6)


def check_training(layer: Any, inputs: Any, draws: bool) -> None:
    """`training` changes no shape; it makes random layers random, and others not."""
    first, second = (apply(layer, inputs, training=True) for _ in range(2))
    assert facts(first) == facts(second) == facts(apply(layer, inputs))
    same = all(np.array_equal(a, b) for a, b in zip(_numpy(first), _numpy(second), strict=True))
    assert same != draws


def check_half(layer_class: Any, kwargs: dict[str, Any], inputs: Any) -> None:
    """Under mixed_bfloat16 weights are float32, and float outputs bfloat16 close to float32's."""
    plain, mixed = layer_class(**kwargs), layer_class(**kwargs, dtype="mixed_bfloat16")
    wanted = apply(plain, inputs)
    apply(mixed, inputs)
    mixed.set_weights(plain.get_weights())
    found = apply(mixed, inputs)
    assert all(v.dtype == "float32" for v in mixed.trainable_weights)
    symbolic = apply(mixed, tree.map_structure(lambda x: KerasTensor(x.shape, _dtype(x)), inputs))
    assert facts(symbolic) == facts(found)
    for a, b in zip(tree.flatten(found), tree.flatten(wanted), strict=True):
        assert _dtype(a) == "bfloat16" or _dtype(b) != "float32"
        a, b = (lamina.ops.convert_to_numpy(lamina.ops.cast(x, "float32")) for x in (a, b))
        np.testing.assert_allclose(a, b, rtol=0.1, atol=0.05 * max(1.0, np.abs(b).max()))


def check_mask(layer: Any, inputs: Any, mask: np.ndarray) -> None:
    """A mask that comes with the input is used as if it were given, and passes if time stays."""
    x = engine().asarray(inputs)
    masks.set_mask(x, engine().asarray(mask))
    found = layer(x)
    if layer._facts.takes_mask:
        for one, other in zip(_numpy(found), _numpy(apply(layer, inputs, mask=mask)), strict=True):
            np.testing.assert_array_equal(one, other)
    first = tree.flatten(found)[0]
    passed = masks.get_mask(first)
    if len(first.shape) == 3 and first.shape[1] == mask.shape[1]:
        np.testing.assert_array_equal(lamina.ops.convert_to_numpy(passed), mask)
    else:
        assert passed is None


def check_gradients(layer: Any, inputs: Any) -> None:
    """A gradient, finite and not all zero, reaches every trainable weight."""
    trained = layer.trainable_variables
    if not trained:
        return
    factors = [draw(tuple(x.shape), 3) for x in tree.flatten(apply(layer, inputs))]

    def loss(values: list) -> tuple[Any, None]:
        with StatelessScope(zip(trained, values, strict=True)):
            found = tree.flatten(apply(layer, inputs, training=True))
        terms = [
            lamina.ops.sum(x * f)
            for x, f in zip(found, map(engine().asarray, factors), strict=True)
        ]
        return sum(terms[1:], terms[0]), None

    _, gradients = engine().value_and_grad(loss)([v.value for v in trained])
    for variable, gradient in zip(trained, _numpy(list(gradients)), strict=True):
        assert gradient.shape == variable.shape
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient != 0), f"no gradient reaches {variable.path}"


def check_freezing(layer: Any) -> None:
    """A frozen layer trains nothing, and thaws."""
    before = [id(v) for v in layer.trainable_variables]
    layer.trainable = False
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_weights) == len(layer.weights)
    layer.trainable = True
    assert [id(v) for v in layer.trainable_variables] == before


def raises_with(error: type[Exception], *parts: str) -> Any:
    """Expect an error whose message holds all the parts, in this order."""
    import re

    return pytest.raises(error, match="(?s)" + ".*".join(re.escape(part) for part in parts))
