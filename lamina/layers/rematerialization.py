"""Intermediate results that are computed again for the gradient, instead of being kept."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar, cast

from lamina.core import masks, scope, tree
from lamina.core.choices import one_of
from lamina.core.configurable import from_fields
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable, values as values_of
from lamina.engine.contract import Spec
from lamina.engine.current import engine
from lamina.layers import call_context

Call = TypeVar("Call", bound=Callable)
_MODES = ("full", "activations", "larger_than", "list_of_layers", None)
_scope: ContextVar[RematScope | None] = ContextVar("lamina_remat", default=None)
current = _scope.get


@from_fields
class RematScope:
    """Choose the layers made within a `with` block that compute their results again for the gradient.

    Training then needs less memory and more time.

    Args:
        mode: `"full"`, every layer; `"activations"`, only the `activation` of layers that have one;
            `"larger_than"`, layers whose output has more than `output_size_threshold` elements;
            `"list_of_layers"`, those named in `layer_names`; `None`, no layer.
        output_size_threshold: a number of elements, batch included.
        layer_names: names of layers.

    Raises:
        ValueError: there is no such mode.

    Example:
        >>> import lamina
        >>> with lamina.RematScope(mode="larger_than", output_size_threshold=2048):
        ...     layer = lamina.layers.Dense(512, activation="relu")
        >>> layer(np.ones((8, 4))).shape
        (8, 512)

    Source: Chen et al. 2016, "Training deep nets with sublinear memory cost".
    """

    mode: str | None = "full"
    output_size_threshold: int = 1024
    layer_names: Iterable[str] | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown mode."""
        one_of("RematScope", "mode", self.mode, _MODES)
        self.layer_names = list(self.layer_names or ())

    def __enter__(self) -> RematScope:
        self.outer = current()
        _scope.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _scope.set(self.outer)


def remat(f: Call) -> Call:
    """Return a function like `f` that computes its intermediate results again for the gradient.

    Args:
        f: a function of tensors, or a layer. Gradients are taken by its arguments and by the weights
            that it uses; on TensorFlow, other tensors that it holds from outside count as constants.

    Raises:
        ValueError: an argument is symbolic (within a graph, layers are chosen by a `RematScope`).

    Example:
        >>> import lamina
        >>> steep = lamina.remat(lambda x: lamina.ops.sum(lamina.ops.exp(lamina.ops.sin(x))))
        >>> float(lamina.autodiff.grad(steep)(np.float32(0)))
        1.0
    """

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        symbolic = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]
        if symbolic:
            raise ValueError(
                f"A function made by `remat` takes values, not the symbolic {symbolic[0]!r}. In a graph, make "
                "the layers within `RematScope(...)`, or call the function in the `call` of a layer."
            )
        if "differentiates" not in engine().capabilities:
            return f(*args, **kwargs)
        return _again(f, args, kwargs, _variables_read(f, args, kwargs))

    call.without_remat = f  # type: ignore[attr-defined]  what a configuration names
    return cast("Call", call)


def of_layer(layer: Any, chosen: RematScope) -> Callable:
    """Return the `call` of a layer that was made within a `RematScope`."""
    if hasattr(layer, "fit"):
        return layer.call  # a model: its layers are chosen themselves
    activation = getattr(layer, "activation", None)
    if chosen.mode == "activations" and callable(activation):
        if not hasattr(activation, "without_remat"):
            layer.activation = remat(activation)
        return layer.call

    def call(*args: Any, **kwargs: Any) -> Any:
        if (
            chosen.mode == "full"
            or (chosen.mode == "list_of_layers" and layer.name in (chosen.layer_names or ()))
            or (
                chosen.mode == "larger_than"
                and _size(layer.call, args, kwargs) > chosen.output_size_threshold
            )
        ):
            return _again(layer.call, args, kwargs, layer.variables, layer.add_loss)
        return layer.call(*args, **kwargs)

    return call


def _again(
    f: Callable,
    args: tuple,
    kwargs: dict,
    variables: list[Variable],
    add_loss: Callable[[Any], None] = lambda loss: None,
) -> Any:
    """Call `f` through the engine's `checkpoint`, which takes a pure function of arrays."""
    structure: Any = None
    written: list[Variable] = []
    of_arrays = _of_arrays(f, args, kwargs)
    # The second time layers are to find what they found the first time, in whatever thread that is.
    context, calling = copy_context(), call_context.current.get()
    calling = calling and dataclasses.replace(calling)

    def pure(arrays: list, values: list, input_masks: list) -> tuple:
        return context.copy().run(body, arrays, values, input_masks)

    def body(arrays: list, values: list, input_masks: list) -> tuple:
        nonlocal structure
        call_context.current.set(calling and dataclasses.replace(calling))
        for x, mask in zip(arrays, input_masks, strict=True):
            masks.set_mask(x, mask)
        with scope.StatelessScope(zip(variables, values, strict=True), True) as inside:
            structure = values_of(of_arrays(*arrays))
        written[:] = inside.written.values()
        outputs = tree.flatten(structure)
        after = [inside.get_current_value(v) for v in written]
        return outputs, after, inside.losses, [masks.get_mask(x) for x in outputs]

    token = scope.autocast.set(None)
    try:
        values = [v.value for v in variables]
    finally:
        scope.autocast.reset(token)
    arrays = _arrays(args, kwargs)
    outputs, after, losses, output_masks = engine().checkpoint(pure)(
        arrays, values, [masks.get_mask(x) for x in arrays]
    )
    for variable, value in zip(written, after, strict=True):
        variable.assign(value)
    outer = scope.loss_scope()
    for loss in losses:
        (add_loss if outer is None else outer.add_loss)(loss)
    for x, mask in zip(outputs, output_masks, strict=True):
        if mask is not None:
            masks.set_mask(x, mask)
    return tree.pack_like(structure, outputs)


def _arrays(args: tuple, kwargs: dict) -> list:
    return [x for x in tree.flatten([args, kwargs]) if isinstance(x, engine().array_types)]


def _of_arrays(f: Callable, args: tuple, kwargs: dict) -> Callable:
    """Return `f` as a function of the arrays among its arguments, in their order."""

    def call(*arrays: Any) -> Any:
        following = iter(arrays)
        filled = tree.map_structure(
            lambda x: next(following) if isinstance(x, engine().array_types) else x, [args, kwargs]
        )
        return f(*filled[0], **filled[1])

    return call


class _Reading(scope.StatelessScope):
    """Notes which variables are read."""

    def __init__(self) -> None:
        super().__init__(collect_losses=True)
        self.read: dict[int, Variable] = {}

    def get_current_value(self, variable: Variable) -> Any:
        self.read[id(variable)] = variable
        return super().get_current_value(variable)


def _variables_read(f: Callable, args: tuple, kwargs: dict) -> list[Variable]:
    """Return the variables that `f` reads; nothing is computed."""
    reading = _Reading()

    def read(*args: Any, **kwargs: Any) -> None:
        with reading:
            f(*args, **kwargs)

    _abstractly(read, args, kwargs)
    return list(reading.read.values())


def _size(f: Callable, args: tuple, kwargs: dict) -> int:
    """Return the number of elements of the largest result of `f`; nothing is computed."""

    def leaves(*args: Any, **kwargs: Any) -> list[Any]:
        with scope.StatelessScope(collect_losses=True):
            return tree.flatten(values_of(f(*args, **kwargs)))

    return max(math.prod(cast("Any", spec).shape) for spec in _abstractly(leaves, args, kwargs))


def _abstractly(f: Callable, args: tuple, kwargs: dict) -> Any:
    e, run = engine(), _of_arrays(f, args, kwargs)
    return e.abstract(run, *[Spec(tuple(e.shape(x)), e.dtype(x)) for x in _arrays(args, kwargs)])
