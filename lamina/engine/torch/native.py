"""PyTorch's own way of training: parameters that require gradients, `backward`, `torch.optim`."""

import torch

from lamina.engine.abstractly import is_abstract
from lamina.engine.torch.autodiff import depth


def admit(kind, value_of):
    pass


records = None  # variables become parameters by the call that needs it: see `follows`


def follows(inputs):
    if depth() or is_abstract() or not torch.is_grad_enabled():
        return None
    return any(isinstance(x, torch.Tensor) for x in inputs)


def native_variable(value, trainable, name):
    return torch.nn.Parameter(value.detach(), requires_grad=trainable)


def value_of(native):
    return native


def update(native, value):
    with torch.no_grad():
        native.copy_(value)


def let_train(native, trains):
    native.requires_grad_(trains)
    if not trains:
        native.grad = None  # else `torch.optim` would go on with the last one


recording = torch.enable_grad


def watched(x):
    return x.detach().requires_grad_()


def note_read(variable):
    pass  # a tensor knows itself whether gradients are taken by it
