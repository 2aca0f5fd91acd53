"""Draws on PyTorch, from the explicit key.

On the processor torch's generator keeps 32 of a seed's 64 bits, so keys that differ in the other
word would draw the same. NumPy's Philox takes the whole key, draws uniform numbers as fast, and
gives what the NumPy engine gives.
"""

import numpy as np
import torch

from lamina.engine import philox as host
from lamina.engine.torch.convert import from_numpy, to_numpy
from lamina.engine.torch.devices import DTYPES, current_device


def uniform(key, shape, dtype):
    return _draw(host.uniform, torch.rand, key, shape, dtype)


def normal(key, shape, dtype):
    return _draw(host.normal, torch.randn, key, shape, dtype)


def integers(key, shape, low, high, dtype):
    def on_host(key, shape, dtype):
        return host.integers(key, shape, low, high, dtype)

    def on_device(shape, dtype, **options):
        # Drawn in 64 bits: torch cannot draw the unsigned types.
        return torch.randint(low, high, shape, dtype=torch.int64, **options).to(dtype)

    return _draw(on_host, on_device, key, shape, dtype)


def gamma(key, alpha):
    return _draw_by(key, host.gamma, torch._standard_gamma, alpha)  # type: ignore


def binomial(key, counts, probabilities):
    return _draw_by(key, host.binomial, torch.binomial, counts, probabilities)


def _draw_by(key, on_host, on_device, *parameters):
    """A draw for each element of the parameters, without a slope by them."""
    where, parameters = current_device(), [x.detach() for x in parameters]
    if where.type == "meta":
        return torch.empty_like(parameters[0])
    if where.type == "cpu":
        return from_numpy(np.asarray(on_host(to_numpy(key), *map(to_numpy, parameters))))
    return on_device(*parameters, generator=_generator(where, key))


def _generator(where, key):
    first, second = key.tolist()
    return torch.Generator(where).manual_seed((first << 32) | second)


def _draw(on_host, on_device, key, shape, dtype):
    where = current_device()
    if where.type == "meta":
        return torch.empty(shape, dtype=DTYPES[dtype], device=where)
    if where.type == "cpu":
        return from_numpy(np.asarray(on_host(to_numpy(key), shape, dtype)))
    return on_device(shape, generator=_generator(where, key), dtype=DTYPES[dtype], device=where)
