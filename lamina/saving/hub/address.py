"""Addresses of the Hub: `hf://user/repository[@revision][/file]`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lamina.core.file_errors import PolicyError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/{1,2}")  # a `Path` makes one slash of two
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_ADDRESS = re.compile(
    rf"(?P<repository>{_NAME}/{_NAME})(?:@(?P<revision>[\w.%-]{{1,255}}))?(?:/(?P<file>.+))?",
    re.ASCII,
)
PLAIN = re.compile(r"(?:[A-Za-z0-9_][\w.-]*)(?:/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
"""Paths of files that mean the same to every file system, and do not lead upwards."""
_FORM = "hf://user/repository, and behind it @revision or /file if you like"


@dataclass(frozen=True)
class Address:
    """Where something is on the Hub.

    Attributes:
        repository: `user/name`.
        revision: a branch, a tag or a commit; `None` for the main branch.
        file: within the repository; `None` leaves the choice to lamina.
    """

    repository: str
    revision: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        revision = f"@{self.revision.replace('/', '%2F')}" if self.revision else ""
        return f"hf://{self.repository}{revision}{f'/{self.file}' if self.file else ''}"


def address_of(filepath: Any) -> Address | None:
    """Return the address that `filepath` is; `None` for a path on this machine, or no path at all.

    Raises:
        PolicyError: it is the address of something else than the Hub.
        ValueError: it begins with `hf://`, but does not go on as an address does.

    Example:
        >>> address_of("hf://me/digits@v2/small.keras")
        Address(repository='me/digits', revision='v2', file='small.keras')
        >>> address_of("digits.keras") is None
        True
    """
    if not isinstance(filepath, (str, os.PathLike)):
        return None
    text = os.fspath(filepath)
    if not isinstance(text, str) or (match := _SCHEME.match(text)) is None:
        return None
    if match[1].lower() != "hf":
        if "://" not in text:  # a folder's name may end with a colon
            return None
        raise PolicyError(
            f"{text[:200]!r} is not a path on this machine, and lamina opens only addresses of the Hugging Face "
            "Hub by itself (hf://user/repository). Download the file first, "
            "for example with lamina.utils.get_file(origin=..., sha256=...), and give its path."
        )
    parts = _ADDRESS.fullmatch(text[match.end() :])
    if parts is None or (parts["file"] is not None and not PLAIN.fullmatch(parts["file"])):
        raise ValueError(f"{text[:200]!r} is not an address of the Hub: it takes {_FORM}.")
    revision = unquote(parts["revision"]) if parts["revision"] else None
    return Address(parts["repository"], revision, parts["file"])
