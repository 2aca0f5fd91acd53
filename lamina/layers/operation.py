"""`Operation`: a computation with a name and arguments of its own, which graphs remember as one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from lamina.core import graph, tree
from lamina.core.configurable import Configurable
from lamina.core.constructors import ConstructorSignature, constructor_signature
from lamina.core.naming import auto_name, to_snake_case
from lamina.core.symbolic import KerasTensor
from lamina.core.tracebacks import shorten
from lamina.engine.contract import Spec
from lamina.engine.current import PROCESS, engine, pin, unpin
from lamina.layers.rematerialization import remat


class Operation(Configurable):
    """A computation on tensors, without weights; layers are operations, too.

    Subclasses write `call(...)`. What it gives for symbolic tensors is found by running it without
    values, unless `compute_output_spec(...)` says it. A model that uses an operation of your own can be
    saved if the class is registered (`lamina.saving.register_keras_serializable`); its configuration
    are the constructor's arguments, each read from the attribute of its name, or as it was given.

    Args:
        name: by default made from the class's name.

    Raises:
        ValueError: the name is not a string, or contains a '/'.

    Example:
        >>> import lamina
        >>> class Scale(lamina.Operation):
        ...     def __init__(self, factor, name=None):
        ...         super().__init__(name=name)
        ...         self.factor = factor
        ...     def call(self, x):
        ...         return x * self.factor
        >>> double = Scale(2.0, name="double")
        >>> double(np.ones(2)).tolist(), double(lamina.Input((3,))).shape
        ([2.0, 2.0], (None, 3))
        >>> double.get_config()
        {'name': 'double', 'factor': 2.0}
    """

    __given: tuple[tuple, dict]
    __nodes__: list[graph.Node]
    __signature__ = ConstructorSignature()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make an operation that takes note of its constructor's arguments."""
        operation = object.__new__(cls)
        operation.__given = args, kwargs
        operation.__nodes__ = []
        return operation

    def __init__(self, name: str | None = None):
        cls = type(self)
        if name is None:
            name = auto_name(to_snake_case(cls.__name__))
        elif not isinstance(name, str) or "/" in name:
            raise ValueError(f"{cls.__name__}: a name must be a string without '/', not {name!r}.")
        self.name = name

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs from values."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `call` method. Write one: def call(self, x): ..."
        )

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return KerasTensors like the outputs for KerasTensors, without computing anything."""
        specs = graph.infer(self.call, args, kwargs)
        return tree.map_structure(graph.symbolic_from_spec, specs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Call the operation on KerasTensors: the outputs remember the call."""
        return graph.record(self, args, kwargs, _declared)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return `call(...)`; for KerasTensors, `symbolic_call(...)`."""
        token = pin(PROCESS.itself) if engine() is PROCESS else None
        try:
            symbolic = has_symbolic(args, kwargs)
            return (self.symbolic_call if symbolic else self.call)(*args, **kwargs)
        except Exception as error:
            shorten(error)
            raise
        finally:
            if token is not None:
                unpin(token)

    @property
    def input(self) -> Any:
        """The symbolic input of the first call on symbolic tensors."""
        args, kwargs = self.__first_node().arguments
        return args[0] if args else next(iter(kwargs.values()))

    @property
    def output(self) -> Any:
        """The symbolic output of the first call on symbolic tensors."""
        return self.__first_node().outputs

    def __first_node(self) -> graph.Node:
        if not self.__nodes__:
            raise AttributeError(
                f"{self!r} was never called on a symbolic tensor, so it has no input and output."
            )
        return self.__nodes__[0]

    def rematerialized_call(self, fn: Callable, *args: Any, **kwargs: Any) -> Any:
        """Call `fn(*args, **kwargs)` such that what it computes is computed again for the gradient."""
        return remat(fn)(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, the operation's own name among them."""
        args, kwargs = self.__given
        bound = constructor_signature(type(self)).bind(*args, **kwargs)
        bound.apply_defaults()
        given = {**bound.arguments, **bound.arguments.get("kwargs", {})}
        given = {"name": None, **given} if "name" in given else given
        return {name: getattr(self, name, value) for name, value in given.items()}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _declared(operation: Any, args: tuple, kwargs: dict) -> Any:
    return tree.map_structure(as_spec, operation.compute_output_spec(*args, **kwargs))


def as_spec(x: Any) -> Any:
    """Return a `Spec` for a KerasTensor, anything else as it is."""
    return Spec(tuple(x.shape), x.dtype, x.sparse) if isinstance(x, KerasTensor) else x


_MAY_HOLD_SYMBOLIC = (KerasTensor, list, tuple, dict)


def has_symbolic(args: tuple, kwargs: dict) -> bool:
    """Tell whether a KerasTensor is among the arguments of a call, at any depth."""
    if len(args) == 1 and not kwargs and not isinstance(args[0], _MAY_HOLD_SYMBOLIC):
        return False
    return any(isinstance(x, KerasTensor) for x in tree.flatten([args, kwargs]))
