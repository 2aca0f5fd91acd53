"""The errors of reading files."""


class LoadError(ValueError):
    """A file cannot be loaded, or does not fit the model; nothing was changed."""


class FormatError(LoadError):
    """The bytes are not what the format allows: damaged, cut off, or made to do harm."""


class PolicyError(LoadError):
    """The bytes are well-formed, but ask for what files may not have: code, names that nobody offered."""


class LimitError(LoadError):
    """The bytes ask for more than the limits of a load allow; the message names the limit."""


def quoted(text: object) -> str:
    """Text from a file, safe to show: escaped, and at most 200 characters."""
    shown = ascii(text[:200] if isinstance(text, (str, bytes)) else text)
    return shown if len(shown) <= 200 else f"{shown[:197]}..."
