"""An entry of the zoo: a model written once for both libraries, and what it is tried with."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

BATCH, UNKNOWN = 4, 5
STEPS = 5


@dataclass(frozen=True)
class Entry:
    """A model of the zoo.

    Attributes:
        name: of the function.
        make: the function `(k) -> model`; `k` is `keras` or `lamina`.
        integers: inputs of an integer dtype are drawn below it.
        inputs: shapes of the inputs without the batch axis, of a model that has no symbolic ones.
        loss: name of a loss, or a list or dict of them, as `compile` takes it.
        settings: `(k) -> further arguments of compile`; one named `loss` replaces the name.
        draws: whether training is random: then only outputs are compared.
        unlike: engines on which Keras trains it in another way than on others, or cannot: there, too.
        fails: engines on which Keras cannot compute it at all.
        tolerance: of outputs, relative to their scale.
    """

    name: str
    make: Callable[[Any], Any]
    integers: int = 7
    inputs: Any = None
    loss: Any = "mse"
    settings: Callable[[Any], dict[str, Any]] = lambda k: {}
    draws: bool = False
    unlike: str = ""
    fails: str = ""
    tolerance: float = 1e-6

    def compiled(self, k: Any) -> Any:
        """The model, ready to train."""
        model = self.make(k)
        arguments = {"optimizer": k.optimizers.Adam(0.01), "loss": self.loss, **self.settings(k)}
        model.compile(**arguments)
        return model

    def trains_on(self, engine: str) -> bool:
        """Whether Keras' training on `engine` is to be compared."""
        return not self.draws and engine not in self.unlike.split()

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(self.name.encode()))

    def x(self, model: Any) -> Any:
        """A batch of inputs in the structure that the model takes."""
        rng = self.rng()
        if self.inputs is not None:
            return _each(lambda shape: _floats(rng, (BATCH, *shape)), self.inputs, tuple)

        def drawn(tensor: Any) -> np.ndarray:
            shape = [n or (UNKNOWN if i else BATCH) for i, n in enumerate(tensor.shape)]
            if str(tensor.dtype) == "bool":
                return rng.integers(0, 2, shape) > 0
            if "int" in str(tensor.dtype):
                return rng.integers(0, self.integers, shape).astype("int32")
            return _floats(rng, shape).astype(str(tensor.dtype))

        symbolic = model.inputs
        if type(model).__name__ != "Sequential":  # Keras' has no `input`
            symbolic = model.input
        elif len(symbolic) == 1:
            [symbolic] = symbolic
        return _each(drawn, symbolic, type(model.inputs[0]))

    def y(self, outputs: Any) -> Any:
        """Targets that the losses take, for outputs such as `outputs`."""
        rng = self.rng()
        if isinstance(self.loss, str):
            return _each(lambda out: TARGETS[self.loss](rng, out.shape), outputs, np.ndarray)
        if isinstance(self.loss, dict):
            return {n: TARGETS[loss](rng, outputs[n].shape) for n, loss in self.loss.items()}
        pairs = zip(self.loss, outputs, strict=True)
        return [TARGETS[loss](rng, out.shape) for loss, out in pairs]


def _each(fn: Callable, structure: Any, leaf: type) -> Any:
    if isinstance(structure, leaf):
        return fn(structure)
    if isinstance(structure, dict):
        return {name: _each(fn, part, leaf) for name, part in structure.items()}
    return [_each(fn, part, leaf) for part in structure]


def _floats(rng: np.random.Generator, shape: Any) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def _one_hot(rng: np.random.Generator, shape: Any) -> np.ndarray:
    return np.eye(shape[-1], dtype="float32")[rng.integers(0, shape[-1], shape[:-1])]


TARGETS: dict[str, Callable[[np.random.Generator, Any], np.ndarray]] = {
    "mse": _floats,
    "categorical_crossentropy": _one_hot,
    "classes": lambda rng, shape: rng.integers(0, shape[-1], shape[:-1]),
    "one_class": lambda rng, shape: rng.integers(0, 2, shape[:1]),
    "positive": lambda rng, shape: rng.gamma(2.0, size=shape).astype("float32"),
    "signs": lambda rng, shape: 2.0 * rng.integers(0, 2, shape).astype("float32") - 1,
    "yes_no": lambda rng, shape: rng.integers(0, 2, shape).astype("float32"),
    "ctc": lambda rng, shape: rng.integers(1, shape[-1], (shape[0], 2)),
}

TARGETS["binary_crossentropy"] = TARGETS["yes_no"]
TARGETS["sparse_categorical_crossentropy"] = TARGETS["classes"]

ZOO: dict[str, Entry] = {}


def model(**options: Any) -> Callable:
    """Decorate the function that makes a model: it becomes an entry of the zoo."""

    def note(make: Callable) -> Callable:
        assert make.__name__ not in ZOO
        ZOO[make.__name__] = Entry(make.__name__, make, **options)
        return make

    return note


def with_weights(model: Any) -> Any:
    """Give the model weights that only depend on their shapes: such that nothing saturates, statistics near 1."""
    rng = np.random.default_rng(3)
    trained = {id(v) for v in model.trainable_variables}
    values = []
    for v in model.weights:
        inputs = max(1, int(np.prod(v.shape[:-1])))
        drawn = rng.normal(0, 0.7 / inputs**0.5, v.shape)
        values.append(drawn if id(v) in trained else rng.uniform(0.5, 1.5, v.shape))
    model.set_weights([value.astype("float32") for value in values])
    for layer in model.layers:
        if (
            type(layer).__name__ == "Normalization"
        ):  # Keras' keeps tensors that it made of the weights
            layer.finalize_state()
    return model
