"""Devices on JAX."""

import jax

from lamina.engine import device_names
from lamina.engine.jax.arrays import asarray


def _choose(name):
    devices = {"cpu": jax.local_devices(backend="cpu")}
    devices[jax.default_backend()] = jax.local_devices()
    return device_names.choose(name, devices)


def place(x, layout=None):
    return jax.device_put(asarray(x), _choose(layout) if isinstance(layout, str) else layout)


def device(name):
    return jax.default_device(_choose(name))


def _default():
    return jax.config.jax_default_device or jax.local_devices()[0]  # pyright: ignore[reportAttributeAccessIssue]


def is_processor():
    """Tell whether what is computed now, or traced, is for the host's processor."""
    return _default().platform == "cpu"


def memory(name=None):
    chosen = _choose(name) if name else _default()
    if chosen.platform == "cpu":
        return device_names.host_memory()
    return (chosen.memory_stats() or {}).get("bytes_limit")


def is_out_of_memory(error):
    return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)
