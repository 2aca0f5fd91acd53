"""A stand-in for the Hugging Face Hub: the few calls of its API that uploading and downloading take.

It keeps real bytes, by repository and commit, and records every request. It knows nothing of lamina.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

TOKEN = "hf_of_the_tests"


class Hub(ThreadingHTTPServer):
    """Serves on a free port of this machine until `shutdown`.

    Attributes:
        repositories: name -> branch -> commits, each a dict of path -> bytes; the last one is the newest.
        requests: (method, path) of each request, in order.
        gated: names of repositories that let nobody in.
        private: names of repositories that were made so.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, dict[str, list[dict[str, bytes]]]] = {}
        self.requests: list[tuple[str, str]] = []
        self.gated: set[str] = set()
        self.private: set[str] = set()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, repository: str, files: dict[str, bytes], branch: str = "main") -> None:
        self.repositories.setdefault(repository, {}).setdefault(branch, []).append(files)

    def files(self, repository: str, branch: str = "main") -> dict[str, bytes]:
        return self.repositories[repository][branch][-1]

    def downloads(self) -> list[str]:
        return [
            path.rpartition("/")[2]
            for method, path in self.requests
            if method == "GET" and "/resolve/" in path
        ]


def commit_of(files: dict[str, bytes]) -> str:
    text = repr(sorted((name, hashlib.sha1(data).hexdigest()) for name, data in files.items()))
    return hashlib.sha1(text.encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def _route(self) -> None:
        body = self._body()
        path = unquote(self.path.partition("?")[0])
        self.server.requests.append((self.command, self.path))
        for method, pattern, answer in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and self.command in method:
                return answer(self, body, **match.groupdict())
        self._fail(404, "EntryNotFound")

    do_GET = do_HEAD = do_POST = _route  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _json(self, value: object, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), status, Content_Type="application/json")

    def _fail(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _commit(self, repository: str, revision: str) -> dict[str, bytes] | None:
        if repository in self.server.gated:
            return self._fail(403, "GatedRepo")
        branches = self.server.repositories.get(repository)
        if branches is None:
            return self._fail(401, "RepoNotFound")
        for name, commits in branches.items():
            for files in reversed(commits):
                if revision in (name, commit_of(files)):
                    return files
        return self._fail(404, "RevisionNotFound")

    def _allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self._fail(401, "Unauthorized")
        return False

    def create(self, body: bytes) -> None:
        wish = json.loads(body)
        name = f"{wish['organization']}/{wish['name']}" if "organization" in wish else wish["name"]
        if not self._allowed():
            return
        there = name in self.server.repositories
        if wish.get("private") or wish.get("visibility") == "private":
            self.server.private.add(name)
        if not there:
            self.server.add(name, {".gitattributes": b""})
        self._json(
            {"url": f"{self.server.url}/{name}", "name": name, "id": name}, 409 if there else 200
        )

    def branch(self, body: bytes, repository: str, branch: str) -> None:
        branches = self.server.repositories[repository]
        if branch in branches:
            return self._fail(409, "")
        branches[branch] = [dict(branches["main"][-1])]
        self._json({})

    def info(self, body: bytes, repository: str, revision: str | None = None) -> None:
        files = self._commit(repository, revision or "main")
        if files is not None:
            names = [{"rfilename": name} for name in sorted(files)]
            self._json({"id": repository, "sha": commit_of(files), "siblings": names, "tags": []})

    def validate(self, body: bytes) -> None:
        """Like the Hub, refuse a card whose head is not YAML of keys and values, or lists."""
        head = re.match(r"---\n((?:[a-z_]+:.*\n|- .*\n)+)---\n", json.loads(body)["content"])
        errors = [] if head else [{"message": "the head of the card is not YAML"}]
        self._json({"errors": errors, "warnings": []})

    def preupload(self, body: bytes, repository: str, revision: str) -> None:
        if self._allowed():
            files = json.loads(body)["files"]
            modes = [
                {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files
            ]
            self._json({"files": modes})

    def commit(self, body: bytes, repository: str, revision: str) -> None:
        files = self._commit(repository, revision) if self._allowed() else None
        if files is None:
            return
        files = dict(files)
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        self.server.add(repository, files, revision)
        url = f"{self.server.url}/{repository}/commit/{commit_of(files)}"
        self._json({"success": True, "commitUrl": url, "commitOid": commit_of(files)})

    def resolve(self, body: bytes, repository: str, revision: str, file: str) -> None:
        files = self._commit(repository, revision)
        if files is None:
            return
        if file not in files:
            return self._fail(404, "EntryNotFound")
        etag = hashlib.sha1(files[file]).hexdigest()
        self._send(files[file], ETag=f'"{etag}"', X_Repo_Commit=commit_of(files))

    def log_message(self, *_: object) -> None:
        pass


_NAME = r"(?P<repository>[\w.-]+/[\w.-]+)"
_ROUTES = [
    ("POST", "/api/repos/create", _Handler.create),
    ("POST", "/api/validate-yaml", _Handler.validate),
    ("POST", f"/api/models/{_NAME}/branch/(?P<branch>.+)", _Handler.branch),
    ("POST", f"/api/models/{_NAME}/preupload/(?P<revision>.+)", _Handler.preupload),
    ("POST", f"/api/models/{_NAME}/commit/(?P<revision>.+)", _Handler.commit),
    ("GET", f"/api/models/{_NAME}(?:/revision/(?P<revision>.+))?", _Handler.info),
    ("GET HEAD", f"/{_NAME}/resolve/(?P<revision>[^/]+)/(?P<file>.+)", _Handler.resolve),
]
