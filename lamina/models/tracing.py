"""The graph of a subclassed model, found by running its `call` on symbolic tensors."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, scope, tree
from lamina.core.function import Function
from lamina.core.naming import described
from lamina.core.symbolic import KerasTensor
from lamina.layers.call_context import calling
from lamina.layers.core.input_layer import Input
from lamina.layers.signatures import facts_of
from lamina.strings.texts import is_text


def without_values(args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Arguments of a call with a KerasTensor, batch unknown, for each tensor; others as they are."""

    def stand_in(x: Any) -> Any:
        if not hasattr(x, "shape") or not hasattr(x, "dtype"):
            return x
        dtype = x.dtype if isinstance(x.dtype, str) else str(x.dtype).removeprefix("torch.")
        dtype = getattr(x.dtype, "name", dtype)
        dtype = dtypes.STRING if is_text(x) else dtype
        return KerasTensor((None, *tuple(x.shape)[1:]), dtype)

    return tree.map_structure(stand_in, (args, kwargs))


def shapes_of_call(model: Any, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the shapes of the tensors in a call's arguments, by their names with `_shape` behind them.

    Args:
        args, kwargs: with KerasTensors in the places of tensors.
    """
    given = facts_of(type(model)).bind(args, kwargs)
    return {
        f"{name}_shape": tree.map_structure(lambda leaf: leaf.shape, x)
        for name, x in given.items()
        if (leaves := tree.flatten(x)) and all(isinstance(leaf, KerasTensor) for leaf in leaves)
    }


def traced(model: Any, args: tuple, kwargs: dict[str, Any]) -> Function:
    """The graph of `model.call(*args, **kwargs)`, where KerasTensors stand for the inputs.

    Raises:
        ValueError: `call` needs values, so it cannot run on symbolic tensors.
    """
    begin: list[KerasTensor] = []

    def fresh(x: Any) -> Any:
        if not isinstance(x, KerasTensor):
            return x
        begin.append(Input(batch_shape=x.shape, dtype=x.dtype))
        return begin[-1]

    args, kwargs = tree.map_structure(fresh, (args, kwargs))
    inside = tuple(model.path.split("/"))
    token = scope.names.set(inside)
    try:
        with calling(False):
            outputs = model.call(*args, **kwargs)
    except Exception as error:
        raise ValueError(
            f"{described(model)}: its `call` needs values, so its graph is not known: "
            f"{str(error).strip().splitlines()[0]}. Use ops.cond and the like for what depends on values, or "
            "`model.capture` for activations."
        ) from error
    finally:
        scope.names.reset(token)
    structure = args[0] if len(args) == 1 and len(tree.flatten(args)) == len(begin) else begin
    return Function(structure, outputs, model.name)
