"""Checks of layers: what surely learns worse than was meant."""

import difflib
import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina import initializers
from lamina.initializers.initializer import Initializer
from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding, error, hint, warning
from lamina.training.choosing import last_activation

_DROPS = {"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"}
_DRAWS = _DROPS | {"SpatialDropout1D", "SpatialDropout2D"}
_SQUASH = ("softmax", "sigmoid")


def _kind(operation: Any) -> str:
    return type(operation).__name__


def equal_seeds(facts: Facts) -> Iterator[Finding]:
    """Random layers with one seed draw the same numbers."""
    by_seed: dict[int, list[Any]] = {}
    for layer in facts.layers:
        seed = getattr(layer, "seed", None)
        if _kind(layer) in _DRAWS and isinstance(seed, (int, np.integer)):
            by_seed.setdefault(int(seed), []).append(layer)
    for seed, found in by_seed.items():
        if len(found) > 1:
            yield warning(
                f"Layers {[layer.path for layer in found]}",
                f"have the same seed, {seed}, and draw the same numbers in every step.",
                "They drop the same values.",
                "Give each a seed of its own, or none, and call lamina.utils.set_random_seed once.",
            )


def equal_starts(facts: Facts) -> Iterator[Finding]:
    """Weights of one shape from one initializer object with a seed."""
    starts: dict[Any, list[str]] = {}
    for layer in facts.layers:
        for name, start in vars(layer).items():
            weight = getattr(layer, name.removesuffix("_initializer"), None)
            if not name.endswith("_initializer") or not isinstance(start, Initializer):
                continue
            seeded = isinstance(getattr(start, "seed", None), int)
            if seeded and weight is not None and getattr(weight, "trainable", False):
                starts.setdefault((id(start), weight.shape), []).append(weight.path)
    for paths in starts.values():
        if len(paths) > 1:
            yield warning(
                f"Weights {paths}",
                "begin with the same values: one initializer with a seed makes them all.",
                "Layers that begin alike and see the same data learn the same.",
                "Make an initializer for each, with a seed of its own or without.",
            )


def same_for_all_units(facts: Facts) -> Iterator[Finding]:
    """Hidden kernels of one value: all units are, and stay, the same."""
    constant = (initializers.Zeros, initializers.Ones, initializers.Constant)
    for layer in _hidden_in_a_chain(facts):
        if _kind(layer) != "Dense" or not isinstance(layer.kernel_initializer, constant):
            continue
        kernel = layer.kernel.numpy()
        if kernel.shape[-1] > 1 and np.all(kernel == kernel.flat[0]):
            yield warning(
                f"Layer {layer.path!r}",
                f"begins with a kernel of {kernel.flat[0]:g} everywhere.",
                "All its units compute the same and get the same gradients: they stay one unit.",
                "Leave kernel_initializer as it is by default.",
            )


def _chain(facts: Facts) -> list[Any]:
    """The operations of a model without branches, in order; none of another model."""
    operations = [node.operation for node in facts.nodes if node.inputs]
    straight = all(len(node.inputs) == 1 for node in facts.nodes if node.inputs)
    return operations if straight and len(facts.outputs) <= 1 else []


def _hidden_in_a_chain(facts: Facts) -> list[Any]:
    return [x for x in _chain(facts) if hasattr(x, "kernel")][:-1]


def no_activation_between(facts: Facts) -> Iterator[Finding]:
    """Two linear layers in a row are one linear layer."""
    for one, other in itertools.pairwise(_chain(facts)):
        if _kind(one) == _kind(other) == "Dense" and _is_linear(one):
            yield hint(
                f"Layer {one.path!r}",
                f"has no activation and goes straight into {other.path!r}:",
                "together they are one linear layer.",
                'Give it activation="relu", or leave it out.',
            )


def _is_linear(layer: Any) -> bool:
    activation = layer.activation
    return activation is None or getattr(activation, "__name__", "") == "linear"


def hidden_softmax(facts: Facts) -> Iterator[Finding]:
    """A softmax between dense layers leaves little of what came in."""
    for layer in _hidden_in_a_chain(facts):
        if getattr(getattr(layer, "activation", None), "__name__", "") == "softmax":
            yield hint(
                f"Layer {layer.path!r}",
                "has a softmax within the network:",
                "its units compete for a sum of 1, and gradients are small.",
                'Use activation="relu".',
            )


def _last_nodes(facts: Facts) -> Iterator[tuple[str, Any]]:
    if facts.graph is not None and len(facts.graph.outputs) == len(facts.outputs):
        for output, tensor in zip(facts.outputs, facts.graph.outputs, strict=True):
            if tensor.node is not None and len(tensor.node.inputs) == 1:
                yield output.name, tensor.node


def dropped_output(facts: Facts) -> Iterator[Finding]:
    """A Dropout after the last layer."""
    for name, node in _last_nodes(facts):
        if _kind(node.operation) in _DROPS and getattr(node.operation, "rate", 1) != 0:
            yield warning(
                f"Layer {node.operation.path!r}",
                f"({_kind(node.operation)}) comes last and changes output {name!r} itself.",
                "In training some predictions are set to 0, whatever was learned.",
                "Put it before the last layer with weights.",
            )


def squashed_twice(facts: Facts) -> Iterator[Finding]:
    """A softmax of a softmax."""
    for name, node in _last_nodes(facts):
        own = getattr(getattr(node.operation, "activation", None), "__name__", None)
        own = own or {"Softmax": "softmax"}.get(_kind(node.operation))
        if own in _SQUASH and not hasattr(node.operation, "kernel"):
            before = last_activation(node.inputs[0])
            if before in _SQUASH:
                yield warning(
                    f"Layer {node.operation.path!r}",
                    f"applies {own} to the {before} before it, for output {name!r}.",
                    "Probabilities come out nearly equal, whatever was learned.",
                    "Leave one of them out.",
                )


def nothing_passes(facts: Facts) -> Iterator[Finding]:
    """Dropouts that drop everything."""
    for layer in facts.layers:
        if _kind(layer) in _DROPS and getattr(layer, "rate", 0) == 1:
            yield warning(
                f"Layer {layer.path!r}",
                f"({_kind(layer)}) has rate 1 and drops everything in training.",
                "Nothing before it learns.",
                "Give the share to drop, such as 0.2.",
            )


def batches_of_one(facts: Facts) -> Iterator[Finding]:
    """Batch statistics of a single sample."""
    plan = facts.plan
    if plan is None or min(plan.batch_size, facts.samples) != 1:
        return
    for node in facts.nodes:
        layer, flat = node.operation, bool(node.inputs) and len(node.inputs[0].shape) == 2
        if _kind(layer) == "BatchNormalization" and flat and layer.trainable:
            yield warning(
                f"Layer {layer.path!r}",
                "(BatchNormalization) gets batches of 1 sample, whose deviation from their mean "
                "is 0.",
                "In training its output is the same for every sample.",
                "Use larger batches, or LayerNormalization.",
            )


def kept_states(facts: Facts) -> Iterator[Finding]:
    """States kept for batches of another size than `fit` will make."""
    plan = facts.plan
    if plan is None or not facts.samples:
        return
    whole, rest = divmod(facts.samples, plan.batch_size)
    sizes = {plan.batch_size} if whole else set()
    if rest and (plan.steps is None or plan.steps > whole):
        sizes.add(rest)
    for layer in facts.layers:
        states = getattr(layer, "states", None) if getattr(layer, "stateful", False) else None
        kept = states[0].shape[0] if states else None
        if kept is not None and sizes != {kept}:
            yield error(
                f"Layer {layer.path!r}",
                f"is stateful and keeps a state for each of {kept} samples, but {facts.samples} "
                f"samples with batch_size={plan.batch_size} make batches of {sorted(sizes)}.",
                "Which state belongs to which sample of another batch is not known.",
                f"Give batch_size={kept} and a number of samples that {kept} divides.",
            )


# Attributes that users set on layers and models; a name that is nearly one of them does nothing.
_SETTABLE = (
    *("trainable", "supports_masking", "activity_regularizer", "run_eagerly", "jit_compile"),
    *("steps_per_execution", "stop_training", "stop_evaluating", "stop_predicting"),
)


def misspelt_attributes(facts: Facts) -> Iterator[Finding]:
    """Find attributes that no class knows, with nearly the name of one that users set."""
    for layer in facts.layers:
        for name in vars(layer):
            near = _nearly_settable(name)
            if near is not None and not hasattr(type(layer), name):
                yield warning(
                    f"Layer {layer.path!r}",
                    f"has an attribute {name!r}, which means nothing to lamina.",
                    fix=f"Did you mean {near!r}?",
                )


@functools.cache
def _nearly_settable(name: str) -> str | None:
    near = difflib.get_close_matches(name, _SETTABLE, n=1, cutoff=0.85)
    return near[0] if near and name not in _SETTABLE else None
