"""The state of optimizers in legacy `.h5` files.

Keras 3 lists all variables of the optimizer in their order. Keras 2 lists the number of steps and the
slots, and not the learning rate; a slot's name says which it is, `Adam/m/dense/kernel:0` or, of the
optimizers before Keras 2.11, `Adam/dense/kernel/m:0`. Slots of one kind stand in the order of the weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core.variable import Variable
from lamina.optimizers.nadam import Nadam
from lamina.saving.comparing import Plan, difference
from lamina.saving.legacy.groups import tensors_in
from lamina.saving.stores.hdf5 import Group
from lamina.saving.stores.tree import Tensor

# Keras 2's names of slots, by optimizer.
SLOTS = {
    "SGD": {"m": "momentum"},
    "Adam": {"m": "momentum", "v": "velocity", "vhat": "velocity_hat"},
    "AdamW": {"m": "momentum", "v": "velocity", "vhat": "velocity_hat"},
    "Adamax": {"m": "momentum", "u": "norm", "v": "norm"},
    "Nadam": {"m": "momentum", "v": "velocity"},
    "RMSprop": {"rms": "velocity", "mg": "average_gradient"},
    "Adadelta": {"accum_grad": "accumulated_grad", "accum_var": "accumulated_delta_var"},
    "Lion": {"m": "momentum"},
}


def compare(optimizer: Any, group: Group) -> Plan:
    """Pair the state of `optimizer`, which is built, with what is in the file; values are not read yet."""
    tensors, plan = tensors_in(group), Plan()
    if any(name.endswith(":0") for name in tensors):
        pairs = _of_keras_2(optimizer, tensors)
    else:
        variables = optimizer.saved_variables
        pairs = (
            list(zip(variables, tensors.values(), strict=True))
            if len(variables) == len(tensors)
            else None
        )
    if pairs is None:
        plan.remarks.append(
            f"{type(optimizer).__name__}: its state in the file is not that of this optimizer"
        )
        return plan
    plan.remarks = [
        f"{type(optimizer).__name__}: {wrong}" for v, t in pairs if (wrong := difference(v, t))
    ]
    plan.pairs = [] if plan.remarks else pairs
    if any("momentum_cache" in name for name in tensors):
        plan.remarks.append(
            "a part of Nadam's schedule: its momentum went another way before Keras 2.11, and now goes Keras 3's"
        )
    return plan


def _of_keras_2(optimizer: Any, tensors: dict[str, Tensor]) -> list[tuple[Variable, Tensor]] | None:
    """Return the pairs; `None` if something is missing or left over."""
    names = SLOTS.get(type(optimizer).__name__, {})
    kinds: dict[str, list[Tensor]] = {}
    for name, tensor in tensors.items():
        kind = _kind(name)
        kinds.setdefault(names.get(kind, kind), []).append(tensor)
    expected = _variables(optimizer)
    if isinstance(optimizer, Nadam) and optimizer.product is not None:
        expected["momentum_cache"] = [optimizer.product]
        if "momentum_cache" not in kinds and len(kinds.get("iteration", ())) == 1:
            kinds["momentum_cache"] = [_Product(kinds["iteration"][0], optimizer.beta_1)]
    if {k: len(v) for k, v in kinds.items()} != {k: len(v) for k, v in expected.items()}:
        return None
    return [pair for k in kinds for pair in zip(expected[k], kinds[k], strict=True)]


class _Product(Tensor):
    """The product of Nadam's momentums so far, which Keras 2 left out of its files.

    Args:
        steps: the number of steps so far.
        beta_1: of the optimizer.
    """

    path, shape, dtype = "product", (), "float32"

    def __init__(self, steps: Tensor, beta_1: float):
        self._steps, self._beta_1 = steps, beta_1

    def read(self) -> np.ndarray:
        """Return the product; after 10,000 steps it has long been 0."""
        steps = np.arange(1, min(int(self._steps.read()), 10_000) + 1)
        return np.prod(self._beta_1 * (1 - 0.5 * 0.96**steps)).astype("float32")


def _kind(name: str) -> str:
    """Return what the name of an optimizer's variable says that it is."""
    parts = name.removesuffix(":0").removeprefix("training/").split("/")
    if parts[-1] in ("iter", "iteration", "iterations"):
        return "iteration"
    if len(parts) <= 2:
        return parts[-1]
    new = ("m", "v", "u", "vhat", "average", "velocity", "momentum", "average_gradient")
    new += ("accumulator", "linear", "accumulated_grad", "accumulated_delta_var")
    return parts[1] if parts[1] in new else parts[-1]


def _variables(optimizer: Any) -> dict[str, list[Variable]]:
    """Return the variables of an optimizer by their kinds, in the order of the weights."""
    kinds: dict[str, list[Variable]] = {"iteration": [optimizer.calls]}
    for variable in optimizer.trained_variables:
        for name, slot in optimizer.slots_of(variable).items():
            kinds.setdefault(name, []).append(slot)
        if variable in optimizer.averages:
            kinds.setdefault("average", []).append(optimizer.averages[variable])
    return kinds
