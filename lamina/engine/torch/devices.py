"""Where tensors live, and how their dtypes are called: the one place that decides."""

from __future__ import annotations

import os
from contextvars import ContextVar

import torch


def _choose() -> torch.device:
    if asked := os.environ.get("LAMINA_TORCH_DEVICE"):
        return torch.device(asked)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


DEVICE = _choose()
META = torch.device("meta")

# `abstract` puts the meta device in force, so that arrays made inside have no values either.
in_force: ContextVar[torch.device] = ContextVar("lamina_torch_device", default=DEVICE)
device = in_force.get


def is_tracing() -> bool:
    """Whether `abstract` is running: tensors made now have no values."""
    return device() is META


DTYPES = {
    name: getattr(torch, name)
    for name in [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "bfloat16",
        "float32",
        "float64",
        "complex64",
        "complex128",
        "float8_e4m3fn",
        "float8_e5m2",
    ]
}
NAMES = {native: name for name, native in DTYPES.items()}
# NumPy has none of these itself: their bits pass through an integer of the same width.
CARRIERS = {"bfloat16": "int16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"}

if DEVICE.type == "mps":
    # Metal has no 64-bit floats; like JAX's rule without x64.
    DTYPES |= {"float64": torch.float32, "complex128": torch.complex64}

# True while `program.py` records kernels: values must not be read then.
recording: ContextVar[bool] = ContextVar("lamina_torch_recording", default=False)
