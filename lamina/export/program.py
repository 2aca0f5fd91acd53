"""`Program`: a model in inference as a pure function of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lamina.core import tree, variable
from lamina.core.naming import described
from lamina.core.scope import StatelessScope
from lamina.engine.current import engine
from lamina.export.signature import Signature, TensorSpec
from lamina.layers.weights import flatten_layers


class Program:
    """A model in inference; it runs under any engine and changes nothing of the model.

    Args:
        model: that is built.
        signature: of its inputs.
        sample: arrays in the structure of the inputs, of which the first rows serve as samples.

    Raises:
        ValueError: a call changes the model's state, a result has no batch axis, or the sample does not fit.

    Attributes:
        variables: which the model reads; `values`, NumPy arrays, are what they hold.
        samples: inputs, NumPy arrays, of a batch of 1 and of 3; `expected`: the results for them.
        outputs: specs of the results.
        symbols: `(number of the input, axis)` of each axis of unknown size to a name; axes that must have one
            size have one name, `"batch"` or `"n1"`, ...
    """

    def __init__(self, model: Any, signature: Signature, sample: Any = None):
        self.model, self.signature = model, signature
        not_read = {id(v) for v in model.metrics_variables}
        self.variables = [v for v in model.variables if id(v) not in not_read]
        self.values = variable.to_arrays(self.variables)
        self.structure: Any = None  # of the results
        self.symbols = self.__batches()
        self.free = self.__size_of_free_axes()
        self.symbols = self.__all_symbols()
        self.samples = self.__samples(sample)
        self.expected = [self.on_engine(rows) for rows in self.samples]
        self.outputs: list[TensorSpec] = self.__output_specs()

    def __call__(self, values: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """Return the results for native `values` of the variables and `inputs`, flat.

        Raises:
            ValueError: the call changes a variable.
        """
        args, kwargs = self.signature.bind(inputs)
        with (
            StatelessScope(zip(self.variables, values, strict=True), collect_losses=True) as scope,
            engine().no_grad(),
        ):
            outputs = self.model(*args, **kwargs, training=False)
        for changed in scope.written.values():
            raise ValueError(
                f"{described(self.model)}.export: a call changes the variable {changed.path!r}, and an exported "
                "program has no state: it draws no random numbers, and keeps no states of an RNN. Use "
                "stateful=False, or give what is drawn as an input."
            )
        self.structure = tree.map_structure(lambda _: None, outputs)
        return tree.flatten(outputs)

    def native_values(self) -> list[Any]:
        """Return the values of the variables as arrays of the engine in force."""
        e = engine()
        return [e.asarray(x, v.dtype) for x, v in zip(self.values, self.variables, strict=True)]

    def on_engine(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the results, NumPy arrays, as the engine in force computes them."""
        e = engine()
        native = [
            e.asarray(x, spec.dtype) for x, spec in zip(inputs, self.signature.inputs, strict=True)
        ]
        return [np.asarray(e.to_numpy(x)) for x in self(self.native_values(), native)]

    def pack(self, outputs: Sequence[Any]) -> Any:
        """Return flat results in the structure that the model gives them."""
        return tree.pack_like(self.structure, list(outputs))

    def sized(self, **sizes: int) -> list[np.ndarray]:
        """Return inputs in which the axes called so have these sizes; other batches have 1."""
        default = {"batch": 1} | sizes
        return self.signature.samples(
            lambda number, axis: default.get(self.symbols.get((number, axis), ""), self.free)
        )

    def __samples(self, given: Any) -> list[list[np.ndarray]]:
        sizes = (1, 3) if self.signature.batch is None else (self.signature.batch,)
        if given is None:
            return [self.sized(batch=n) for n in sizes]
        arrays = [np.asarray(x) for x in tree.flatten(given)]
        if len(arrays) != len(self.signature.inputs) or not all(x.ndim and len(x) for x in arrays):
            raise ValueError(
                f"{described(self.model)}.export: `sample` must have an array of at least one row for each of the "
                f"{len(self.signature.inputs)} inputs."
            )
        return [[np.resize(x, (n, *x.shape[1:])) for x in arrays] for n in sizes]

    def __batches(self) -> dict[tuple[int, int], str]:
        inputs = self.signature.inputs if self.signature.batch is None else []
        return {(number, 0): "batch" for number in range(len(inputs))}

    def __size_of_free_axes(self) -> int:
        """Return a size with which the model can be called: windows do not fit into every one."""
        small, large = 24, 96
        if not self.signature.free_axes():
            return small
        self.free = small
        return small if self.__takes() else large

    def __takes(self, **sizes: int) -> bool:
        try:
            self.on_engine(self.sized(**sizes))
        except Exception:
            return False
        return True

    def __all_symbols(self) -> dict[tuple[int, int], str]:
        """Name each axis for itself, if the model takes inputs that differ there; else all by their numbers."""
        batches, axes = self.symbols, self.signature.free_axes()
        self.symbols = batches | {at: f"n{number}" for number, at in enumerate(axes)}
        names = [self.symbols[at] for at in axes]
        if len(names) < 2 or all(self.__takes(**{name: self.free + 8}) for name in names):
            return self.symbols
        return batches | {(number, axis): f"n{axis}" for number, axis in axes}

    def __output_specs(self) -> list[TensorSpec]:
        """Return names (keys of a dict, else `output_0`, ...), shapes and dtypes of the results.

        Raises:
            ValueError: a result has no batch axis.
        """
        specs = []
        for number, path in enumerate(tree.paths(self.structure)):
            name = "_".join(part for part in path if isinstance(part, str)) or f"output_{number}"
            shapes = [results[number].shape for results in self.expected]
            if any(
                shape[:1] != (len(x[0]),) for x, shape in zip(self.samples, shapes, strict=True)
            ):
                raise ValueError(
                    f"{described(self.model)}.export: the first axis of output {name!r} is not the batch: its shapes "
                    f"are {shapes} for batches of {[len(x[0]) for x in self.samples]}. Return one result per sample."
                )
            shape = (self.signature.batch, *shapes[-1][1:])
            specs.append(TensorSpec(name, shape, self.expected[-1][number].dtype.name))
        return self.__with_free_axes(specs) if self.signature.free_axes() else specs

    def __with_free_axes(self, specs: list[TensorSpec]) -> list[TensorSpec]:
        """Return the specs with `None` for sizes that follow those of the inputs."""
        names = {name: self.free + 8 for name in self.symbols.values() if name != "batch"}
        before, after = (self.on_engine(self.sized(**sizes)) for sizes in ({}, names))
        return [
            replace(spec, shape=(spec.shape[0], *map(_if_equal, x.shape[1:], y.shape[1:])))
            for spec, x, y in zip(specs, before, after, strict=True)
        ]


def _if_equal(x: int, y: int) -> int | None:
    return x if x == y else None


def refuse_host_layers(model: Any) -> None:
    """Raise ValueError if a layer of the model works on the host."""
    for layer in flatten_layers(model):
        if getattr(layer, "runs_on_host", False):
            raise ValueError(
                f"{described(model)}.export: {described(layer)} at {layer.path!r} works on the host, with texts or "
                "tables, and is not part of an exported program. Export the part behind it, "
                "Model(numbers, outputs), and call the layer where the program is called."
            )
