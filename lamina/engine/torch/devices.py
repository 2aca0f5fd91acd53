"""Where tensors live, and how their dtypes are called: the one place that decides."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

from lamina.engine import device_names, names
from lamina.engine.abstractly import is_abstract


def _default() -> torch.device:
    if name := os.environ.get("LAMINA_TORCH_DEVICE"):
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


DEFAULT = _default()
META = torch.device("meta")
_in_force: ContextVar[torch.device] = ContextVar("lamina_torch_device", default=DEFAULT)


def current_device() -> torch.device:
    """Return the device of new tensors: `meta`, without values, while `abstract` runs."""
    return META if is_abstract() else _in_force.get()


def named(name: str) -> torch.device:
    """Return the device of that name."""
    kinds = {
        "cpu": [torch.device("cpu")],
        "gpu": [torch.device("cuda", i) for i in range(torch.cuda.device_count())]
        or [torch.device("mps")] * torch.backends.mps.is_available(),
    }
    return device_names.choose(name, kinds)


@contextmanager
def device(name: str) -> Iterator[None]:
    """The contract's `device`."""
    token = _in_force.set(named(name))
    try:
        yield
    finally:
        _in_force.reset(token)


def memory(name: str | None = None) -> int | None:
    """The contract's `memory`."""
    chosen = named(name) if name else _in_force.get()
    if chosen.type == "cuda":
        return torch.cuda.get_device_properties(chosen).total_memory
    return device_names.host_memory()  # Metal shares it


def is_out_of_memory(error: BaseException) -> bool:
    """The contract's `is_out_of_memory`; the host's allocator and Metal have no class of their own for it."""
    said = ("can't allocate memory", "out of memory")
    return isinstance(error, RuntimeError) and any(words in str(error) for words in said)


def is_mismatch(error: Exception) -> bool:
    """The contract's `is_mismatch`: PyTorch says nearly everything with one class."""
    return type(error) is RuntimeError and not is_out_of_memory(error)


DTYPES = {name: getattr(torch, name) for name in names.DTYPES}
NAMES = {native: name for name, native in DTYPES.items()}
# NumPy has none of these itself: their bits pass through an integer of the same width.
CARRIERS = {"bfloat16": "int16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"}

if DEFAULT.type == "mps":
    # Metal has no 64-bit floats; like JAX's rule without x64.
    DTYPES |= {"float64": torch.float32, "complex128": torch.complex64}

# True while `program.py` records kernels: values must not be read then. `torch.compile` does not know all kernels.
recording: ContextVar[bool | str] = ContextVar("lamina_torch_recording", default=False)
FOR_THE_COMPILER = "for the compiler"
