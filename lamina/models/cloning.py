"""`clone_model`: a model of the same layers with weights of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import tree
from lamina.core.symbolic import KerasTensor
from lamina.layers.core.input_layer import Input, InputLayer
from lamina.layers.layer import Layer
from lamina.models.model import Model
from lamina.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """A model like `model`, of new layers with new weights.

    Args:
        model: functional, `Sequential`, or a subclass whose configuration is enough.
        input_tensors: where the new graph begins; by default new Inputs like the old ones.
        clone_function: `layer -> layer` for each layer; by default one of the same configuration.
            Return another layer to replace it, or the same to share it.
        call_function: `(layer, *args, **kwargs) -> output`, to call the new layers otherwise.
        recursive: let `clone_function` see the layers of models within, too.

    Returns:
        The new model. Copy weights with `new.set_weights(model.get_weights())`.

    Raises:
        ValueError: `model` is not a model, or `clone_function` is given for a subclassed one.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> twin = clone_model(model)
        >>> twin.layers[0] is model.layers[0], twin.count_params()
        (False, 8)
    """
    if kwargs:
        raise TypeError(f"clone_model does not take {sorted(kwargs)}.")
    if not isinstance(model, Model):
        raise ValueError(f"clone_model takes a model, not {model!r} ({type(model).__name__}).")

    def cloned(layer: Layer) -> Layer:
        if isinstance(layer, Model) and (recursive or clone_function is None):
            return clone_model(layer, None, clone_function, call_function, recursive)
        return (clone_function or _like)(layer)

    if isinstance(model, Sequential) and call_function is None:
        return _cloned_stack(model, input_tensors, cloned)
    if model.__graph__ is not None:
        return _cloned_graph(model, input_tensors, cloned, call_function or _call)
    if clone_function is not None or input_tensors is not None:
        raise ValueError(
            f"clone_model: {type(model).__name__} is a subclass with a `call` of its own, so its layers cannot "
            "be replaced one by one. Leave clone_function and input_tensors out."
        )
    return _like(model)


def _like(layer: Layer) -> Layer:
    return layer.__anew__()


def _call(layer: Any, *args: Any, **kwargs: Any) -> Any:
    return layer(*args, **kwargs)


def _cloned_stack(model: Any, input_tensors: Any, cloned: Callable) -> Any:
    twin = type(model)(name=model.name)
    if input_tensors is not None:
        (tensor,) = tree.flatten(input_tensors)
        twin.add(tensor if isinstance(tensor, KerasTensor) else Input(tensor.shape[1:]))
    elif model.built:
        (begin,) = model.inputs
        like = {"dtype": begin.dtype, "sparse": begin.sparse, "name": begin.name}
        twin.add(Input(batch_shape=begin.shape, **like))
    *below, last = [cloned(layer) for layer in model.layers] or [None]
    for layer in below:
        twin.add(layer, rebuild=False)
    if last is not None:
        twin.add(last)
    return twin


def _cloned_graph(model: Any, input_tensors: Any, cloned: Callable, call: Callable) -> Any:
    begin = _inputs_like(model) if input_tensors is None else tree.flatten(input_tensors)
    if len(begin) != len(model.inputs):
        raise ValueError(
            f"clone_model: the model has {len(model.inputs)} inputs, but `input_tensors` holds {len(begin)}."
        )
    values: dict[int, Any] = dict(zip(map(id, model.inputs), begin, strict=True))
    new: dict[int, Any] = {}

    def fill(x: Any) -> Any:
        return values[id(x)] if isinstance(x, KerasTensor) else x

    for node in model.__graph__.nodes:
        operation = node.operation
        if isinstance(operation, InputLayer):
            continue
        if isinstance(operation, Layer):
            if id(operation) not in new:
                new[id(operation)] = cloned(operation)
            operation = new[id(operation)]
        args, kwargs = tree.map_structure(fill, node.arguments)
        run = call if isinstance(operation, Layer) else _call
        result = run(operation, *args, **kwargs)
        values.update(zip(map(id, tree.flatten(node.outputs)), tree.flatten(result), strict=True))
    inputs = tree.pack_like(model.input, begin)
    return Model(inputs, tree.map_structure(fill, model.output), name=model.name)


def _inputs_like(model: Any) -> list[Any]:
    """Make Inputs as those of the model."""
    begin = [(x, getattr(x.node.operation, "optional", False)) for x in model.inputs]
    return [
        Input(None, None, x.dtype, x.sparse, batch_shape=x.shape, name=x.name, optional=o)
        for x, o in begin
    ]
