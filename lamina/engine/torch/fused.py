"""Adam's update as one kernel of torch's, on copies: nothing that anybody holds is written to."""

import functools

import torch

from lamina.engine.torch.devices import FOR_THE_COMPILER, recording
from lamina.engine.torch.many import Many


def adam(gradient, value, momentum, velocity, rate, beta_1, beta_2, epsilon):
    """New value, momentum and velocity; `rate` is corrected for the start. `None`: use the formula.

    The kernel knows float32, and no gradient goes through it; `torch.compile` makes its own of the formula.
    """
    columns = gradient, value, momentum, velocity
    if not all(x.dtype == torch.float32 for x in columns) or not _fits(rate):
        return None
    if recording.get() == FOR_THE_COMPILER:
        return None
    many = isinstance(value, Many)
    columns = [x.parts if many else [x] for x in columns]
    if torch.is_grad_enabled() and any(x.requires_grad for column in columns for x in column):
        return None
    # The kernel takes each array for a plain row of numbers, whatever its strides say.
    gradients = [x.contiguous() for x in columns[0]]
    after = [
        [x.clone(memory_format=torch.contiguous_format) for x in column] for column in columns[1:]
    ]
    torch._fused_adam_(  # type: ignore
        after[0],
        gradients,
        *after[1:],
        [],
        [_late(rate.device)] * len(gradients),
        lr=rate,
        beta1=beta_1,
        beta2=beta_2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=False,
        maximize=False,
    )
    return [Many(column) if many else column[0] for column in after]


def _fits(rate):
    return rate.dtype == torch.float32 and rate.ndim == 0 and rate.device.type in ("cpu", "cuda")


@functools.cache
def _late(device):
    """The number of a step so late that the kernel's own correction is 1: the rate has it already."""
    return torch.tensor(1e30, device=device)
