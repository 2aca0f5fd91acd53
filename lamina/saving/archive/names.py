"""Which members an archive may have: a closed set for each format, and no names that mean something
to a file system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lamina.core.file_errors import FormatError, quoted

_LONGEST = 255  # bytes of one component
_MODEL = re.compile(
    r"metadata\.json|config\.json|model\.weights\.(h5|npz|json)|lamina\.state\.h5|model_\d{5}\.weights\.h5"
    r"|assets(/[A-Za-z0-9_][A-Za-z0-9_.\-]*)+"
)
_ASSET_FOLDER = re.compile(r"assets(/[A-Za-z0-9_][A-Za-z0-9_.\-]*)*")


def in_model(name: str) -> bool:
    """Tell whether a `.keras` file may have this member (or, ending with `/`, this folder).

    Example:
        >>> in_model("config.json"), in_model("assets/layers/a/words.txt"), in_model("setup.py")
        (True, True, False)
    """
    pattern, name = (_ASSET_FOLDER, name[:-1]) if name.endswith("/") else (_MODEL, name)
    return pattern.fullmatch(name) is not None


def in_arrays(name: str) -> bool:
    """Tell whether an `.npz` file may have this member."""
    return name.endswith(".npy")


def check_name(name: str) -> None:
    """See that a name is a plain relative path.

    Raises:
        FormatError: it is not.
    """
    parts = name.removesuffix("/").split("/")
    odd = any(part in ("", ".", "..") or len(part.encode()) > _LONGEST for part in parts)
    if odd or "\\" in name or not name.isprintable():
        raise FormatError(f"the name {quoted(name)} of a member is not a plain path.")


def check_together(names: Iterable[str]) -> None:
    """See that no two names are the same to some file system, and that no file is also a folder.

    Raises:
        FormatError: two names collide.
    """
    met: dict[str, str] = {}
    for name in names:
        key = _folded(name.removesuffix("/"))
        if key in met:
            raise FormatError(f"the members {quoted(met[key])} and {quoted(name)} share a name.")
        met[key] = name
    for key, name in met.items():
        parts = key.split("/")
        above = (met.get("/".join(parts[:n]), "/") for n in range(1, len(parts)))
        if not all(other.endswith("/") for other in above):
            raise FormatError(f"the member {quoted(name)} lies within another member.")


def _folded(name: str) -> str:
    """Return what a name is on file systems that tell neither case nor normal forms of Unicode apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
