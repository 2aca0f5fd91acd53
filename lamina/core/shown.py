"""Names from elsewhere, as they are shown: in a terminal, a notebook, a log.

A name in a file may hold anything. What a terminal would obey (escape sequences, line breaks, marks that
turn the direction of text) is written out, as Python's `repr` does; letters of all languages stay.
"""

_LONGEST = 200  # characters


def printable(text: object, at_most: int = _LONGEST) -> str:
    r"""Return `text` in one line, safe to show, and at most `at_most` characters long.

    Example:
        >>> print(printable("층 1"), printable("red\x1b[31m\n"))
        층 1 red\x1b[31m\n
    """
    raw = str(text)
    raw = raw[: at_most + 1]  # the rest would not be shown anyway
    if not raw.isprintable():
        raw = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in raw)
    return raw if len(raw) <= at_most else f"{raw[: at_most - 3]}..."


def memory(size: float) -> str:
    """Return a number of bytes in the largest unit (of 1024 smaller ones) that leaves at least one.

    Example:
        >>> memory(96), memory(3 * 2**20)
        ('96.00 B', '3.00 MB')
    """
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} TB"
