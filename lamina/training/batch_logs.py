"""`BatchLogs`: the logs of a batch, on the device until somebody reads them."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from lamina.ops.core import convert_to_numpy


def as_floats(logs: Any) -> dict[str, Any]:
    """Return logs as Python floats, the loss first; arrays with axes stay arrays."""
    return {name: _as_float(value) for name, value in _loss_first(logs).items()}


def _as_float(value: Any) -> Any:
    array = convert_to_numpy(value)
    return float(array) if array.ndim == 0 else array


def _loss_first(logs: Mapping[str, Any] | None) -> dict[str, Any]:
    logs = logs or {}
    return {**({"loss": logs["loss"]} if "loss" in logs else {}), **logs}


class BatchLogs(MutableMapping, dict):  # type: ignore[misc]
    """A dict of logs whose values become Python floats when they are read, each once.

    To read a value waits for the device until the step that computes it has ended. Looking at the
    names does not.

    Args:
        logs: name -> native array or number; the loss comes first, the others keep their order.

    Example:
        >>> import lamina
        >>> logs = BatchLogs({"accuracy": lamina.ops.ones(()), "loss": lamina.ops.zeros(())})
        >>> list(logs), logs["accuracy"], logs
        (['loss', 'accuracy'], 1.0, {'loss': 0.0, 'accuracy': 1.0})
    """

    __slots__ = ()
    # All other methods of a mapping stand on these; those of `dict` would give what is unread.
    __setitem__, __delitem__ = dict.__setitem__, dict.__delitem__
    __len__, __contains__ = dict.__len__, dict.__contains__

    def __init__(self, logs: Mapping[str, Any] | None = None):
        dict.__init__(self, _loss_first(logs))

    def __iter__(self) -> Iterator[str]:
        return dict.__iter__(self)

    def __getitem__(self, name: str) -> Any:
        value = dict.__getitem__(self, name)
        if hasattr(value, "dtype"):  # of an engine, or of NumPy
            value = self[name] = _as_float(value)
        return value

    def copy(self) -> dict[str, Any]:
        """Return the logs, read, as a plain dict."""
        return dict(self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple:
        return dict, (dict(self),)
