"""Devices on MLX. Memory is one for all of them: a device is where something is computed."""

import mlx.core as mx

from lamina.engine import device_names
from lamina.engine.mlx.convert import asarray


def _choose(name):
    devices = {
        kind: [mx.Device(of, i) for i in range(mx.device_count(of))]
        for kind, of in (("cpu", mx.cpu), ("gpu", mx.gpu))
    }
    return device_names.choose(name, devices)


def place(x, layout=None):
    if isinstance(layout, str):
        _choose(layout)
    return asarray(x)


def device(name):
    return mx.stream(_choose(name))


def memory(name=None):
    if name is not None:
        _choose(name)
    return device_names.host_memory()


def is_out_of_memory(error):
    # An axis that is longer than MLX can count is too long for any memory.
    said = {RuntimeError: "allocate", OverflowError: "outside the supported range"}
    return said.get(type(error), "\0") in str(error)
