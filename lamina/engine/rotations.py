"""Factors of matrices by reflections and rotations, for engines whose library has none.

Sources: Householder 1958 (`qr`); Hestenes 1958, one-sided Jacobi rotations, and Brent & Luk 1985, many of them at once
(`svd`, and `eigh`, where the matrix is made positive by a multiple of the identity).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.engine.elimination import transposed

_SWEEPS = 12  # over all pairs of columns; after some, each doubles the digits


def qr(x: Any, mode: str) -> tuple[Any, Any]:
    """The contract's `qr`."""
    e = engine()
    *batch, rows, columns = e.shape(x)
    least, row = min(rows, columns), np.arange(rows)[:, None]
    q, r = e.broadcast_to(e.asarray(np.eye(rows), e.dtype(x)), (*batch, rows, rows)), x
    for i in range(min(rows - 1, columns)):
        v = e.where(e.asarray(row >= i), e.getitem(r, (..., slice(i, i + 1))), 0)
        size = e.sqrt(_squared(v))
        first = e.getitem(v, (..., slice(i, i + 1), slice(None)))
        size = e.where(e.less(first, 0), e.negative(size), size)
        v = e.where(e.asarray(row == i), e.add(v, size), v)
        square = _squared(v)
        scaled = e.divide(e.multiply(v, 2), e.where(e.equal(square, 0), 1, square))
        r = e.subtract(r, e.matmul(scaled, e.matmul(transposed(v), r)))
        q = e.subtract(q, e.matmul(e.matmul(q, v), transposed(scaled)))
    r = e.where(e.asarray(row <= np.arange(columns)), r, 0)
    if mode == "complete":
        return q, r
    return e.getitem(q, (..., slice(0, least))), e.getitem(r, (..., slice(0, least), slice(None)))


def svd(x: Any, full: bool) -> tuple[Any, Any, Any]:
    """The contract's `svd`."""
    e = engine()
    *_, rows, columns = e.shape(x)
    if rows < columns:
        u, values, vh = svd(transposed(x), full)
        return transposed(vh), values, transposed(u)
    turned, turns, values = _turned(x)
    u = e.divide(turned, e.where(e.equal(values, 0), 1, values))
    # Columns of zeros, or of rounding errors, become orthogonal to the others.
    q, r = qr(u, "complete" if full else "reduced")
    diagonal = e.sum(e.where(e.asarray(np.eye(*e.shape(r)[-2:], dtype=bool)), r, 0), axis=-1)
    signs = e.where(e.less(diagonal, 0), -1, e.full((), 1, e.dtype(x)))
    q = e.multiply(q, e.reshape(signs, (*e.shape(signs)[:-1], 1, e.shape(signs)[-1])))
    return q, e.getitem(values, (..., 0, slice(None))), transposed(turns)


def singular_values(x: Any) -> Any:
    """The contract's `singular_values`."""
    rows, columns = engine().shape(x)[-2:]
    x = transposed(x) if rows < columns else x
    return engine().getitem(_turned(x)[2], (..., 0, slice(None)))


def eigh(x: Any) -> tuple[Any, Any]:
    """The contract's `eigh`."""
    e = engine()
    size = e.sqrt(e.sum(e.square(x), axis=(-2, -1), keepdims=True))
    identity = e.asarray(np.eye(e.shape(x)[-1]), e.dtype(x))
    _, vectors, values = _turned(e.add(x, e.multiply(identity, size)))
    values = e.getitem(e.subtract(values, size), (..., 0, slice(None)))
    return e.flip(values, -1), e.flip(vectors, -1)


def _squared(x: Any) -> Any:
    """Return the squared lengths of columns, `(..., 1, columns)`."""
    e = engine()
    return e.sum(e.square(x), axis=-2, keepdims=True)


def _turned(x: Any) -> tuple[Any, Any, Any]:
    """Return `x @ v` with orthogonal columns, the longest first, the orthogonal `v` and the lengths `(..., 1, n)`."""
    e = engine()
    *batch, rows, n = e.shape(x)
    identity = e.broadcast_to(e.asarray(np.eye(n), e.dtype(x)), (*batch, n, n))
    both, partners = e.concatenate([x, identity], -2), _partners(n)
    if len(partners):
        partners = e.asarray(np.tile(partners, (_SWEEPS, 1)), "int32")
        both, _ = e.scan(_turn(rows, n), both, partners, _SWEEPS * (n - 1 + n % 2))
    upper, lower = slice(0, rows), slice(rows, None)
    lengths = e.sqrt(_squared(e.getitem(both, (..., upper, slice(None)))))
    order = e.argsort(e.negative(lengths), -1)
    both = e.take_along_axis(both, e.broadcast_to(order, (*batch, rows + n, n)), -1)
    turned, turns = (e.getitem(both, (..., part, slice(None))) for part in (upper, lower))
    return turned, turns, e.take_along_axis(lengths, order, -1)


def _partners(n: int) -> np.ndarray:
    """Return rounds in which each number below n meets each other once; who meets itself has a rest."""
    players, rounds = list(range(n + n % 2)), []
    for _ in range(len(players) - 1):
        partner = np.arange(n)
        for i, j in zip(players, reversed(players), strict=True):
            if max(i, j) < n:
                partner[i] = j
        rounds.append(partner)
        players = [players[0], players[-1], *players[1:-1]]
    return np.array(rounds, "int32").reshape(-1, n)


def _turn(rows: int, n: int) -> Any:
    """Return a step that makes each column orthogonal to its partner's."""

    def step(both: Any, partner: Any) -> tuple[Any, None]:
        e, own = engine(), engine().arange(0, n, 1, "int32")
        beside = e.take(both, partner, -1)
        x, y = (e.getitem(part, (..., slice(0, rows), slice(None))) for part in (both, beside))
        cross = e.sum(e.multiply(x, y), axis=-2, keepdims=True)
        cross = e.where(e.equal(partner, own), 0, cross)
        double = e.multiply(e.where(e.equal(cross, 0), 1, cross), 2)
        slope = e.divide(e.subtract(_squared(y), _squared(x)), double)
        # Of two columns of one length, the first turns the one way and the second the other.
        side = e.cast(e.where(e.greater(partner, own), e.asarray(1), -1), e.dtype(x))
        side = e.where(e.equal(slope, 0), side, e.sign(slope))
        tangent = e.divide(side, e.add(e.abs(slope), e.sqrt(e.add(e.square(slope), 1))))
        tangent = e.where(e.equal(cross, 0), 0, tangent)
        cosine = e.rsqrt(e.add(e.square(tangent), 1))
        sine = e.multiply(tangent, cosine)
        return e.subtract(e.multiply(both, cosine), e.multiply(beside, sine)), None

    return step
