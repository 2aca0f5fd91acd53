"""Constructor arguments of layers: taken in, checked and kept in one way.

`@from_fields` makes a constructor of a class's fields, those of its bases first; a constructor that does
more than keep its arguments is written out, and says `keep(self, locals())`. How an argument is taken in
follows from its name and annotation: `..._initializer`, `..._regularizer`, `..._constraint` and
`activation` mean objects, and an annotation in the table `kinds`, such as `Count`, one of that kind.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import InitVar, field
from typing import Any, TypedDict, TypeVar, dataclass_transform

from lamina import activations, constraints, initializers, regularizers
from lamina.core.argument_kinds import Count, Taker, taker
from lamina.core.seeds import SeedGenerator


class Common(TypedDict, total=False):
    """What the constructor of every layer takes besides its own arguments."""

    name: str | None
    dtype: Any
    trainable: bool
    autocast: bool
    input_shape: Any
    batch_input_shape: Any
    batch_shape: Any
    input_dim: int
    batch_size: int | None


class Options(Common, total=False):
    """The same where a layer has no `activity_regularizer` of its own."""

    activity_regularizer: Any


Class = TypeVar("Class", bound=type)


class ByRank:
    """A default value that depends on the number of axes of space of the class."""

    def __init__(self, *values: Any):
        self.values = values

    def __repr__(self) -> str:
        return " or ".join(map(repr, self.values))


def by_rank(*values: Any) -> Any:
    """Declare a default for classes of rank 1, 2 and 3."""
    return ByRank(*values)


def per_axis(value: Any) -> Any:
    """Declare a default that is `value` for each axis of space: `1`, `(1, 1)` or `(1, 1, 1)`."""
    return ByRank(value, (value,) * 2, (value,) * 3)


@dataclass_transform(eq_default=False, field_specifiers=(dataclasses.field,))
def from_fields(cls: Class) -> Class:
    """Make the constructor of the layer class `cls` from its fields: annotated class attributes.

    Each is a parameter, in this order, after those of the bases that have fields; a field with
    `field(init=False)` is none. What else a constructor is given goes to `Layer`.

    Example:
        >>> import lamina
        >>> @from_fields
        ... class Scale(lamina.Layer):
        ...     factor: float = 1.0
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale(2.0, name="twice").get_config()["factor"]
        2.0
    """
    fields: dict[str, inspect.Parameter] = {}
    for name, annotation in inspect.get_annotations(cls).items():
        if not str(annotation).startswith(("ClassVar", "InitVar")):
            default = vars(cls).get(name, inspect.Parameter.empty)
            if name in vars(cls):
                delattr(cls, name)  # what a layer keeps is its own
            fields[name] = inspect.Parameter(
                name, _BY_PLACE, default=default, annotation=annotation
            )
    cls.__fields__ = fields  # type: ignore[attr-defined]
    for base in cls.__mro__[1:]:
        fields = {**vars(base).get("__fields__", {}), **fields}
    taken = [p for p in fields.values() if not isinstance(p.default, dataclasses.Field)]
    if not taken:
        return cls
    signature = inspect.Signature([_SELF, *taken, _MORE])

    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            bound = signature.bind(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}.") from None
        bound.apply_defaults()
        self.__take__(cls, bound.arguments, bound.arguments.pop("kwargs"))

    construct.__signature__ = signature  # type: ignore[attr-defined]
    cls.__init__ = construct
    if hasattr(cls, "rank"):
        settle_defaults(cls)
    return cls


def settle_defaults(cls: Any) -> None:
    """Give a class that states its `rank` a constructor whose signature has the defaults for this rank."""
    inherited = cls.__init__
    signature = inspect.signature(inherited)
    if not any(isinstance(p.default, ByRank) for p in signature.parameters.values()):
        return
    own = types.FunctionType(
        inherited.__code__,
        inherited.__globals__,
        inherited.__name__,
        inherited.__defaults__,
        inherited.__closure__,
    )
    own.__kwdefaults__ = inherited.__kwdefaults__
    functools.update_wrapper(own, inherited)
    own.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            p.replace(default=p.default.values[cls.rank - 1])
            if isinstance(p.default, ByRank)
            else p
            for p in signature.parameters.values()
        ]
    )
    cls.__init__ = own


_BY_PLACE = inspect.Parameter.POSITIONAL_OR_KEYWORD
_SELF = inspect.Parameter("self", _BY_PLACE)
_MORE = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD, annotation="Unpack[Common]")


@from_fields
class TakenByAll:
    """What type checkers should know of the constructors that `from_fields` makes: `Common`."""

    name: InitVar[str | None] = field(default=None, kw_only=True)
    dtype: InitVar[Any] = field(default=None, kw_only=True)
    trainable: InitVar[bool] = field(default=True, kw_only=True)
    autocast: bool = field(default=True, kw_only=True)
    input_shape: InitVar[Any] = field(default=None, kw_only=True)
    batch_input_shape: InitVar[Any] = field(default=None, kw_only=True)
    batch_shape: Any = field(default=None, kw_only=True)
    input_dim: InitVar[int | None] = field(default=None, kw_only=True)
    batch_size: InitVar[int | None] = field(default=None, kw_only=True)


@from_fields
class Sized:
    """The size of the output's last axis."""

    units: Count


@from_fields
class Affine:
    """What an affine map with an activation takes besides its sizes."""

    activation: Any = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    kernel_regularizer: Any = None
    bias_regularizer: Any = None
    activity_regularizer: Any = None
    kernel_constraint: Any = None
    bias_constraint: Any = None


def keep(layer: Any, arguments: dict[str, Any], defining: type | None = None) -> None:
    """Keep a constructor's arguments, its `locals()`, as attributes of the same names.

    Raises:
        ValueError: an argument cannot be what its name or annotation says.
    """
    for name, role, take in _plan(defining or arguments["__class__"]):
        value = arguments[name]
        if isinstance(value, ByRank):
            value = value.values[layer.rank - 1]
        if role is not None and (value is not None or role is activations.get):
            try:
                value = role(value)
            except (TypeError, ValueError) as error:
                error.args = (f"{type(layer).__name__}: `{name}`: {error}", *error.args[1:])
                raise
        elif take is not None:
            value = take(layer, name, value)
        setattr(layer, name, value)
    layer.check_arguments()


@functools.cache
def _plan(defining: Any) -> list[tuple[str, Callable | None, Taker | None]]:
    """List how each argument of the constructor of `defining` is taken in."""
    return [
        (
            p.name,
            _ROLES.get(p.name.rpartition("_")[2]),
            _BY_NAME.get(p.name) or taker(str(p.annotation)),
        )
        for p in list(inspect.signature(defining.__init__).parameters.values())[1:]
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name not in _OF_LAYER
    ]


_OF_LAYER = ("name", "dtype", "weights")  # `Layer` keeps the first two; the last are set, once made
_ROLES = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


def weight(layer: Any, role: str, shape: Any, name: str | None = None, **options: Any) -> Any:
    """Make a weight as the arguments `<role>_initializer`, `_regularizer` and `_constraint` say.

    Args:
        role: such as `"kernel"`; also the weight's name unless `name` says otherwise.
        options: further arguments of `add_weight`.
    """
    return layer.add_weight(
        shape,
        options.pop("initializer", None) or getattr(layer, f"{role}_initializer"),
        regularizer=getattr(layer, f"{role}_regularizer", None),
        constraint=getattr(layer, f"{role}_constraint", None),
        name=name or role,
        **options,
    )


def seed(layer: Any, name: str, value: Any) -> Any:
    """Take in a seed: an integer, a `SeedGenerator`, or `None`.

    Raises:
        ValueError: it is neither.
    """
    if value is None or hasattr(value, "__index__") or isinstance(value, SeedGenerator):
        return value
    raise ValueError(f"{type(layer).__name__}: `{name}` must be an integer or None, not {value!r}.")


_BY_NAME: dict[str, Taker] = {"seed": seed}
