"""RemoteMonitor: a server gets the same requests from Keras' callback and from ours."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import keras
import numpy as np
import pytest

import lamina


@pytest.fixture
def server():
    """A server that keeps what it is sent: `(path, type, headers, body)`, and answers with `status`."""

    class Keeps(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kind = self.headers["Content-Type"]
            data = json.loads(body if "json" in kind else parse_qs(body)[made.field][0])
            made.requests.append((self.path, kind, self.headers.get("X-Mine"), data))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    made = HTTPServer(("127.0.0.1", 0), Keeps)
    made.requests, made.status, made.field = [], 200, "data"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def _root(server):
    return f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"send_as_json": True, "path": "/here"},
        {"field": "logs", "headers": {"X-Mine": "yes"}},
    ],
    ids=str,
)
def test_requests(server, options):
    server.field = options.get("field", "data")
    for library in (lamina, keras):
        monitor = library.callbacks.RemoteMonitor(_root(server), **options)
        monitor.on_epoch_end(0, {"loss": 0.5, "rate": np.float32(0.25)})
        monitor.on_epoch_end(1, {})
    assert len(server.requests) == 4 and server.requests[:2] == server.requests[2:]


def test_a_server_that_refuses_gets_a_warning(server):
    server.status = 500
    monitor = lamina.callbacks.RemoteMonitor(_root(server))
    with pytest.warns(UserWarning, match="did not take the logs: HTTP Error 500"):
        monitor.on_epoch_end(0, {"loss": 0.5})


def test_a_server_that_is_not_there_gets_a_warning(server):
    root = _root(server)
    server.socket.close()  # nobody listens any more
    with pytest.warns(UserWarning, match="did not take the logs"):
        lamina.callbacks.RemoteMonitor(root).on_epoch_end(0, {"loss": 0.5})


def test_other_addresses_are_refused():
    with pytest.raises(ValueError, match="must begin with http:// or https://, but is 'file:///'"):
        lamina.callbacks.RemoteMonitor("file:///")
