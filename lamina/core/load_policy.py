"""What one load may take, and what it may name: values that are handed down, never ambient state.

`Limits` are the numbers, `LoadPolicy` says what a file may name, and a `Budget` counts what one load
has taken so far. Nothing here can be changed by a file, an environment variable or a global flag.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any

from lamina.core.file_errors import LimitError

MiB = 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that loading a file may take; honest files stay far below.

    Args:
        members: files within an archive, assets and shards included.
        config_bytes: bytes of one `config.json`, decompressed.
        metadata_bytes: bytes of one `metadata.json` or shard index, decompressed.
        json_depth: how deeply JSON is nested.
        json_nodes: values in JSON, keys included.
        json_string: characters of one string in JSON.
        json_digits: characters of one number in JSON.
        layers: layers, the layers within layers included.
        graph_nodes: calls of layers and ops in the graphs of models.
        graph_edges: tensors that are handed from call to call.
        tensors: arrays in a file.
        rank: dimensions of one array.
        base_bytes: memory that any file may take, however small.
        bytes_per_file_byte: memory per byte of the file, beyond `base_bytes`.
        max_bytes: memory in all; `None` stands for half of the machine's memory.
        inflation: bytes of tensors that come out of one byte of the file.
        weightless_bytes: bytes of the variables of a model that is made without a weights file.

    Example:
        >>> Limits(members=20).members
        20
    """

    members: int = 10_000
    config_bytes: int = 16 * MiB
    metadata_bytes: int = MiB
    json_depth: int = 128
    json_nodes: int = 2_000_000
    json_string: int = MiB
    json_digits: int = 32
    layers: int = 10_000
    graph_nodes: int = 100_000
    graph_edges: int = 500_000
    tensors: int = 1_000_000
    rank: int = 32
    base_bytes: int = 512 * MiB
    bytes_per_file_byte: int = 4
    max_bytes: int | None = None
    inflation: int = 8
    weightless_bytes: int = 2048 * MiB

    def __post_init__(self):
        for each in fields(self):
            value = getattr(self, each.name)
            if value is None and each.name == "max_bytes":
                continue
            if type(value) is not int or value < 0:
                raise ValueError(f"Limits: {each.name} must be a whole number >= 0, not {value!r}.")


@dataclass(frozen=True, kw_only=True)
class LoadPolicy:
    """What files may name, beyond what lamina offers.

    Args:
        limits: the most that a load may take.
        registered: names (`"package>name"`) of registered objects that files may name; `None` for
            all that were registered with `lamina.saving.register_keras_serializable()`, `()` for none.
        ignore_members: leave members of an archive that no format has unread, and do not refuse them.

    Example:
        >>> LoadPolicy(registered=()).allows("Mine>double")
        False
    """

    limits: Limits = field(default_factory=Limits)
    registered: tuple[str, ...] | None = None
    ignore_members: bool = False

    def allows(self, registered: str) -> bool:
        """Say whether files may name what is registered as `registered`."""
        return self.registered is None or registered in self.registered


class Budget:
    """What one load has taken: every stage charges before it does something.

    Args:
        limits: the most that may be taken.
        file_bytes: bytes of the file on disk, of all files together for a sharded set.

    Example:
        >>> budget = Budget(Limits(tensors=2))
        >>> budget.charge("tensors", 2)
        >>> budget.left("tensors")
        0
    """

    def __init__(self, limits: Limits | None = None, file_bytes: int = 0):
        self.limits = limits or Limits()
        self.file_bytes = file_bytes
        self.taken: dict[str, int] = {}

    def allowed(self, kind: str) -> int:
        """Return the most of `kind`: a field of `Limits`, `"bytes"` or `"inflated_bytes"`."""
        limits = self.limits
        if kind == "bytes":
            most = limits.base_bytes + limits.bytes_per_file_byte * self.file_bytes
            return min(most, _half_of_memory() if limits.max_bytes is None else limits.max_bytes)
        if kind == "inflated_bytes":
            return max(limits.inflation * self.file_bytes, limits.config_bytes)
        return getattr(limits, kind)

    def left(self, kind: str) -> int:
        """Return how much of `kind` may still be taken."""
        return self.allowed(kind) - self.taken.get(kind, 0)

    def charge(self, kind: str, amount: int = 1) -> None:
        """Take `amount` of `kind`, on top of what was taken before.

        Raises:
            LimitError: that is more than the limit; nothing was taken.
        """
        total = self.taken.get(kind, 0) + amount
        self.check(kind, total)
        self.taken[kind] = total

    def check(self, kind: str, amount: int) -> None:
        """See that one thing (a string, a rank) is not larger than its limit; nothing is added up.

        Raises:
            LimitError: it is larger.
        """
        if amount > (most := self.allowed(kind)):
            raise LimitError(
                f"it takes {amount:,} {_UNITS.get(kind, kind.replace('_', ' '))}; the limit is {most:,}. "
                f"If you trust it, pass limits=Limits({_SETTINGS.get(kind, kind)}=...)."
            )


def check_safe_mode(safe_mode: Any) -> None:
    """See that Keras' argument `safe_mode` is a truth value or `None`; all of them mean the same here.

    Raises:
        TypeError: it is something else. A value that merely counts as false must not look like an opt-in.
    """
    if safe_mode is not None and type(safe_mode) is not bool:
        raise TypeError(
            f"safe_mode must be True or False, not {safe_mode!r:.60}. Code in a file never runs, whatever it "
            "is: pass functions that the file needs as custom_objects={'layer name': function}."
        )


_UNITS = {
    "bytes": "bytes of memory",
    "config_bytes": "bytes of configuration",
    "inflated_bytes": "bytes when it is decompressed",
    "json_depth": "levels of nesting",
    "json_digits": "characters for one number",
    "json_nodes": "values in JSON",
    "json_string": "characters for one string",
    "metadata_bytes": "bytes of metadata",
    "rank": "dimensions",
    "weightless_bytes": "bytes for variables that no file holds",
}
_SETTINGS = {"bytes": "base_bytes", "inflated_bytes": "inflation"}


def _half_of_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return 4096 * MiB
