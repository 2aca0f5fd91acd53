"""Seconds of Adam's update of 158 variables on PyTorch, lamina beside `torch.optim.Adam`.

The variables are those of ResNet50 with narrower layers, 2 million numbers in all. lamina's update is
`optimizer.apply` as a training step runs it (the variables bound in a scope, new arrays each time: nothing
is overwritten); the rival is `torch.optim.Adam(foreach=True).step()`, which writes in place, or with `fused`
the same with `fused=True`. Run by `make bench`.
"""

from __future__ import annotations

import sys
import time

import numpy as np


def shapes() -> list[tuple[int, ...]]:
    """Kernels and normalizations of ResNet50's blocks, a quarter as wide."""
    found: list[tuple[int, ...]] = [(7, 7, 3, 16), (16,), (16,)]
    inputs = 16
    for blocks, width in ((3, 16), (4, 32), (6, 64), (3, 128)):
        for block in range(blocks):
            kernels = [(1, 1, inputs, width), (3, 3, width, width), (1, 1, width, 4 * width)]
            if block == 0:
                kernels.append((1, 1, inputs, 4 * width))
            for kernel in kernels:
                found += [kernel, kernel[-1:], kernel[-1:]]
            inputs = 4 * width
    return [*found[:156], (512, 1000), (1000,)]


def seconds(library: str, _engine: str) -> float:
    """The median of many updates, on one thread."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype("float32") for shape in shapes()]
    update = _lamina(arrays) if library == "lamina" else _torch(arrays, library)
    times = []
    for _ in range(60):
        began = time.perf_counter()
        update()
        times.append(time.perf_counter() - began)
    return float(np.median(times[10:]))


def _lamina(arrays: list):
    from benchmarks.side import import_library

    lamina = import_library("lamina", "torch")
    import torch

    from lamina.training.step import State, pure, read

    variables = [lamina.Variable(x, name=f"v{i}") for i, x in enumerate(arrays)]
    optimizer = lamina.optimizers.Adam(0.001)
    optimizer.build(variables)
    grads = [torch.from_numpy(x.copy()) for x in arrays]
    held = State(variables, [], optimizer.variables, [])
    step = pure(lambda data: optimizer.apply(data[0], variables), held)
    state = [read(held)]

    def update() -> None:
        with torch.no_grad():
            state[0] = step(state[0], (grads,))[0]

    return update


def _torch(arrays: list, kind: str):
    import torch

    parameters = [torch.from_numpy(x.copy()).requires_grad_() for x in arrays]
    for parameter, x in zip(parameters, arrays, strict=True):
        parameter.grad = torch.from_numpy(x.copy())
    fused = kind == "fused"
    return torch.optim.Adam(
        parameters, 0.001, fused=fused or None, foreach=None if fused else True
    ).step


if __name__ == "__main__":
    print(seconds(sys.argv[1], sys.argv[2]))
