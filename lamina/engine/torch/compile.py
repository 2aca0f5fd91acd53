"""Abstract evaluation and running many steps on PyTorch."""

from __future__ import annotations

from functools import partial
from typing import Any

import optree
import torch
from torch.overrides import TorchFunctionMode

from lamina.engine.abstractly import abstractly, is_abstract
from lamina.engine.stepwise import spec
from lamina.engine.torch.devices import DTYPES, META
from lamina.engine.torch.program import Program

# PyTorch gains nothing from many steps in one call. It costs nothing either, and spares the
# training loop's own work; more would only make an interrupt wait longer.
steps_per_call = 32


class _OnMeta(TorchFunctionMode):
    """While a trace runs, a real tensor that meets a meta tensor loses its values."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if is_abstract():
            args = optree.tree_map(_without_values, args)
        return function(*args, **(kwargs or {}))


def _without_values(x):
    # To pass slices and the like through unharmed, only tensors are looked at.
    return x.to(META) if isinstance(x, torch.Tensor) and x.device != META else x


def abstract(fn, *specs):
    tree: Any = specs
    with abstractly(needs_value=r"meta (tensor|device)"), torch.no_grad(), _OnMeta():
        inputs = optree.tree_map(
            lambda spec: torch.empty(spec.shape, dtype=DTYPES[spec.dtype], device=META), tree
        )
        return optree.tree_map(spec, fn(*inputs))


outside_trace = partial(abstractly, False)


compile = Program
compiles_by_shape = False  # it records a step that proves hot, and runs the others as they are


def is_traced(x):
    # PyTorch's own traces run on real values, but for those of `torch.func`.
    return x.device == META or torch._C._functorch.is_functorch_wrapped_tensor(x)  # pyright: ignore[reportAttributeAccessIssue]


def repeat(step):
    return Program(step).repeat
