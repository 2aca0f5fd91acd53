"""`RemoteMonitor`: send the logs of every epoch to a server."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import numpy as np

from lamina.core.tracebacks import warn
from lamina.training.callbacks.callback import Callback, Logs

_SECONDS = 10.0  # a server that does not answer may not hold training up for longer


class RemoteMonitor(Callback):
    """Sends `{"epoch": ..., "loss": ..., ...}` at the end of every epoch, by HTTP POST.

    A server that does not answer gets a warning, and training goes on.

    Args:
        root: the server, such as `"http://localhost:9000"`.
        path: on the server.
        field: of the form that holds the JSON text; not used with `send_as_json`.
        headers: more HTTP headers, by name.
        send_as_json: send the JSON text itself, as `application/json`.

    Raises:
        ValueError: `root` does not begin with `http://` or `https://`.

    Example:
        >>> import lamina
        >>> lamina.callbacks.RemoteMonitor("http://localhost:9000").url
        'http://localhost:9000/publish/epoch/end/'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ):
        if not root.startswith(("http://", "https://")):
            raise ValueError(
                f"RemoteMonitor: `root` must begin with http:// or https://, but is {root!r}."
            )
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    @property
    def url(self) -> str:
        """Where the logs are sent to."""
        return self.root + self.path

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Send the logs."""
        text = json.dumps({"epoch": epoch, **{n: _plain(v) for n, v in (logs or {}).items()}})
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        body = text if self.send_as_json else urllib.parse.urlencode({self.field: text})
        request = urllib.request.Request(
            self.url, body.encode(), {"Content-Type": kind, **(self.headers or {})}
        )
        try:
            urllib.request.urlopen(request, timeout=_SECONDS).close()
        except urllib.error.HTTPError as error:
            error.close()
            self._warn(error)
        except OSError as error:
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        warn(f"RemoteMonitor: {self.url} did not take the logs: {error}.")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
