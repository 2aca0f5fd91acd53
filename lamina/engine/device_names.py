"""Names of devices as Keras writes them, and what they stand for on an engine."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

_NAME = re.compile(r"/?(?:device:)?([a-z]+)(?::(\d+))?")
_ALIASES = {"cuda": "gpu", "rocm": "gpu", "mps": "gpu"}

Device = TypeVar("Device")


def choose(name: str, devices: Mapping[str, Sequence[Device]]) -> Device:
    """Return the device called `name` (`"cpu"`, `"gpu:1"`) among an engine's `devices`, by kind.

    Raises:
        ValueError: `name` is not a device's name, or the engine has no such device.
    """
    parts = _NAME.fullmatch(name.lower()) if isinstance(name, str) else None
    if parts is None:
        raise ValueError(f"A device is named like 'cpu', 'gpu' or 'gpu:1', not {name!r}.")
    kind, index = _ALIASES.get(parts[1], parts[1]), int(parts[2] or 0)
    here = devices.get(kind, ())
    if index >= len(here):
        names = [f"{kind}:{i}" for kind in devices for i in range(len(devices[kind]))]
        raise ValueError(f"There is no device {name!r} here. Devices that the engine has: {names}.")
    return here[index]


def host_memory() -> int | None:
    """Return the bytes of the host's memory; `None` where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
