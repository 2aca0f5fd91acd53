"""A pure function that, once it has proved hot and short, runs as a straight list of its kernels.

The first calls run as they are. If they are so short that Python's share of them is large, one call
is recorded (`make_fx`: forward pass, gradients and update alike) and made shorter (`straight`), and from then
on the recorded kernels run without the layers, ops and autograd above them. What cannot be recorded (a branch on
a value) goes on as before, and a function that is not called often never pays.

Where the user asked for it, `torch.compile` makes new kernels of a recorded call instead.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import optree
import torch

from lamina.engine.thoroughly import is_thorough
from lamina.engine.torch.convert import place
from lamina.engine.torch.devices import FOR_THE_COMPILER, recording
from lamina.engine.warning import warn

_CALLS_BEFORE = 8
_EACH = 0.0005  # seconds; the longer calls are, the more of them come before recording, which takes longer, too
_SHORT = 0.03  # seconds; in a longer call Python's share is small, and recording takes long
_SIGNATURES = 16  # so many shapes of arguments are recorded

_OF_NUMPY = np.ndarray, np.generic
_is_contiguous, _stride = torch.Tensor.is_contiguous, torch.Tensor.stride
_shape, _dtype = operator.attrgetter("shape"), operator.attrgetter("dtype")
_requires_grad = operator.attrgetter("requires_grad")


class _Recorded(NamedTuple):
    """A recorded function of a list of tensors."""

    whole: Callable[..., list[Any]]
    first: Callable[..., list[Any]]  # the first of the results alone; computes nothing else
    structures: tuple[Any, Any]  # of what both give


class Program:
    """`fn`, a pure function of trees of tensors, without gradients around it."""

    def __init__(self, fn: Any):
        self._fn, self._is_thorough = fn, is_thorough(fn)
        self._recorded: dict[Any, _Recorded] = {}
        self._seen: dict[Any, tuple[float, float]] = {}

    def __call__(self, *args: Any) -> Any:
        leaves, structure, key = _signature(args)
        recorded = self._recorded.get(key)
        if recorded is not None:
            return optree.tree_unflatten(recorded.structures[0], recorded.whole(*leaves))
        if key is None:
            return self._plainly(optree.tree_unflatten(structure, leaves))
        calls, fastest = self._seen.get(key, (0, float("inf")))
        if self._is_thorough and calls == 1:  # a call that comes once is not worth it
            self._compile(key, leaves, structure)
        elif calls >= _CALLS_BEFORE and fastest < min(_SHORT, calls * _EACH):
            self._seen[key] = float("-inf"), fastest  # once only
            self._record(key, leaves, structure)
        began = time.perf_counter()
        result = self._plainly(optree.tree_unflatten(structure, leaves))
        calls, fastest = self._seen.get(key, (calls, fastest))
        self._seen[key] = (calls + 1, min(fastest, time.perf_counter() - began))
        return result

    def repeat(self, state: Any, batches: Any) -> tuple[Any, Any]:
        """Run `fn(state, batch) -> (state, logs)` on each batch; the logs are those of the last."""
        columns, kind = optree.tree_flatten(batches)
        # All batches are put on the device at once.
        *rows, last = zip(*(place(column).unbind(0) for column in columns), strict=True)
        key_before = None
        for i, row in enumerate(rows):
            batch = optree.tree_unflatten(kind, row)
            leaves, _, key = _signature((state, batch))
            recorded = self._recorded.get(key)
            if recorded is None:
                state, _ = self(state, batch)
                continue
            values = recorded.first(*leaves)
            is_steady = key == key_before  # the state comes out as it goes in, so it will again
            for later in rows[i + 1 :] if is_steady else ():
                values = recorded.first(*values, *later)
            state, key_before = optree.tree_unflatten(recorded.structures[1], values), key
            if is_steady:
                break
        return self(state, optree.tree_unflatten(kind, last))

    def _plainly(self, args: Any) -> Any:
        with torch.no_grad():
            return self._fn(*args)

    def _record(self, key: Any, leaves: list[Any], structure: Any) -> None:
        if len(self._recorded) == _SIGNATURES:
            return
        from lamina.engine.torch.straight import of_first, straightened

        try:
            graph, kind, first = self._graph(leaves, structure)
            with _recording(True):
                whole = straightened(graph, leaves).forward
        except Exception:  # the function itself will say, if it is wrong
            return
        self._recorded[key] = _Recorded(
            whole, of_first(graph, first.num_leaves).forward, (kind, first)
        )

    def _compile(self, key: Any, leaves: list[Any], structure: Any) -> None:
        if len(self._recorded) == _SIGNATURES:
            return
        try:
            graph, kind, first = self._graph(leaves, structure, FOR_THE_COMPILER)
            compiled: Any = torch.compile(graph, dynamic=False)
            compiled(*leaves)
        except Exception as error:
            reason = next(iter(f"{error}".strip().splitlines()), "")
            warn(
                "jit_compile=True: torch.compile does not take this step, so it runs as with "
                f"jit_compile='auto': {type(error).__name__}: {reason}"
            )
            return
        count = first.num_leaves
        self._recorded[key] = _Recorded(
            compiled, lambda *values: compiled(*values)[:count], (kind, first)
        )

    def _graph(self, leaves: list[Any], structure: Any, why: Any = True) -> tuple[Any, Any, Any]:
        """Record a call; return the graph, the structure of its result, and that of the first of the results."""
        from torch.fx.experimental.proxy_tensor import make_fx  # takes a second to import

        from lamina.engine.torch.straight import cleaned

        outputs: list[Any] = []

        def flat(*values: Any) -> list[Any]:
            result = self._plainly(optree.tree_unflatten(structure, values))
            results, outputs[:] = optree.tree_leaves(result), [optree.tree_structure(result)]
            return results

        with _recording(why):
            # Kernels that failed, for which others stood in, are recorded, too.
            graph = cleaned(make_fx(flat)(*leaves))
        return graph, outputs[0], next(iter(outputs[0].children()), outputs[0])


@contextmanager
def _recording(why: Any) -> Iterator[None]:
    token = recording.set(why)
    try:
        yield
    finally:
        recording.reset(token)


def _signature(args: Any) -> tuple[list[Any], Any, Any]:
    """Return the tensors of a tree, its structure, and all that a recorded function depends on but values.

    That is `None` where there is a number among the tensors: it would be recorded as a constant.
    """
    leaves, structure = optree.tree_flatten(args)
    leaves = [place(leaf) if isinstance(leaf, _OF_NUMPY) else leaf for leaf in leaves]
    try:
        # Some kernels keep what their gradient needs where gradients are allowed.
        key = (structure, torch.is_grad_enabled(), *map(_shape, leaves), *map(_dtype, leaves))
        if not all(map(_is_contiguous, leaves)):
            key += tuple(map(_stride, leaves))
        if any(
            map(_requires_grad, leaves)
        ):  # a `Parameter`: results would hold its graph, step after step
            leaves = [leaf.detach() for leaf in leaves]
    except AttributeError:
        return leaves, structure, None
    return leaves, structure, key
