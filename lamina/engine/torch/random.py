"""Draws on PyTorch, from the explicit key.

On the processor torch's generator keeps 32 of a seed's 64 bits, so keys that differ in the other
word would draw the same. NumPy's Philox takes the whole key, draws uniform numbers as fast, and
gives what the NumPy engine gives.
"""

import functools

import numpy as np
import torch

from lamina.engine import philox as host
from lamina.engine.torch.convert import from_numpy, to_numpy
from lamina.engine.torch.devices import DTYPES, current_device, recording


def uniform(key, shape, dtype):
    return _draw("uniform", torch.rand, key, shape, dtype)


def normal(key, shape, dtype):
    return _draw("normal", torch.randn, key, shape, dtype)


def integers(key, shape, low, high, dtype):
    def on_device(shape, dtype, **options):
        # Drawn in 64 bits: torch cannot draw the unsigned types.
        return torch.randint(low, high, shape, dtype=torch.int64, **options).to(dtype)

    return _draw("integers", on_device, key, shape, dtype, low, high)


def gamma(key, alpha):
    return _draw_by("gamma", torch._standard_gamma, key, alpha)  # type: ignore


def binomial(key, counts, probabilities):
    return _draw_by("binomial", torch.binomial, key, counts, probabilities)


def _draw_by(name, on_device, key, *parameters):
    """A draw for each element of the parameters, without a slope by them."""
    where, parameters = current_device(), [x.detach() for x in parameters]
    if where.type == "meta":
        return torch.empty_like(parameters[0])
    if where.type == "cpu":
        return _on_host(name, key, parameters)
    return on_device(*parameters, generator=_generator(where, key))


def _draw(name, on_device, key, shape, dtype, *bounds):
    where = current_device()
    if where.type == "meta":
        return torch.empty(shape, dtype=DTYPES[dtype], device=where)
    if where.type == "cpu":
        return _on_host(name, key, [], shape, bounds, dtype)
    return on_device(shape, generator=_generator(where, key), dtype=DTYPES[dtype], device=where)


def _generator(where, key):
    first, second = key.tolist()
    return torch.Generator(where).manual_seed((first << 32) | second)


def _on_host(*what):
    return _operator()(*what) if recording.get() else _drawn(*what)


def _drawn(name, key, parameters, shape=(), bounds=(), dtype=""):
    arguments = [*map(to_numpy, parameters)] or [tuple(shape), *bounds, dtype]
    return from_numpy(np.asarray(getattr(host, name)(to_numpy(key), *arguments)))


@functools.cache
def _operator():
    """Return an operator for draws on the host, which a recorded program calls again with the key of its step."""

    def draw(*what):
        token = recording.set(False)
        try:
            return _drawn(*what)
        finally:
            recording.reset(token)

    operator = torch.library.custom_op(
        "lamina::draw",
        draw,
        mutates_args=(),
        schema="(str name, Tensor key, Tensor[] parameters, int[] shape=[], int[] bounds=[], str dtype='') -> Tensor",
    )

    @operator.register_fake
    def _(name, key, parameters, shape=(), bounds=(), dtype=""):
        if parameters:
            return torch.empty_like(parameters[0])
        return torch.empty(shape, dtype=DTYPES[dtype])

    return torch.ops.lamina.draw.default
