"""Shapes and dtypes of a call's results, without computing them.

No operation says how its shape follows from its inputs'. The engine evaluates it abstractly for two
stand-ins of the unknown sizes; a size that differs between the two results is unknown. All unknown
sizes share a stand-in, so that the batches of two inputs are one size.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from types import EllipsisType, FunctionType
from typing import Any

from lamina.core import scope, settings, tree
from lamina.core.sparse import Parts, closed, opened
from lamina.core.symbolic import KerasTensor
from lamina.core.tracking import Holder
from lamina.core.variable import Variable, values as values_of
from lamina.engine.contract import Spec
from lamina.engine.current import engine

# Stand-ins for unknown sizes, tried in turn until two have worked. The first two are far apart, so
# that a slice of a table or a `min` shows. Large ones serve nets that pool often, small ones nets
# that look up positions in a table. Usual strides and windows divide them; none is 1, which
# broadcasts. The first is large and rare: a layer that is built with it in its shape can tell.
STAND_INS = (1680, 24, 40, 3360, 6720, 4, 6)

_IN_A_ROW = 2  # numbers in a row of a sparse tensor; no shape follows from how many they are
_USUAL = (24, 40)  # a failure with these says most

_stand_in: ContextVar[int | None] = ContextVar("lamina_stand_in", default=None)


def is_unknown(size: int | None) -> bool:
    """Tell whether `size` is `None`, or stands for an unknown size in the evaluation under way."""
    return size is None or size == _stand_in.get()


def infer(fn: Callable, args: tuple, kwargs: dict, variables: Sequence[Variable] = ()) -> Any:
    """Return what `fn` returns, with a `Spec` in place of every array, without computing any.

    Args:
        args, kwargs: arguments of `fn`; KerasTensors among them stand for arrays.
        variables: those that `fn` reads; they enter as shapes and dtypes, too.

    Raises:
        ValueError: the number of results, or of their axes, depends on an unknown size.
        Exception: the error of `fn`, if it fails for the stand-ins.
    """
    if not isinstance(fn, FunctionType):  # a method, or an object: it may read more than arguments
        return evaluate(fn, args, kwargs, variables)
    return kept((fn, args, kwargs), lambda: evaluate(fn, args, kwargs, variables))


def evaluate(fn: Callable, args: tuple, kwargs: dict, variables: Sequence[Variable] = ()) -> Any:
    """Do the work of `infer`, whatever was inferred before."""
    inputs = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]

    def run(values: list, weights: list) -> Any:
        remaining = iter(values)

        def fill(x: Any) -> Any:
            return opened(next(remaining)) if isinstance(x, KerasTensor) else x

        filled_args, filled_kwargs = tree.map_structure(fill, [args, kwargs])
        with scope.StatelessScope(zip(variables, weights, strict=True), collect_losses=True):
            return closed(values_of(fn(*filled_args, **filled_kwargs)))

    def with_stand_in(stand_in: int | None) -> Any:
        specs = [_spec(x, stand_in) for x in inputs]
        token = _stand_in.set(stand_in)
        try:
            weights = [Spec(v.shape, v.dtype) for v in variables]
            return _whole(engine().abstract(run, specs, weights))
        finally:
            _stand_in.reset(token)

    if all(None not in x.shape for x in inputs):
        return with_stand_in(None)
    results: list[Any] = []
    errors: dict[int, Exception] = {}
    for stand_in in STAND_INS:
        try:
            results.append(with_stand_in(stand_in))
        except Exception as error:
            errors[stand_in] = error
        if len(results) == 2:
            return _unified(*results)
    raise _telling(errors)


def _unified(first: Any, second: Any) -> Any:
    same = tree.same_structure(first, second)
    pairs = list(zip(tree.flatten(first), tree.flatten(second), strict=True)) if same else []
    ranks = [(len(x.shape), len(y.shape)) for x, y in pairs if isinstance(x, Spec)]
    if not same or any(rank != other for rank, other in ranks):
        raise ValueError(
            "how many tensors or axes it gives depends on a size that is unknown. Say how many "
            "(`num=` of ops.unstack), or give the input a known size."
        )
    return tree.map_structure(_unified_spec, first, second)


def _unified_spec(first: Any, second: Any) -> Any:
    if not isinstance(first, Spec):
        return first
    sizes = zip(first.shape, second.shape, strict=True)
    return Spec(tuple(n if n == m else None for n, m in sizes), first.dtype, first.sparse)


def _spec(x: KerasTensor, stand_in: int | None) -> Any:
    """Return a `Spec` like `x`, or for a sparse tensor those of its parts."""
    shape = tuple(stand_in if n is None else n for n in x.shape)
    if not x.sparse:
        return Spec(shape, x.dtype)
    parts = (*shape[:-1], _IN_A_ROW)
    return Parts(Spec(parts, "int32"), Spec(parts, x.dtype), Spec((*shape, 0), x.dtype))


def _whole(specs: Any) -> Any:
    """Return a tree of `Spec`s with one for the parts of each sparse tensor."""
    if specs.__class__ is Parts:
        return Spec(specs.like.shape[:-1], specs.values.dtype, True)
    if isinstance(specs, dict):
        return {name: _whole(part) for name, part in specs.items()}
    if isinstance(specs, (list, tuple)) and not hasattr(specs, "_fields"):
        return type(specs)(map(_whole, specs))
    return specs


def _telling(errors: dict[int, Exception]) -> Exception:
    """Return the error of a stand-in of usual size, with `None` for what the stand-in decides.

    Users do not know of stand-ins. A number that differs between the errors of two of them follows
    from the unknown size.
    """
    stand_ins = sorted(errors, key=_USUAL.__contains__, reverse=True)
    error = errors[stand_ins[0]]
    texts = _texts(error)
    told = [re.sub(rf"\b{stand_ins[0]}\b", "None", text) for text in texts]
    for other in stand_ins[1:]:
        pairs = list(zip(map(_parts, texts), map(_parts, _texts(errors[other])), strict=False))
        if len(pairs) == len(texts) and all(x[::2] == y[::2] for x, y in pairs):
            told = ["".join(map(_same_or_none, x, y)) for x, y in pairs]
            break
    if error.args and isinstance(error.args[0], str):
        error.args = (told[0], *error.args[1:])
    if hasattr(error, "__notes__"):
        error.__notes__ = told[1:]
    return error


def _texts(error: Exception) -> list[str]:
    message = error.args[0] if error.args else ""
    return [message if isinstance(message, str) else "", *getattr(error, "__notes__", [])]


def _parts(text: str) -> list[str]:
    """Split into text and whole numbers, which alternate."""
    return re.split(r"(\d+)", text)


def _same_or_none(part: str, other: str) -> str:
    return part if part == other else "None"


# Results that were inferred before. Only lamina's own code is trusted to depend on nothing but its
# arguments and attributes: a user's function may read a global that has changed since.
_kept: dict[Any, Any] = {}
_MOST_KEPT = 10_000
_PLAIN = {bool, int, float, complex, str, bytes, type(None), EllipsisType}
_NO_MATTER = {"name", "seed"}  # attributes that decide no shape
_OWN = __name__.partition(".")[0] + "."


class _NotKeptError(Exception):
    """A part of a call may hide what the result depends on."""


def forget() -> None:
    """Infer everything anew from now on."""
    _kept.clear()


def kept(parts: tuple, compute: Callable[[], Any]) -> Any:
    """Return what `compute` returned when it was last called for equal `parts`, or call it now.

    Args:
        parts: everything that the result depends on, except the engine and settings. If there is
            something of a user's among them, `compute` is called.
    """
    try:
        outside = (settings.floatx(), settings.image_data_format(), scope.autocast.get())
        key = (engine().name, outside, _key(parts))
    except (_NotKeptError, RecursionError):
        return compute()
    result = _kept.get(key)
    if result is None:
        result = compute()
        if len(_kept) >= _MOST_KEPT:
            forget()
        _kept[key] = result
    return result


def _key(x: Any) -> Any:
    """Return something hashable that is equal for objects with which a call gives equal shapes."""
    kind = type(x)
    if kind in _PLAIN:
        return kind, x
    if kind is KerasTensor:
        return kind, x.shape, x.dtype, x.sparse
    if kind is Variable:
        return kind, x.shape, x.dtype, x.autocast
    if kind is tuple or kind is list:
        return kind, *map(_key, x)
    if kind is dict:
        return kind, *x, *map(_key, x.values())
    if kind is slice:
        return kind, _key(x.start), _key(x.stop), _key(x.step)
    if kind is FunctionType:
        if x.__module__.startswith(_OWN) and "<" not in x.__qualname__:
            return x
        raise _NotKeptError
    if not kind.__module__.startswith(_OWN):
        raise _NotKeptError
    if isinstance(x, Holder):
        attributes = x.__decisive__()
    else:
        attributes = None if _has_slots(kind) else vars(x)
    if attributes is None or attributes.get("built") is False:
        raise _NotKeptError  # what is not built yet, the evaluation builds
    return kind, *[
        (name, type(y), y) if type(y) in _PLAIN else (name, _key(y))  # plain: spare the call
        for name, y in attributes.items()
        if name not in _NO_MATTER
    ]


@functools.cache
def _has_slots(kind: type) -> bool:
    return any("__slots__" in vars(base) for base in kind.__mro__)
