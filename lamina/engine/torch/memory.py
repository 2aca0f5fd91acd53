"""Memory that the process keeps for its next arrays.

glibc gives an array of more than 32 MB back to the system when it is freed, and the system hands out new
pages, filled with zeros, for the next: on a small Transformer half of a step's time (824 ms a step against
385 on one core; a copy of 41 MB 18 ms against 4). So freed memory stays with the process, within limits.
"""

from __future__ import annotations

import ctypes
import os

_TRIM, _BY_ITSELF = -1, -3  # glibc's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
_LARGEST = 2**28  # bytes of an array whose memory is kept
_SHARE = 8  # of the machine's memory one such part, 2 GB at most, stays at the end of the heap
_SETTINGS = ("MALLOC_", "GLIBC_TUNABLES")


def keep_freed() -> bool:
    """Ask the C library to keep what is freed; tell whether it did.

    A user's own settings of it (`MALLOC_TRIM_THRESHOLD_`, `GLIBC_TUNABLES`, ...) stand as they are.
    """
    if any(name.startswith(_SETTINGS) for name in os.environ):
        return False
    try:
        set_option = ctypes.CDLL(None).mallopt
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, TypeError, ValueError):  # another C library
        return False
    kept = min(machine // _SHARE, 2**31 - 1)
    return bool(set_option(_BY_ITSELF, min(_LARGEST, kept)) and set_option(_TRIM, kept))
