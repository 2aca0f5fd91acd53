"""PyTorch's own way of training: parameters that require gradients, `backward`, `torch.optim`."""

import torch

from lamina.engine.abstractly import is_abstract
from lamina.engine.torch.autodiff import depth

_native = []  # whether there has been a parameter yet


def admit(kind, value_of):
    pass


records = None  # variables become parameters by the call that needs it: see `follows`


def follows(inputs):
    if depth() or is_abstract() or not torch.is_grad_enabled():
        return None
    if any(isinstance(x, torch.Tensor) for x in inputs):
        return True
    return False if _native else None


def native_variable(value, trainable, name):
    _native[:] = [True]
    return torch.nn.Parameter(value.detach(), requires_grad=trainable)


def value_of(native):
    return native


def update(native, value):
    with torch.no_grad():
        native.copy_(value)


recording = torch.enable_grad


def watched(x):
    return x.detach().requires_grad_()


def note_read(variable):
    pass  # a tensor knows itself whether gradients are taken by it
