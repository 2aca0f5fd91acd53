"""The facts that checks look at: the model, its inputs and outputs, and the plan of `fit`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.sparse_rows import SparseRows, some_rows
from lamina.feeds.mapped import looked_at
from lamina.layers.layer import Layer
from lamina.layers.weights import flatten_layers
from lamina.losses.facts import Takes
from lamina.training.choosing import activations_of, through

# A sample has at most so many rows and numbers: looking at it takes a fraction of a millisecond.
_ROWS, _NUMBERS = 2000, 150_000


@dataclass
class Array:
    """An array and some of its rows."""

    where: str
    values: np.ndarray

    @cached_property
    def sample(self) -> np.ndarray:
        """Rows from all of it, evenly; floats are float32 or wider."""
        values = self.values
        numbers = max(1, int(np.prod(values.shape[1:])))
        rows = min(_ROWS, max(32, _NUMBERS // numbers))
        found = values[:: max(1, -(-len(values) // rows))]
        return found.astype("float32") if found.dtype.kind not in "biuf" else found

    @cached_property
    def finite(self) -> np.ndarray:
        """The finite numbers of the sample, flat."""
        flat = self.sample.reshape(-1)
        return flat if flat.dtype.kind in "biu" else flat[np.isfinite(flat)]

    @property
    def whole(self) -> bool:
        """Tell whether the sample holds whole numbers only."""
        return self.finite.dtype.kind in "biu" or bool(np.all(self.finite == np.floor(self.finite)))

    def is_constant(self) -> bool:
        """Tell whether all rows are alike; the sample only gives the suspicion."""
        sample = self.sample
        if len(sample) < 2 or np.any(sample[0] != sample[-1]) or np.any(sample != sample[:1]):
            return False
        return not np.any(self.values != self.values[:1])


@dataclass
class Output:
    """An output with its loss, its targets and what made it."""

    name: str
    index: int
    loss: Any
    activation: str | None
    shape: tuple[Any, ...]
    target: Array | None
    several: bool

    @property
    def where(self) -> str:
        """The output, for messages."""
        return f"Output {self.name!r}"

    @cached_property
    def takes(self) -> Takes:
        """The facts that the loss states; empty words if it states none."""
        takes = getattr(self.loss, "takes", None) or Takes("", "")
        # Rows of one number per class where numbers of classes would do, too.
        rows = self.target is not None and self.target.values.shape[1:] == self.shape[1:]
        if takes.targets == "classes" and rows and self.units not in (None, 1):
            return takes._replace(targets="one_hot")
        return takes

    @property
    def fn(self) -> Any:
        """The function of the loss; the loss itself if it is not made of one."""
        return getattr(self.loss, "fn", self.loss)

    @property
    def from_logits(self) -> bool:
        """Tell whether the loss takes logits."""
        return bool(getattr(self.loss, "from_logits", False))

    @property
    def axis(self) -> int:
        """The axis of the classes."""
        return getattr(self.loss, "axis", -1)

    @property
    def units(self) -> Any:
        """The size of the last axis."""
        return self.shape[-1] if len(self.shape) > 1 else 1

    def loss_name(self) -> str:
        """The loss, for messages."""
        name = getattr(self.fn, "__name__", None) or type(self.fn).__name__
        return f"{name}(from_logits=True)" if self.from_logits else name


class Facts:
    """The model and its data as a step will see them.

    Args:
        model: prepared for these data.
        x, y, sample_weight: trees of NumPy arrays; of x and y in files some rows are looked at.
        what: before names of arguments: `"validation "`, or nothing.
        plan: what `fit` is to do; `None` outside of it.
    """

    def __init__(
        self, model: Any, x: Any, y: Any, sample_weight: Any, what: str = "", plan: Any = None
    ):
        self.model, self.sample_weight = model, sample_weight
        self._given = x, y
        self.compiled = model.__compiled__
        self.what, self.plan = what, plan

    @cached_property
    def _some(self) -> Any:
        return some_rows(looked_at(self._given))  # the checks never read a whole file

    @cached_property
    def x(self) -> Any:
        """Inputs, of those in files some rows."""
        return self._some[0]

    @cached_property
    def y(self) -> Any:
        """Targets, of those in files some rows."""
        return self._some[1]

    @cached_property
    def inputs(self) -> list[Array]:
        """The leaves of `x`."""
        return self._arrays(self.x, "x")

    @cached_property
    def targets(self) -> list[Array]:
        """The leaves of `y`."""
        return self._arrays(self.y, "y")

    def _arrays(self, data: Any, name: str) -> list[Array]:
        leaves = tree.flatten(data)
        return [
            Array(f"`{self.what}{name}`" if len(leaves) == 1 else f"`{self.what}{name}[{i}]`", leaf)
            for i, leaf in enumerate(leaves)
            if isinstance(leaf, np.ndarray)
        ]

    @cached_property
    def samples(self) -> int:
        """The number of samples, whether all or some of them are looked at."""
        kinds = (np.ndarray, SparseRows)
        arrays = (leaf for leaf in tree.flatten(self._given[0]) if isinstance(leaf, kinds))
        return len(next(arrays, ()))

    @cached_property
    def outputs(self) -> list[Output]:
        """The model's outputs; none where no loss was compiled or nothing is to be compared."""
        model = self.model
        outputs, losses = self.compiled.outputs, self.compiled.loss
        if outputs is None or losses is None or self.y is None:
            return []
        if not self.compiled.predicted:  # a step of the user's own, which was not looked into
            return []
        several = len(outputs) > 1
        parts = zip(
            outputs.names,
            losses.losses,
            activations_of(model, len(outputs)),
            self.compiled.predicted,
            outputs.flatten(self.y),
            strict=True,
        )
        found = []
        for i, (name, loss, activation, prediction, y) in enumerate(parts):
            where = f"`{self.what}y`" + (f" of output {name!r}" if several else "")
            target = Array(where, y) if isinstance(y, np.ndarray) else None
            found.append(
                Output(name, i, loss, activation, tuple(prediction.shape), target, several)
            )
        return found

    def with_targets(self) -> Iterator[tuple[Output, Array]]:
        """Outputs that have a loss and targets."""
        for output in self.outputs:
            if output.loss is not None and output.target is not None and len(output.target.values):
                yield output, output.target

    @cached_property
    def graph(self) -> Any:
        """What a functional model was made of; `None` of another."""
        return getattr(self.model, "__graph__", None)

    @property
    def nodes(self) -> list[Any]:
        """The calls of a functional model, in order; none of another."""
        return self.graph.nodes if self.graph is not None else []

    @cached_property
    def layers(self) -> list[Layer]:
        """All layers, those within layers included."""
        return flatten_layers(self.model)

    def first_layers(self, number: int) -> list[Any]:
        """List the first calls that use input `number` of a functional model, but for those that only reshape it."""
        if self.graph is None or number >= len(self.graph.inputs):
            return []
        known, found = {id(self.graph.inputs[number])}, []
        for node in self.nodes:
            if any(id(x) in known for x in node.inputs):
                if through(node):
                    known.update(id(x) for x in tree.flatten(node.outputs))
                else:
                    found.append(node.operation)
        return found
