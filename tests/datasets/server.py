"""A web server of our own, and a cache of our own: nothing here leaves the machine."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Site:
    """What the server serves, how it misbehaves, and what it was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.status = 200
        self.cut_at: int | None = None
        self.requests: list[str] = []
        self.url = ""

    def put(self, name: str, content: bytes) -> tuple[str, str]:
        """Serve `content`; its address and its sha256."""
        self.files["/" + name] = content
        return self.url + name, hashlib.sha256(content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        site.requests.append(self.path)
        if self.path in site.redirects:
            self.send_response(302)
            self.send_header("Location", site.redirects[self.path])
            self.end_headers()
        elif self.path in site.files:
            self._send(site.files[self.path], site)
        else:
            self.send_error(404)

    def _send(self, content: bytes, site: Site) -> None:
        self.send_response(site.status)
        for name, value in {"Content-Length": str(len(content)), **site.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: site.cut_at])

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    site: Site


@pytest.fixture
def site():
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = Site()
    server.site.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty cache."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LAMINA_HOME", str(folder))
    return folder
