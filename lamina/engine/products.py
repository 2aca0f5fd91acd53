"""Sums of products by one product of matrices, for libraries whose `einsum` does not see that there is one."""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from typing import Any

from lamina.engine.current import engine


def einsum(otherwise: Callable, subscripts: str, *xs: Any) -> Any:
    """The contract's `einsum`; `otherwise(subscripts, *xs)` if it is not of two operands that meet in whole axes."""
    e = engine()
    terms, _, result = _spelled_out(subscripts.replace(" ", ""), xs).partition("->")
    x, _, y = terms.partition(",")
    letters = [*map(set, (x, y, result))]
    is_plain = "." not in terms and list(map(len, letters)) == [len(x), len(y), len(result)]
    if len(xs) != 2 or not is_plain or letters[0] ^ letters[1] != letters[2] - (set(x) & set(y)):
        return otherwise(subscripts, *xs)
    first, second = (dict(zip(s, e.shape(a), strict=True)) for s, a in zip((x, y), xs, strict=True))
    if any(first[s] != second[s] for s in set(x) & set(y)):  # a size of 1 is repeated
        return otherwise(subscripts, *xs)
    batch = [s for s in result if s in x and s in y]
    summed = [s for s in x if s in y and s not in result]
    rows, columns = ([s for s in result if s in z and s not in batch] for z in (x, y))
    sizes = {**first, **second}

    def joined(*groups: list[str]) -> list[int]:
        return [math.prod(sizes[s] for s in group) for group in groups]

    lead = [sizes[s] for s in batch]
    a, b = _moved(xs[0], x, [*batch, *rows, *summed]), _moved(xs[1], y, [*batch, *summed, *columns])
    # Without a batch the rows stay as they are: a product takes more axes before the last two.
    apart = joined(rows) if batch else [sizes[s] for s in rows]
    a = e.reshape(a, (*lead, *apart, *joined(summed)))
    product = e.matmul(a, e.reshape(b, (*lead, *joined(summed, columns))))
    product = e.reshape(product, tuple(sizes[s] for s in (*batch, *rows, *columns)))
    return _moved(product, [*batch, *rows, *columns], result)


def _spelled_out(subscripts: str, xs: Any) -> str:
    """Return letters for the axes of `...` if only one operand has some."""
    terms = subscripts.partition("->")[0].split(",")
    axes = [len(engine().shape(x)) + 3 - len(s) for s, x in zip(terms, xs, strict=True) if "." in s]
    free = [s for s in string.ascii_letters if s not in subscripts]
    return subscripts.replace("...", "".join(free[: axes[0]])) if len(axes) == 1 else subscripts


def _moved(x: Any, before: Any, after: Any) -> Any:
    """Transpose axes that are named by letters."""
    order = [before.index(letter) for letter in after]
    return x if order == [*range(len(order))] else engine().transpose(x, order)
