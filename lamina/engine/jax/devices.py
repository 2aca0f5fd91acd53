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


def memory(name=None):
    chosen = _choose(name) if name else jax.config.jax_default_device or jax.local_devices()[0]  # pyright: ignore[reportAttributeAccessIssue]
    if chosen.platform == "cpu":
        return device_names.host_memory()
    return (chosen.memory_stats() or {}).get("bytes_limit")
