"""A pure function that, once it has proved hot and short, runs as a straight list of its kernels.

The first calls run as they are. If they are so short that Python's share of them is large, one call
is recorded (`make_fx`: forward pass, gradients and update alike) and made shorter (`straight`), and from then
on the recorded kernels run without the layers, ops and autograd above them. What cannot be recorded (a random draw,
a branch on a value) goes on as before, and a function that is not called often never pays.
"""

from __future__ import annotations

import operator
import time
from typing import Any

import numpy as np
import optree
import torch

from lamina.engine.torch.convert import place
from lamina.engine.torch.devices import recording

_CALLS_BEFORE = 8
_SHORT = 0.004  # seconds; in a longer call Python's share is small, and recording takes long
_SIGNATURES = 16  # so many shapes of arguments are recorded

_OF_NUMPY = np.ndarray, np.generic
_is_contiguous, _stride = torch.Tensor.is_contiguous, torch.Tensor.stride
_shape, _dtype = operator.attrgetter("shape"), operator.attrgetter("dtype")


class Program:
    """`fn`, a pure function of trees of tensors, without gradients around it."""

    def __init__(self, fn: Any):
        self._fn = fn
        self._recorded: dict[Any, Any] = {}
        self._seen: dict[Any, tuple[int, float]] = {}

    def __call__(self, *args: Any) -> Any:
        tree: Any = args
        leaves, structure = optree.tree_flatten(tree)
        leaves = [place(leaf) if isinstance(leaf, _OF_NUMPY) else leaf for leaf in leaves]
        try:
            key = (structure, *map(_shape, leaves), *map(_dtype, leaves))
            if not all(map(_is_contiguous, leaves)):
                key += tuple(map(_stride, leaves))
        except AttributeError:  # a number among the tensors: it would be recorded as a constant
            return self._plainly(optree.tree_unflatten(structure, leaves))
        recorded = self._recorded.get(key)
        if recorded is not None:
            kernels, outputs = recorded
            return optree.tree_unflatten(outputs, kernels(*leaves))
        calls, fastest = self._seen.get(key, (0, float("inf")))
        if calls == _CALLS_BEFORE and fastest < _SHORT:
            self._record(key, leaves, structure)
        began = time.perf_counter()
        result = self._plainly(optree.tree_unflatten(structure, leaves))
        self._seen[key] = (calls + 1, min(fastest, time.perf_counter() - began))
        return result

    def _plainly(self, args: Any) -> Any:
        with torch.no_grad():
            return self._fn(*args)

    def _record(self, key: Any, leaves: list[Any], structure: Any) -> None:
        if len(self._recorded) == _SIGNATURES:
            return
        from torch.fx.experimental.proxy_tensor import make_fx  # takes a second to import

        from lamina.engine.torch.straight import straightened

        outputs: list[Any] = []

        def flat(*values: Any) -> list[Any]:
            result = self._plainly(optree.tree_unflatten(structure, values))
            results, outputs[:] = optree.tree_leaves(result), [optree.tree_structure(result)]
            return results

        token = recording.set(True)
        try:
            graph = make_fx(flat)(*leaves)
        except Exception:  # the function itself will say, if it is wrong
            return
        finally:
            recording.reset(token)
        with torch.no_grad():
            self._recorded[key] = straightened(graph, leaves).forward, outputs[0]
