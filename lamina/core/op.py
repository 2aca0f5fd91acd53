"""`@op`: one plain function becomes an operation on values and on symbolic tensors.

                            +-- a KerasTensor among them? -> graph.record: a node
    ops.add(x, y) -> enter -+
                            +-- else -> engine().overrides["add"], or the function's body

`enter` makes every tensor argument native: Variables are read, NumPy arrays and lists taken in,
dtypes promoted by lamina's own table. Which arguments are tensors is read from the annotations
`Tensor` and `Sequence[Tensor]`; all others are closed over and never traced.
"""

from __future__ import annotations

import functools
import inspect
from collections import defaultdict
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from lamina.core import dtypes, graph, tree
from lamina.core.foreign import refuse_symbolic_of_keras
from lamina.core.sparse import Sparse, is_sparse_type, on_sparse
from lamina.core.symbolic import KerasTensor
from lamina.core.tracebacks import shorten
from lamina.core.variable import Variable
from lamina.engine.current import PROCESS, engine as engine, owner_of, pin, to_host, unpin
from lamina.strings.texts import is_text

Tensor = Any  # a native array, or what `enter` can make one of; a KerasTensor; a Variable

P = ParamSpec("P")
R = TypeVar("R")


def op(
    fn: Callable[P, R] | None = None,
    *,
    promote: str = "",
    floating: bool = False,
    arrays: bool = False,
    single: bool = False,
    shape: Callable | None = None,
    dynamic: bool = False,
) -> Any:
    """Make `fn` an operation; see the module's docstring.

    Args:
        promote: names of the arguments, in one string, that are brought to one dtype.
        floating: promote integers to `floatx`, too.
        arrays: Python numbers among the promoted come as arrays, too. Else they stay numbers if an
            array accompanies them.
        single: half floats come as float32, where sums and squares keep their digits, and results
            are made half again. `arrays` is implied.
        shape: `(*args) -> Spec or tree`, for the few ops whose shape cannot be probed.
        dynamic: the result's size depends on values, so symbolic arguments are refused.
    """
    if fn is None:
        options = {"promote": promote, "floating": floating, "arrays": arrays, "single": single}
        return functools.partial(op, **options, shape=shape, dynamic=dynamic)
    parameters, name = _Parameters(fn, promote, floating, arrays or single), fn.__name__
    if single:
        fn = _in_single(fn, parameters.promoted)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        token = pin(PROCESS.itself) if engine() is PROCESS else None
        try:
            given, symbolic = parameters.enter(args, kwargs)
            if symbolic:
                if symbolic is _SPARSE:
                    return on_sparse(call, given, kwargs)
                return _record(call, given, kwargs, shape, dynamic)
            run: Any = engine().overrides.get(name, fn)
            return run(*given, **kwargs)
        except Exception as error:
            shorten(error)
            raise
        finally:
            if token is not None:
                unpin(token)

    call.reference = fn  # type: ignore[attr-defined]  always reachable, always tested
    call.parameters = parameters  # type: ignore[attr-defined]
    return call


def _record(call: Any, args: Any, kwargs: Any, shape: Callable | None, dynamic: bool) -> Any:
    name = call.__name__
    if dynamic:
        raise ValueError(
            f"ops.{name}: the size of its result depends on the values, so it cannot be used on a "
            "symbolic tensor. Use it outside the model, or an op with a fixed size."
        )
    if shape is not None:
        return graph.record(call, tuple(args), kwargs, lambda _, a, k: shape(*a, **k))
    try:
        return graph.record(call, tuple(args), kwargs)
    except Exception as error:
        given = ", ".join(f"{x.dtype}{list(x.shape)}" for x in args if isinstance(x, KerasTensor))
        raise ValueError(f"ops.{name} cannot be applied to {given}: {error}") from error


def _in_single(fn: Callable, positions: list[int]) -> Callable:
    """Return `fn` such that it gets half floats at these positions as float32, and gives halves back."""

    @functools.wraps(fn)
    def compute(*args: Any, **kwargs: Any) -> Any:
        e = engine()
        dtype = e.dtype(args[positions[0]])
        if dtype not in dtypes.HALVES:
            return fn(*args, **kwargs)
        given = list(args)
        for i in positions:
            if i < len(args) and args[i] is not None:
                given[i] = e.cast(args[i], "float32")
        results = fn(*given, **kwargs)
        return tree.map_structure(
            lambda y: e.cast(y, dtype) if e.dtype(y) == "float32" else y, results
        )

    return compute


class _Parameters:
    """Where an op's tensors are among its arguments, and how they are brought to one dtype."""

    def __init__(self, fn: Callable, promote: str, floating: bool, arrays: bool):
        self.signature = inspect.signature(fn)
        self.floating, self.arrays = floating, arrays
        self.positions: list[int] = []
        self.names: list[str] = []
        self.many: set[int] = set()
        self.rest: int | None = None  # from here on every positional argument is a tensor
        for position, parameter in enumerate(self.signature.parameters.values()):
            annotation = str(parameter.annotation)
            if "Tensor" not in annotation:
                continue
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.rest = position
                continue
            self.positions.append(position)
            self.names.append(parameter.name)
            if "Sequence[" in annotation:
                self.many.add(position)
        if not self.positions and self.rest is None:
            raise TypeError(f"@op {fn.__name__}: no parameter is annotated `Tensor`.")
        self.promoted = [list(self.signature.parameters).index(name) for name in promote.split()]

    def enter(self, args: tuple, kwargs: dict) -> tuple[list, Any]:
        """Return the positional arguments with every tensor native, or as they are if any is symbolic or sparse."""
        if kwargs and not kwargs.keys().isdisjoint(self.names):
            args = self._positional(args, kwargs)
        given, kinds = list(args), _KINDS[engine().name]
        symbolic, agree, needs_float, first = False, True, self.floating, None
        positions = self.positions
        if self.rest is not None:
            positions = [*positions, *range(self.rest, len(given))]
        for i in positions:  # one loop, without a call where all are native already: the hot path
            if i >= len(given):
                break
            x = given[i]
            kind = kinds[type(x)]
            if kind is _VARIABLE:
                x = given[i] = x.value
            elif kind is _SCALAR and i in self.promoted:
                agree = agree and not self.arrays and type(x) in (int, float)
                needs_float = True
                continue
            elif kind is _SYMBOLIC:
                symbolic = True
                continue
            elif i in self.many and isinstance(x, (list, tuple)):
                if kinds.met_sparse and any(kinds[type(y)] is _SPARSE for y in x):
                    return list(args), _SPARSE
                given[i] = [_take_in(y, kinds[type(y)]) for y in x]
                symbolic = symbolic or any(isinstance(y, KerasTensor) for y in given[i])
                agree = False
                continue
            elif kind is _SPARSE:
                return list(args), _SPARSE
            elif kind is not _NATIVE and kind is not _NONE:
                x = given[i] = _take_in(x, kind)
            if x is not None and i in self.promoted:
                if first is None:
                    first = x
                elif x.dtype != first.dtype:
                    agree = False
        if self.promoted and not symbolic:
            agree = agree and first is not None
            if not agree or (needs_float and engine().dtype(first) not in dtypes.INEXACT):
                self._promote(given, kinds)
        # A graph keeps what was given: a Variable is read when the graph runs.
        return list(args) if symbolic else given, symbolic

    def _positional(self, args: tuple, kwargs: dict) -> tuple:
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        kwargs.clear()
        kwargs.update(bound.kwargs)
        return bound.args

    def _promote(self, given: list, kinds: dict) -> None:
        """Bring the promoted arguments to one dtype; a Python scalar stays if an array leads."""
        dtype = engine().dtype
        at = [i for i in self.promoted if i < len(given) and given[i] is not None]
        many = [i for i in at if i in self.many]
        values = [*given[many[0]]] if many else [given[i] for i in at]
        if not values:
            return
        found = [dtypes.weak(x) if kinds[type(x)] is _SCALAR else dtype(x) for x in values]
        if self.floating:
            found.append("float")
        target = dtypes.result_type(*found)
        leads = not self.arrays and any(kinds[type(x)] is not _SCALAR for x in values)
        values = [_cast(x, name, target, leads) for x, name in zip(values, found, strict=False)]
        if many:
            given[many[0]] = values
        else:
            for i, value in zip(at, values, strict=True):
                given[i] = value


def _cast(x: Any, found: str, target: str, leads: bool) -> Any:
    if isinstance(x, (bool, int, float, complex)):
        if isinstance(x, bool) or not leads:
            return engine().asarray(x, target)
        if isinstance(x, np.number):  # NumPy would take it for an array
            return x.item()
        return x
    return x if found == target else engine().cast(x, target)


_NATIVE, _NONE, _SCALAR, _SYMBOLIC, _VARIABLE, _FOREIGN, _OTHER, _SPARSE = range(8)


class _Kinds(dict):
    """What each type of argument means to the engine in force; decided once per type."""

    met_sparse = (
        False  # whether one of them is a sparse tensor's: else nobody looks for these in lists
    )

    def __missing__(self, kind: type) -> int:
        refuse_symbolic_of_keras(kind)
        meanings = {engine().array_types: _NATIVE, type(None): _NONE, KerasTensor: _SYMBOLIC}
        meanings |= {Variable: _VARIABLE, (bool, int, float, complex): _SCALAR}
        foreign = _FOREIGN if owner_of(kind) else _OTHER  # an array of another engine, or none
        foreign = _SPARSE if is_sparse_type(kind) else foreign
        self[kind] = next((m for base, m in meanings.items() if issubclass(kind, base)), foreign)
        self.met_sparse |= self[kind] is _SPARSE
        return self[kind]


_KINDS: defaultdict[str, _Kinds] = defaultdict(_Kinds)


def _take_in(x: Any, kind: int) -> Any:
    """Return an argument as a native array; symbolic tensors stay."""
    if kind is _NATIVE or kind is _SYMBOLIC or kind is _NONE:
        return x
    if kind is _VARIABLE:
        return x.value
    if kind is _SPARSE:
        return Sparse.of(x).dense()
    if isinstance(x, (list, tuple)):
        if any(isinstance(leaf, KerasTensor) for leaf in x):
            raise TypeError(
                f"A list of symbolic tensors was given where one tensor is expected: {list(x)}. "
                "Combine them with ops.stack or ops.concatenate."
            )
        kinds = _KINDS[engine().name]
        if any(kinds[type(leaf)] in (_VARIABLE, _NATIVE, _FOREIGN) for leaf in x):
            return engine().stack([_take_in(leaf, kinds[type(leaf)]) for leaf in x], 0)
    elif kind is _FOREIGN:
        x = to_host(x)
    return engine().asarray(float(x) if isinstance(x, np.float64) and np.ndim(x) == 0 else x)


def holds_numbers(x: Any) -> bool:
    """Tell whether `x` is array-like and has a native form; strings have none, and stay on the host."""
    is_array = isinstance(x, (np.ndarray, np.generic, Variable)) or hasattr(x, "__array__")
    return (is_array and not is_text(x)) or is_sparse_type(type(x))


def to_native(x: Any) -> Any:
    """Return `x` as a native array: Variables are read, NumPy arrays and numbers taken in."""
    return _take_in(x, _KINDS[engine().name][type(x)])


def is_symbolic(x: Any) -> bool:
    """Say whether `x` is a KerasTensor."""
    return isinstance(x, KerasTensor)
