"""One engine's numbers on a GPU beside those on the processor: run by `benchmarks.gpu`, in a process of its own.

`python -m benchmarks.gpu_checks ENGINE DEVICE LAYERS SECONDS [WORK ...]` prints a line of Markdown for each finding.
"""

from __future__ import annotations

import functools
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import lamina
from lamina import autodiff, ops
from lamina.engine.current import engine

# float32 on both, sums in another order: relative to the largest number of a result.
TOLERANCE = 2e-3


def exact(name: str) -> None:
    """Let the GPU compute products of float32 in float32, not in shorter numbers."""
    if name == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "highest")
    if name == "torch":
        import torch

        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


def numbers_of(case: Any, device: str) -> list[np.ndarray]:
    """A layer's outputs, and the gradients of their squares by its weights, on a device."""
    from tests.layers.case import spread

    def program(trained: list, state: list, inputs: Any) -> Any:
        def squares(trained: list) -> Any:
            call = functools.partial(layer.stateless_call, trained, state)
            outputs = lamina.tree.flatten(spread(layer, call, inputs)[0])
            floats = [ops.cast(y, "float32") for y in outputs if "float" in f"{y.dtype}"]
            return sum((ops.sum(ops.square(y)) for y in floats), start=ops.zeros(())), outputs

        if not trained:
            return squares(trained)[1], []
        (_, outputs), gradients = autodiff.value_and_grad(squares, has_aux=True)(trained)
        return outputs, gradients

    with lamina.device(device):
        lamina.utils.set_random_seed(1)
        layer, inputs = case.layer(lamina.layers), case.inputs()
        spread(layer, layer.build, lamina.tree.map_structure(lambda x: x.shape, inputs))
        if engine().name == "jax":  # which compiles one program far sooner than each operation
            program = engine().compile(program)
        groups = layer.trainable_variables, layer.non_trainable_variables
        results = program(*([v.value for v in group] for group in groups), inputs)
        return [ops.convert_to_numpy(y) for y in lamina.tree.flatten(results) if y is not None]


def difference(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    """The largest difference, relative to the largest number of its array."""
    worst = 0.0
    for x, y in zip(one, other, strict=True):
        if not x.size:
            continue
        x, y = (np.asarray(a, "complex128" if a.dtype.kind == "c" else "float64") for a in (x, y))
        scale = max(1e-3, float(np.abs(y[np.isfinite(y)]).max(initial=0)))
        with np.errstate(invalid="ignore"):
            gap = np.where(x == y, 0, np.abs(x - y))  # infinities that agree
        gap = np.where(np.isnan(x) & np.isnan(y), 0, gap)
        worst = max(worst, float("inf") if np.isnan(gap).any() else float(gap.max()) / scale)
    return worst


def layers(device: str, most: int, until: float) -> Iterator[str]:
    """A summary of all cases, after the cases that differ or fail."""
    from tests.layers.cases import CASES

    seen, worst, odd = 0, 0.0, 0
    for case in CASES[:most]:
        if time.perf_counter() > until:
            break
        seen += 1
        try:
            gap = difference(numbers_of(case, device), numbers_of(case, "cpu"))
        except Exception as error:
            odd += 1
            yield f"- **{case!r} failed**: {type(error).__name__}: {f'{error}'.splitlines()[0][:200]}"
            continue
        worst = max(worst, gap)
        if gap > TOLERANCE:
            odd += 1
            yield f"- **{case!r} differs** by {gap:.1e}"
    yield (
        f"- layers: {seen} of {min(most, len(CASES))} cases, outputs and gradients: {seen - odd} agree with the "
        f"processor within {TOLERANCE:.0e} (the worst by {worst:.1e}), {odd} do not."
    )


def training(work: str, device: str) -> str:
    """The losses of a few epochs on both."""
    module = importlib.import_module(f"benchmarks.works.{work}")
    losses = []
    for where in (device, "cpu"):
        with lamina.device(where):
            lamina.utils.set_random_seed(1)
            model = module.model(lamina)
            x, y = module.data(4 * 16)
            losses.append(model.fit(x, y, 16, epochs=3, verbose=0).history["loss"])
    gap = float(np.max(np.abs(np.subtract(*losses)) / np.abs(losses[1])))
    verdict = "agree" if gap < 0.02 else "**differ**"
    return f"- training of `{work}`, 3 epochs: losses {verdict} within {gap:.1e} (last: {losses[0][-1]:.4f})."


def kernels(name: str, device: str) -> Iterator[str]:
    """Which kernels convolution and attention run on the device, by the library's own account."""
    x = np.ones((8, 32, 32, 16), "float32")
    words = np.ones((8, 128, 4, 32), "float16")
    with lamina.device(device):
        convolution = lamina.layers.Conv2D(32, 3)
        convolution(x)
        calls: dict[str, Callable] = {
            "a convolution": lambda: convolution(x),
            "attention": lambda: ops.dot_product_attention(words, words, words, is_causal=True),
        }
        for what, call in calls.items():
            names = NAMES[name](call)
            marked = [n for n in names if any(mark in n.lower() for mark in MARKS)]
            shown = ", ".join(f"`{n[:60]}`" for n in (marked or names)[:3])
            kind = "fused or cuDNN" if marked else "no cuDNN or fused kernel"
            yield f"- {what}: {kind}: {shown}"


MARKS = ("cudnn", "flash", "fmha", "efficient_attention", "implicit", "mkldnn", "onednn")


def _torch_names(call: Callable) -> list[str]:
    import torch

    kinds = [torch.profiler.ProfilerActivity.CPU]
    if torch.cuda.is_available():
        kinds.append(torch.profiler.ProfilerActivity.CUDA)
    call()
    with torch.profiler.profile(activities=kinds) as profile:
        call()
    return sorted({event.key for event in profile.key_averages()})


def _jax_names(call: Callable) -> list[str]:
    import re

    import jax

    text = jax.jit(call).lower().compile().as_text()
    return sorted(set(re.findall(r'custom_call_target="([^"]+)"', text))) or ["XLA's own"]


NAMES: dict[str, Callable[[Callable], list[str]]] = {"torch": _torch_names, "jax": _jax_names}


def main(name: str, kind: str, most: str, seconds: str, *works: str) -> None:
    began = time.perf_counter()
    lamina.config.set_backend(name)
    exact(name)
    device = "gpu" if kind == "cuda" else "cpu"
    for text in kernels(name, device):
        print(text, flush=True)
    for work in works:
        if hasattr(importlib.import_module(f"benchmarks.works.{work}"), "model"):
            print(training(work, device), flush=True)
    for text in layers(device, int(most), began + float(seconds)):
        print(text, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
