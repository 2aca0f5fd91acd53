"""Opening files of every kind, to look into them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lamina.core.load_policy import Budget, LoadPolicy
from lamina.saving import stores
from lamina.saving.looking.contents import Contents


@contextmanager
def opened(
    filepath: str | os.PathLike[str], policy: LoadPolicy | None = None
) -> Iterator[Contents]:
    """Open a file and gather what it holds; its tensors may be read as long as it is open.

    Raises:
        LoadError: there is nothing that could be told.
        FileNotFoundError: there is no such file.
    """
    path = Path(os.fspath(filepath))
    policy = policy or LoadPolicy()
    with _of_weights(path, policy) as contents:
        yield contents


@contextmanager
def _of_weights(path: Path, policy: LoadPolicy) -> Iterator[Contents]:
    ending = stores.ending(path, "inspect_model")
    size = path.stat().st_size
    with stores.reading(path, Budget(policy.limits, size), ending) as root:
        contents = Contents(path, ending, size)
        contents.add_tensors(root)
        yield contents
