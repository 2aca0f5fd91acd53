"""What must hold for every layer: one function for each property."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.core import dtypes, masks, tree
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine
from lamina.layers.signatures import facts_of
from tests.layers.case import apply, compiled_call, spread
from tests.layers.cases import CASES


@dataclass
class Subject:
    """A layer, built and called once on an engine, for all that is tested of it there.

    Attributes:
        make: makes another layer with the same arguments, and those given.
        inputs: what it is called on.
        free: axes of the first input that may be unknown, besides the batch.
        mask: `(batch, time)`, if the layer passes one.
        draws: whether its result in training is random.
        custom_objects: what its configuration needs.
    """

    make: Callable[..., Any]
    inputs: Any
    free: tuple[int, ...] = ()
    mask: np.ndarray | None = None
    draws: bool = False
    custom_objects: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        lamina.utils.set_random_seed(1)  # else a relu may be dead by chance
        self._layer = self.make()
        self.outputs = apply(self._layer, self.inputs)
        self._start = self._layer.get_weights()

    @property
    def layer(self) -> Any:
        """The layer, with the weights that it began with."""
        self._layer.set_weights(self._start)
        return self._layer

    def another(self, **options: Any) -> Any:
        """Another such layer with the same weights, built, but not called."""
        layer = self.make(**options)
        spread(layer, layer.build, tree.map_structure(lambda x: x.shape, self.inputs))
        layer.set_weights(self._start)
        return layer


@functools.cache
def subject_of(number: int, backend: str) -> Subject:
    """The layer of a row of `CASES` on the engine in force, `backend`."""
    case = CASES[number]
    return Subject(
        functools.partial(case.layer, lamina.layers),
        case.inputs(),
        free=case.free,
        mask=case.mask() if case.masked else None,
        draws=case.draws,
    )


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


def check_built_from_shapes(subject: Subject) -> None:
    """`build(shape)` makes all the weights: a call makes no more."""
    layer, inputs = subject.make(), subject.inputs
    spread(layer, layer.build, tree.map_structure(lambda x: (None, *x.shape[1:]), inputs))
    assert layer.built
    before = [v.path for v in layer.weights]
    apply(layer, inputs)
    assert [v.path for v in layer.weights] == before
    assert all(path.split("/")[0] == layer.name for path in before)


def check_symbolic(subject: Subject) -> None:
    """A symbolic call knows shape and dtype of the eager one, also with unknown sizes."""
    layer, inputs, outputs = subject.layer, subject.inputs, subject.outputs
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

    for axes in {(0,), (0, *subject.free)}:
        found = apply(layer, tree.map_structure(lambda x, axes=axes: unknown(x, axes), inputs))
        for (shape, dtype), (known, expected) in zip(facts(found), facts(outputs), strict=True):
            assert dtype == expected and len(shape) == len(known)
            assert all(n in (None, m) for n, m in zip(shape, known, strict=True))
            assert shape[0] is None


def check_config(subject: Subject) -> None:
    """The configuration goes through JSON, and makes a layer that computes the same."""
    layer, inputs = subject.layer, subject.inputs
    config = json.loads(json.dumps(lamina.layers.serialize(layer)))
    twin = lamina.layers.deserialize(config, subject.custom_objects)
    assert type(twin) is type(layer)
    assert json.loads(json.dumps(lamina.layers.serialize(twin))) == config
    apply(twin, inputs)
    assert [v.path for v in twin.weights] == [v.path for v in layer.weights]
    twin.set_weights(layer.get_weights())
    for one, other in zip(_numpy(apply(twin, inputs)), _numpy(subject.outputs), strict=True):
        np.testing.assert_array_equal(one, other)


def check_batch_of_one(subject: Subject) -> None:
    """One sample gives the first row of what the batch gives."""
    found = compiled_call(subject.layer)(tree.map_structure(lambda x: x[:1], subject.inputs))
    for one, many in zip(_numpy(found), _numpy(subject.outputs), strict=True):
        np.testing.assert_allclose(one, many[:1], rtol=1e-5, atol=1e-6)


def check_training(subject: Subject) -> None:
    """`training` changes no shape; it makes random layers random, and others not."""
    layer, inputs = subject.layer, subject.inputs
    weights = layer.get_weights()
    call = compiled_call(layer, training=True)
    first = call(inputs)
    layer.set_weights(weights)  # moving averages may tell in the next result
    second = call(inputs)
    assert facts(first) == facts(second) == facts(subject.outputs)
    same = all(np.array_equal(a, b) for a, b in zip(_numpy(first), _numpy(second), strict=True))
    assert same != subject.draws


def check_policies(subject: Subject) -> None:
    """Under other dtype policies a layer computes in their dtypes, and close to what float32 gives.

    Where the engine has no float64 (JAX, unless enabled), it is float32 there, in every place alike.
    """
    widest = engine().dtype(engine().asarray(np.zeros(1)))
    for policy, held, computed, rtol, atol in (
        ("mixed_bfloat16", "float32", "bfloat16", 0.1, 0.05),
        ("float64", widest, widest, 1e-5, 1e-5),
    ):
        layer = subject.another(dtype=policy)
        found = compiled_call(layer)(subject.inputs)
        assert all(_dtype(v.value) == held for v in layer.trainable_weights), policy
        symbols = tree.map_structure(lambda x: KerasTensor(x.shape, _dtype(x)), subject.inputs)
        assert facts(apply(layer, symbols)) == facts(found)
        for a, b in zip(tree.flatten(found), tree.flatten(subject.outputs), strict=True):
            assert _dtype(a) == computed or _dtype(b) != "float32", policy
            a, b = (lamina.ops.convert_to_numpy(lamina.ops.cast(x, widest)) for x in (a, b))
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol * max(1.0, np.abs(b).max()))


def check_mask(subject: Subject) -> None:
    """A mask that comes with the input is used as if it were given, and passes if time stays."""
    layer, inputs, mask = subject.layer, subject.inputs, subject.mask
    x = engine().asarray(np.copy(inputs))  # the mask goes with it, not with the inputs
    masks.set_mask(x, engine().asarray(mask))
    with engine().no_grad():  # PyTorch has another kernel where a tensor's gradients are recorded
        found = layer(x)
        if facts_of(type(layer)).takes_mask:
            expected = apply(layer, inputs, mask=mask)
            for one, other in zip(_numpy(found), _numpy(expected), strict=True):
                np.testing.assert_array_equal(one, other)
    first = tree.flatten(found)[0]
    passed = masks.get_mask(first)
    if len(first.shape) == 3 and first.shape[1] == mask.shape[1]:
        np.testing.assert_array_equal(lamina.ops.convert_to_numpy(passed), mask)
    else:
        assert passed is None


class _Alone(lamina.Model):
    """A layer as a model, with weights of its own before it: what is added to each float input."""

    def __init__(self, layer: Any, inputs: Any):
        super().__init__()
        self.layer = layer
        self.shifts = [
            self.add_weight(x.shape[1:], "zeros", name=f"shift_{i}")
            for i, x in enumerate(tree.flatten(inputs))
            if x.dtype.kind == "f"
        ]

    def call(self, inputs: Any, training: bool = False) -> Any:
        if self.shifts:
            moved = map(lamina.ops.add, tree.flatten(inputs), self.shifts)
            inputs = tree.pack_like(inputs, list(moved))
        found = tree.flatten(apply(self.layer, inputs, training=training))
        return found[0] if len(found) == 1 else found


def _weighted(factors: Any, outputs: Any) -> Any:
    """A loss that is linear in the outputs, for each of their elements."""
    return factors * outputs


def check_step(subject: Subject) -> None:
    """A training step moves every weight, and what is before the layer; keys and averages go on.

    With a learning rate of 1, a weight's move is its gradient. On an engine without gradients the
    same loss is evaluated.
    """
    layer, inputs = subject.another(), subject.inputs
    model = _Alone(layer, inputs)
    shapes = [tuple(x.shape) for x in tree.flatten(subject.outputs)]
    factors = [draw(shape, 3 + i) for i, shape in enumerate(shapes)]
    model.compile(lamina.optimizers.SGD(1.0), _weighted)
    y = factors[0] if len(factors) == 1 else factors
    if "differentiates" not in engine().capabilities:
        found = model.evaluate(inputs, y, verbose=0)
        wanted = model.compute_loss(inputs, y, model(inputs), training=False)
        np.testing.assert_allclose(np.ravel(found)[0], wanted, rtol=1e-5, atol=1e-6)
        return
    apply(model, inputs)  # builds it
    before = [v.numpy() for v in model.trainable_variables]
    kept = [v.numpy() for v in layer.non_trainable_variables]
    if kept:
        compiled_call(layer, training=True)(inputs)
    after = [v.numpy() for v in layer.non_trainable_variables]
    for variable, value in zip(layer.non_trainable_variables, kept, strict=True):
        variable.assign(value)
    model.train_on_batch(inputs, y)
    for variable, old in zip(model.trainable_variables, before, strict=True):
        gradient = old - variable.numpy()
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient != 0), f"no gradient reaches {variable.path}"
    moved = False
    for variable, old, new in zip(layer.non_trainable_variables, kept, after, strict=True):
        moved = moved or not np.array_equal(old, new)
        np.testing.assert_allclose(variable.numpy(), new, rtol=1e-5, atol=1e-6)
    assert moved or not subject.draws, "nothing that the layer draws by goes on"


def check_freezing(subject: Subject) -> None:
    """A frozen layer trains nothing, and thaws."""
    layer = subject.another()
    before = [id(v) for v in layer.trainable_variables]
    layer.trainable = False
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_weights) == len(layer.weights)
    layer.trainable = True
    assert [id(v) for v in layer.trainable_variables] == before


# In this order, so that the first failure is the simplest.
PROPERTIES = [
    check_built_from_shapes,
    check_symbolic,
    check_config,
    check_batch_of_one,
    check_policies,
    check_training,
    check_mask,
    check_freezing,
    check_step,
]


def raises_with(error: type[Exception], *parts: str) -> Any:
    """Expect an error whose message holds all the parts, in this order."""
    import re

    return pytest.raises(error, match="(?s)" + ".*".join(re.escape(part) for part in parts))
