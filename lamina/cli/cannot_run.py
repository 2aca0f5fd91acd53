"""The error of a command that cannot run."""


class CannotRunError(Exception):
    """A command cannot be run here; the message says why, and how to fix it."""
