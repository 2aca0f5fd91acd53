"""The comparison of a file with a model: pairs of tensors and variables, and differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.variable import Variable, numpy_dtype, restore, snapshot
from lamina.engine.current import engine
from lamina.saving import progress
from lamina.saving.layout import Group
from lamina.saving.stores.mappings import Stored
from lamina.saving.stores.tree import Folder, Tensor

# Some versions of Keras write these; the model does well without.
_NOT_WEIGHTS = ("seed_generator",)
APART = "lamina"  # a folder of whole models for what is not weights; at the root of some files
_MOST_NAMES = 1000  # of a group's members that are not expected; one is a problem already
_KINDS = {"b": "bool", "i": "integer", "u": "integer", "f": "float", "V": "float"}  # V: bfloat16


@dataclass
class Plan:
    """The tensors to load, and the reasons why others cannot be."""

    pairs: list[tuple[Variable, Tensor]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # each forbids loading
    remarks: list[str] = field(default_factory=list)  # these do not
    own_ways: list[tuple[Group, Folder]] = field(default_factory=list)  # `load_own_variables`


def compare(group: Group, root: Folder, skip: Sequence[Any] = ()) -> Plan:
    """Walk through a model's groups and the file's side by side; values are not read yet.

    Args:
        skip: layers, optimizers, ... that keep what they have, and what is in them.

    Raises:
        FormatError: something in the file is not allowed.
    """
    plan = Plan()
    _visit(group, root, plan, {id(owner) for owner in skip})
    return plan


def _visit(group: Group, folder: Folder | None, plan: Plan, skip: set[int]) -> None:
    if id(group.owner) in skip:
        return
    own = folder.folder("vars") if folder is not None else None
    problems = _problems_of_own(group, own, plan)
    (plan.remarks if group.is_optimizer else plan.problems).extend(problems)
    for name, inner in group.inner.items():
        _visit(inner, _inner(folder, name), plan, skip)
    if folder is not None:
        plan.problems += [
            f"{quoted(path)}: in the file, but not in the model" for path in _unknown(group, folder)
        ]


def _inner(folder: Folder | None, name: str) -> Folder | None:
    if folder is None:
        return None
    # Keras 2 wrote what Keras 3 calls `query_dense` as `_query_dense`.
    return folder.folder(name if name in folder else f"_{name}")


def _problems_of_own(group: Group, own: Folder | None, plan: Plan) -> list[str]:
    """Pair the owner's variables with the members of `vars`: all of them, or none."""
    variables, stored = group.variables, len(own) if own is not None else 0
    if group.is_optimizer and not stored:
        return []  # the file was written before training
    if group.has_own_way and own:
        plan.own_ways.append((group, own))
        return []
    if (
        group.is_optimizer and stored == len(variables) - 1
    ):  # Keras 2 does not write the learning rate
        variables = [v for v in variables if v.name != "learning_rate"]
    if len(variables) != stored:
        if not stored:
            return [f"{group.described()}: {len(variables)} weights in the model, none in the file"]
        hint = "" if getattr(group.owner, "built", True) else "; it is not built yet"
        return [
            f"{group.described()}: {len(variables)} weights in the model{hint}, {stored} in the file"
        ]
    pairs = [(v, own.tensor(str(i))) for i, v in enumerate(variables)] if own is not None else []
    problems = [
        f"{group.described()}: {wrong}" for v, tensor in pairs if (wrong := difference(v, tensor))
    ]
    if not problems:
        plan.pairs += pairs
    return problems


def difference(variable: Variable, tensor: Tensor) -> str | None:
    """Say how `tensor` does not fit `variable`; `None` if it fits."""
    if tensor.shape != variable.shape:
        return f"{variable.name!r} has shape {quoted(tensor.shape)} in the file, {variable.shape} in the model"
    if _kind(tensor.dtype) != _kind(variable.dtype):
        return (
            f"{variable.name!r} has dtype {tensor.dtype} in the file, {variable.dtype} in the model"
        )
    return None


def _unknown(group: Group, folder: Folder) -> list[str]:
    """Return paths of groups and datasets with weights in the file that have no place in the model."""
    expected = {"vars", *group.inner, *_NOT_WEIGHTS, *([] if folder.path else [APART])}
    expected |= {f"_{name}" for name in group.inner if name not in folder}  # see `_inner`
    if not folder.path:
        expected.add("metrics")  # of Keras 2: those of the last epoch, which nothing goes on with
    if group.owner is not None and getattr(group.owner, "optimizer", None) is None:
        expected.add("optimizer")  # of a model that was compiled, while this one is not
    names = [name for name in folder.names(len(expected) + _MOST_NAMES) if name not in expected]
    return [f"{folder.path}/{name}".lstrip("/") for name in names if _holds_weights(folder, name)]


def _holds_weights(folder: Folder, name: str) -> bool:
    """Tell whether something lies in the member `name`, or in its members, other than empty groups."""
    waiting = [folder.open(name)]
    while waiting:
        member = waiting.pop()
        if isinstance(member, Tensor):
            return True
        waiting += [member.open(inner) for inner in member.names(_MOST_NAMES)]
    return False


def converted(tensor: Tensor, variable: Variable) -> np.ndarray:
    """Return the tensor's values in the variable's dtype.

    Raises:
        FormatError: an integer does not fit that dtype.
    """
    value, dtype = tensor.read(), numpy_dtype(variable.dtype)
    if _kind(variable.dtype) == "integer" and value.size:
        limits = np.iinfo(dtype)
        if int(value.min()) < limits.min or int(value.max()) > limits.max:
            raise FormatError(f"{tensor.path} holds integers that do not fit {variable.dtype}.")
    return value.astype(dtype, copy=False)


def replace_values(plan: Plan, skip_mismatch: bool = False) -> None:
    """Read one tensor after the other into its variable: besides the file's there is one array at a time.

    Objects that take their values in their own way do so at last. If anything goes wrong, all is as before.

    Args:
        skip_mismatch: whether such an object may fail, which is a problem in `plan` then.

    Raises:
        LoadError: a tensor is damaged, or such an object has failed.
    """
    variables = [variable for variable, _ in plan.pairs]
    variables += [variable for group, _ in plan.own_ways for variable in group.owner.variables]
    before = snapshot(variables)
    try:
        with progress.shown(sum(tensor.nbytes for _, tensor in plan.pairs)) as count:
            for variable, tensor in plan.pairs:
                if count is not None:
                    count(tensor.nbytes)
                _take(variable, converted(tensor, variable))
        for group, own in plan.own_ways:
            if problem := _load_in_own_way(group, own):
                plan.problems.append(problem)
                if not skip_mismatch:
                    raise LoadError(f"{problem}. Nothing was loaded.")
    except BaseException:
        restore(variables, before)
        raise


def _take(variable: Variable, array: np.ndarray) -> None:
    if variable.is_float:
        variable.take(array)
    else:  # an engine without 64 bits may refuse integers; it is to do so now
        variable.assign(engine().asarray(array, variable.dtype))


def _load_in_own_way(group: Group, own: Folder) -> str | None:
    """Let an object take its values in its own way; return what is wrong, if it could not."""
    stored, variables = Stored(own), group.owner.variables
    before = snapshot(variables)
    try:
        group.owner.load_own_variables(stored)
        return None
    except LoadError:
        raise
    except Exception as error:
        restore(variables, before)
        return (
            f"{group.described()}: its `load_own_variables` failed on {quoted(list(stored))}: "
            f"{type(error).__name__}: {quoted(error)}"
        )


def _kind(dtype: str) -> str:
    return _KINDS.get(numpy_dtype(dtype).kind, dtype)
