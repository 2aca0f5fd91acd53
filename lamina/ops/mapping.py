"""Functions applied to each row or step: mapping, carrying, combining.

On symbolic tensors each becomes one node of the graph; the functions given run on values then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import tree
from lamina.core.higher_order import higher_order, natives
from lamina.core.op import engine, to_native
from lamina.ops.numpy.axes import part

__all__ = ["associative_scan", "map", "scan", "vectorized_map"]


@higher_order
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Carry `init` through `f(carry, x) -> (carry, y)` over axis 0 of `xs`.

    Args:
        init: a tree of tensors; `f` must keep its shapes and dtypes.
        xs: a tree of tensors of equal length, or `None`: `f` gets `None` in place of `x`.
        length: number of steps, needed without `xs`.
        reverse: go from the last to the first; the ys still lie in the order of `xs`.
        unroll: a positive integer or a boolean; accepted for Keras' sake, engines decide.

    Returns:
        `(carry, ys)`, the last carry and the ys stacked along axis 0.

    Raises:
        ValueError: the length is not known, the sizes of `xs` differ, or `unroll` is neither.

    Example:
        >>> total, running = scan(lambda c, x: (c + x, c + x), np.float32(0), np.ones(3, "float32"))
        >>> float(total), running.tolist()
        (3.0, [1.0, 2.0, 3.0])
    """
    if not isinstance(unroll, int) or (unroll < 1 and unroll is not False):
        raise ValueError(
            f"ops.scan: `unroll` must be a positive integer or a boolean, not {unroll!r}."
        )
    e, init = engine(), natives(init)
    leaves = [] if xs is None else [to_native(x) for x in tree.flatten(xs)]
    count = _length("ops.scan", leaves, length)
    if reverse:
        leaves = [e.flip(x, 0) for x in leaves]

    def step(carry: Any, rows: tuple) -> tuple[Any, Any]:
        return natives(tuple(f(carry, None if xs is None else tree.pack_like(xs, list(rows)))))

    carry, ys = e.scan(step, init, tuple(leaves), count)
    return carry, tree.map_structure(_flipped, ys) if reverse else ys


def _flipped(y: Any) -> Any:
    return y if y is None else engine().flip(y, 0)


def _length(what: str, leaves: list, length: int | None = None) -> int:
    """Return the number of rows that all arrays have along axis 0."""
    lengths = {x.shape[0] for x in leaves} | ({length} if length is not None else set())
    if len(lengths) != 1:
        raise ValueError(
            f"{what}: what is given must say one number of steps, not {sorted(lengths)}. Give "
            "tensors with equally long axes 0" + (", or `length`." if "scan" in what else ".")
        )
    return lengths.pop()


@higher_order
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Apply `f` to each row (axis 0) of the tensors in the tree `xs`, one after the other, and stack the results.

    Example:
        >>> map(lambda row: row * row[0], np.array([[2, 3], [4, 5]])).tolist()
        [[4, 6], [16, 20]]
    """
    return scan(lambda carry, x: (carry, f(x)), 0, xs)[1]


@higher_order
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Apply `function` to each row (axis 0) of the tensors in the tree `elements`, all at once.

    Example:
        >>> vectorized_map(lambda pair: pair[0] + pair[1], (np.ones(3), np.ones(3))).tolist()
        [2.0, 2.0, 2.0]
    """
    elements = natives(elements)
    _length("ops.vectorized_map", tree.flatten(elements))
    return engine().vmap(lambda row: natives(function(row)))(elements)


@higher_order
def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Return all partial results of combining elements along `axis` by `f`, in logarithmic depth.

    Args:
        f: an associative function of two trees like `elems`, many elements at once.
        elems: a tree of tensors of one size along `axis`.
        reverse: combine from the last element.

    Raises:
        ValueError: the sizes along `axis` differ.

    Source: Ladner & Fischer 1980, "Parallel prefix computation".

    Example:
        >>> associative_scan(lambda x, y: x * y, np.arange(1, 6)).tolist()
        [1, 2, 6, 24, 120]
    """
    e, elems = engine(), natives(elems)
    sizes = {x.shape[axis] for x in tree.flatten(elems)}
    if len(sizes) != 1:
        raise ValueError(
            f"ops.associative_scan: the tensors must have one size along axis {axis}, not {sorted(sizes)}."
        )

    def cut(xs: list, *span: int | None) -> list:
        return [part(x, axis, slice(*span)) for x in xs]

    def combine(one: list, other: list) -> list:
        combined = f(tree.pack_like(elems, one), tree.pack_like(elems, other))
        return tree.flatten(natives(combined))

    def prefixes(xs: list, n: int) -> list:
        if n < 2:
            return xs
        odd = prefixes(combine(cut(xs, 0, n - 1, 2), cut(xs, 1, None, 2)), n // 2)
        even = cut(xs, 0, 1)
        if n > 2:
            rest = combine(cut(odd, 0, (n - 1) // 2), cut(xs, 2, None, 2))
            even = [e.concatenate(pair, axis) for pair in zip(even, rest, strict=True)]
        return [_interleaved(*pair, axis) for pair in zip(even, odd, strict=True)]

    def turned(xs: list) -> list:
        return [e.flip(x, axis) for x in xs] if reverse else xs

    return tree.pack_like(elems, turned(prefixes(turned(tree.flatten(elems)), sizes.pop())))


def _interleaved(even: Any, odd: Any, axis: int) -> Any:
    """Take elements of both in turn along `axis`; `even` begins and may have one more."""
    e, axis = engine(), axis % even.ndim
    n, m = even.shape[axis], odd.shape[axis]
    if n > m:
        padding = [(0, int(i == axis)) for i in range(even.ndim)]
        odd = e.pad(odd, padding)
    both = e.stack([even, odd], axis + 1)
    shape = (*even.shape[:axis], 2 * n, *even.shape[axis + 1 :])
    return part(e.reshape(both, shape), axis, slice(0, n + m))
