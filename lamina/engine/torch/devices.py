"""Where tensors live, and how their dtypes are called: the one place that decides."""

from __future__ import annotations

import os
from contextvars import ContextVar

import torch

from lamina.engine import names
from lamina.engine.abstractly import is_abstract


def _choose() -> torch.device:
    if asked := os.environ.get("LAMINA_TORCH_DEVICE"):
        return torch.device(asked)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


DEVICE = _choose()
META = torch.device("meta")


def device() -> torch.device:
    """Where new tensors are made: while `abstract` runs they have no values either."""
    return META if is_abstract() else DEVICE


DTYPES = {name: getattr(torch, name) for name in names.DTYPES}
NAMES = {native: name for name, native in DTYPES.items()}
# NumPy has none of these itself: their bits pass through an integer of the same width.
CARRIERS = {"bfloat16": "int16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"}

if DEVICE.type == "mps":
    # Metal has no 64-bit floats; like JAX's rule without x64.
    DTYPES |= {"float64": torch.float32, "complex128": torch.complex64}

# True while `program.py` records kernels: values must not be read then.
recording: ContextVar[bool] = ContextVar("lamina_torch_recording", default=False)
