"""The errors of reading files."""


class LoadError(ValueError):
    """A file cannot be loaded, or does not fit the model; nothing was changed."""


class FormatError(LoadError):
    """The bytes are not what the format allows: damaged, cut off, or made to do harm."""


def quoted(text: object) -> str:
    """Text from a file, safe to show: escaped, and at most 200 characters."""
    shown = ascii(text)
    return shown if len(shown) <= 200 else f"{shown[:197]}..."
