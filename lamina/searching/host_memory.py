"""The host's memory: whether there will be enough, told before the system ends the process.

A graphics processor refuses what it has no room for. The host promises more than it has, and ends a
process that takes it at its word.
"""

import sys
from contextlib import suppress
from pathlib import Path

from lamina.engine.device_names import host_memory

_SHARE = 0.9  # of the memory, at most
_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container


class HostMemory:
    """Predicts from the sizes tried so far how much memory a larger one will take.

    Attributes:
        limit: bytes that the process may take; `None` where that is not known.
    """

    def __init__(self) -> None:
        self.limit = _limit()
        with suppress(
            OSError
        ):  # Linux counts the peak from now on; others from the process's start
            Path("/proc/self/clear_refs").write_text("5")
        self._first, self._per_sample = _peak(), 0.0

    def has_room_for(self, size: int) -> bool:
        """Tell whether a batch of `size` will fit."""
        if self.limit is None or self._first is None:
            return True
        return self._first + self._per_sample * size <= _SHARE * self.limit

    def note(self, size: int) -> None:
        """Note what the process has taken at most, now that a batch of `size` was tried."""
        now = _peak()
        if now is not None and self._first is not None:
            self._per_sample = (now - self._first) / size


def _limit() -> int | None:
    sizes = [host_memory()]
    with suppress(OSError, ValueError):  # there is no container, or its limit is "max"
        sizes.append(int(_LIMIT.read_text()))
    return min((size for size in sizes if size is not None), default=None)


def _peak() -> int | None:
    """Bytes that the process has taken at most so far; `None` where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
