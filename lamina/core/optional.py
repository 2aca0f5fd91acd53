"""Packages that lamina uses only where a user asks for what they do."""

import importlib
from typing import Any


def load(module: str, extra: str, who: str) -> Any:
    """Import `module`; where its package is missing, say which extra of lamina brings it.

    Args:
        module: to import, such as `"orbax.checkpoint"`.
        extra: of lamina's package, which installs it.
        who: needs it; the message begins with this.

    Raises:
        ImportError: the package is not installed.

    Example:
        >>> load("no_such_package", "plot", "History.plot")
        Traceback (most recent call last):
            ...
        ImportError: History.plot needs the package 'no_such_package', which is not installed. ...
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise  # the package is there, and misses something of its own
        raise ImportError(
            f"{who} needs the package {package!r}, which is not installed. "
            f"Install it with: pip install 'lamina[{extra}]'",
            name=package,
        ) from None
