"""`loss="auto"`: the loss that goes with the last layer and the targets, and the reason for it.

    two classes       binary crossentropy                one unit, or a yes and no for each unit
    many classes      categorical or sparse crossentropy  one-hot targets, or numbers of classes
    numbers           mean squared error
    label sequences   CTC                                labels and a longer sequence of frames

Sigmoid and softmax outputs are probabilities; a layer without activation gives logits, from which
the crossentropies then begin. Where two losses would do, nothing is guessed: the error lists them.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np

from lamina import layers, losses, ops
from lamina.core.symbolic import KerasTensor
from lamina.feeds.mapped import looked_at
from lamina.layers.layer import Layer

# Functions that pass their input on as it is, or only reshaped; layers say it themselves (`passes_on`).
_PASSING = frozenset({ops.reshape, ops.squeeze, ops.expand_dims, ops.cast})
# Functions and layers that are activations under another name, or under their own.
_ACTIVATIONS = {"Softmax": "softmax", "ReLU": "relu", "exp": "exponential"} | {
    name: name
    for name in ("softmax", "sigmoid", "relu", "tanh", "softplus", "exponential", "linear")
}


class Choice(NamedTuple):
    """A loss and why it was chosen."""

    loss: Any
    reason: str


def last_activation(output: KerasTensor) -> str | None:
    """Return the name of the activation that made a model's output; `None` where that cannot be seen."""
    node, index = output.node, output.index
    if node is None:
        return None
    operation = node.operation
    inner = getattr(operation, "__graph__", None)
    if inner is not None:
        return last_activation(inner.outputs[index])
    if through(node):
        return last_activation(node.inputs[0])
    if isinstance(operation, layers.TimeDistributed):
        operation = operation.layer
    kind = operation if inspect.isfunction(operation) else type(operation)
    if not str(kind.__module__).startswith("lamina."):
        return None  # a layer of the user's own may do anything with what it calls its activation
    if hasattr(operation, "activation"):
        activation = getattr(operation, "activation")  # noqa: B009  pyright thinks of functions
        name = "linear" if activation is None else getattr(activation, "__name__", None)
        return name or type(activation).__name__
    return _ACTIVATIONS.get(kind.__name__)


def through(node: Any) -> bool:
    """Tell whether a call passes its one input on as it is, or only reshaped or partly dropped."""
    operation = node.operation
    if isinstance(operation, layers.TimeDistributed):
        operation = operation.layer
    passes = operation.passes_on if isinstance(operation, Layer) else operation in _PASSING
    return passes and len(node.inputs) == 1


def activations_of(model: Any, count: int) -> list[str | None]:
    """Return the last activation of each output of a model."""
    function = getattr(model, "__graph__", None)
    if function is None or len(function.outputs) != count:
        return [None] * count
    return [last_activation(output) for output in function.outputs]


def choose(name: str, activation: str | None, target: Any, predicted: tuple[Any, ...]) -> Choice:
    """Choose the loss for an output.

    Args:
        name: of the output, for messages.
        activation: what made it; `None` if unknown.
        target: its targets, a NumPy array.
        predicted: its shape, the batch included.

    Raises:
        ValueError: the targets go with no loss, or with several; the message lists them.
    """
    facts = _Facts(name, activation, np.asarray(looked_at(target)), tuple(predicted))
    if facts.same_shape:
        return _for_equal_shapes(facts)
    if facts.lacks_classes:
        return _for_numbers_of_classes(facts)
    if len(facts.predicted) == 3 and facts.target.ndim == 2 and facts.whole:
        return _for_sequences(facts)
    raise facts.error(
        "their shapes go with no loss",
        "Give the targets the output's shape, or numbers of classes without its last axis.",
    )


class _Facts:
    """The visible properties of an output and its targets."""

    def __init__(
        self, name: str, activation: str | None, target: np.ndarray, predicted: tuple[Any, ...]
    ):
        self.name, self.activation, self.target, self.predicted = (
            name,
            activation,
            target,
            predicted,
        )
        true, pred = target.shape[1:], predicted[1:]
        self.units = pred[-1] if pred else 1
        one_less = len(true) == len(pred) - 1 and true == pred[:-1]
        self.same_shape = true == pred or (self.units == 1 and (one_less or true == (*pred, 1)))
        self.lacks_classes = one_less or (true[-1:] == (1,) and true[:-1] == pred[:-1])
        self.whole = target.dtype.kind in "biu" or bool(np.all(target == np.floor(target)))
        self.yes_no = target.dtype.kind == "b" or bool(np.all((target == 0) | (target == 1)))
        rows = target.reshape(-1, target.shape[-1]) if target.ndim > 1 else target[:, None]
        self.shares = self.units > 1 and bool(
            np.all(rows >= 0) and np.allclose(rows.sum(-1), 1.0, atol=1e-3)
        )

    @property
    def logits(self) -> bool:
        return self.activation == "linear"

    def described(self) -> str:
        made = (
            "no activation" if self.logits else f"{self.activation or 'an unknown last activation'}"
        )
        return (
            f"output {self.name!r} (shape {self.predicted}, {made}) and its targets (shape "
            f"{self.target.shape}, {self.target.dtype}, {_range(self.target)})"
        )

    def error(self, problem: str, fix: str) -> ValueError:
        return ValueError(f'loss="auto" cannot choose for {self.described()}: {problem}. {fix}')

    def choice(self, loss: Any, because: str) -> Choice:
        return Choice(loss, f"{self.name}: {_written(loss)}, because {because}")


def _range(target: np.ndarray) -> str:
    if target.size == 0:
        return "none"
    return f"from {target.min():g} to {target.max():g}" if target.dtype.kind != "b" else "yes or no"


def _written(loss: Any) -> str:
    return type(loss).__name__ + (
        "(from_logits=True)" if getattr(loss, "from_logits", False) else ""
    )


def _unseen(facts: _Facts, kind: str) -> ValueError:
    return facts.error(
        "whether these are probabilities or logits cannot be seen",
        f"Give losses.{kind}() for probabilities, or losses.{kind}(from_logits=True).",
    )


def _for_equal_shapes(facts: _Facts) -> Choice:
    if facts.activation == "softmax":
        if facts.units == 1:
            raise facts.error(
                "a softmax over one unit is always 1",
                "Use a sigmoid with losses.BinaryCrossentropy(), or one unit per class.",
            )
        if facts.shares:
            return facts.choice(
                losses.CategoricalCrossentropy(), "the softmax meets one-hot targets"
            )
        raise facts.error(
            "a softmax gives shares that sum to 1, and the targets' do not",
            "For several classes at once use a sigmoid; for numbers no activation.",
        )
    if facts.activation == "sigmoid":
        if facts.target.size and (facts.target.min() < 0 or facts.target.max() > 1):
            raise facts.error(
                "a sigmoid stays between 0 and 1",
                "Write yes and no as 1 and 0; for one class of several use a softmax and a unit for each. "
                "For numbers use a last layer without activation, and losses.MeanSquaredError().",
            )
        if facts.yes_no:
            return facts.choice(losses.BinaryCrossentropy(), "the sigmoid meets labels of 0 and 1")
        raise facts.error(
            "these may be probabilities or numbers",
            "Give losses.BinaryCrossentropy() for the one, losses.MeanSquaredError() for the other.",
        )
    if not facts.yes_no:
        if facts.units > 1 and facts.shares and facts.activation is None:
            raise _unseen(facts, "CategoricalCrossentropy")
        return facts.choice(losses.MeanSquaredError(), "the targets are numbers")
    one_hot = facts.units > 1 and facts.shares
    kind = "CategoricalCrossentropy" if one_hot else "BinaryCrossentropy"
    if facts.activation is None:
        raise _unseen(facts, kind)
    if not facts.logits:
        raise facts.error(
            f"labels of 0 and 1 do not go with {facts.activation}",
            f"Use a {'softmax' if one_hot else 'sigmoid'}, or give losses.MeanSquaredError() or losses.Hinge().",
        )
    what = "one-hot targets" if one_hot else "labels of 0 and 1"
    return facts.choice(
        getattr(losses, kind)(from_logits=True), f"a layer without activation meets {what}"
    )


def _for_numbers_of_classes(facts: _Facts) -> Choice:
    whole = facts.whole and (facts.target.size == 0 or facts.target.min() >= 0)
    if not whole or (facts.target.size and facts.target.max() >= facts.units):
        if len(facts.predicted) == 3 and facts.target.ndim == 2 and whole:
            return _for_sequences(facts)
        raise facts.error(
            f"numbers of {facts.units} classes would be whole, from 0 to {facts.units - 1}",
            "Correct the labels, or give the last layer as many units as a target has numbers.",
        )
    if facts.activation is None:
        raise _unseen(facts, "SparseCategoricalCrossentropy")
    if facts.activation not in ("softmax", "linear"):
        raise facts.error(
            f"numbers of classes do not go with {facts.activation}",
            "Use a softmax, or a layer without activation.",
        )
    source = "a layer without activation" if facts.logits else "the softmax"
    return facts.choice(
        losses.SparseCategoricalCrossentropy(from_logits=facts.logits),
        f"{source} meets numbers of classes",
    )


def _for_sequences(facts: _Facts) -> Choice:
    frames = facts.predicted[1]
    if facts.activation == "softmax":
        raise facts.error(
            "CTC begins from logits", "Leave out the softmax, which the loss computes itself."
        )
    if frames is not None and facts.target.shape[1] > frames:
        raise facts.error(
            f"{facts.target.shape[1]} labels do not fit into {frames} frames",
            "Give more frames or fewer labels.",
        )
    return facts.choice(losses.CTC(), "sequences of labels meet longer sequences of predictions")
