"""PyTorch's profiler."""

from collections.abc import Callable

import torch


def profile(folder: str) -> Callable[[], None]:
    profiler = torch.profiler.profile(
        on_trace_ready=torch.profiler.tensorboard_trace_handler(folder)
    )
    profiler.start()
    return profiler.stop
