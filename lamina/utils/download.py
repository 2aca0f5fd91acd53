"""Fetch one file over https into a temporary file, counting and hashing its bytes on the way.

Only https is spoken, and plain http with this machine itself. Redirects obey the same rule. What
the server says about sizes is checked, never trusted.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import Progress

from lamina.core import settings

CHUNK = 1 << 20
_SECONDS_WITHOUT_DATA = 30
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def check_url(url: str) -> None:
    """Refuse every URL that is neither https nor http to this machine.

    Raises:
        ValueError: with the URL and what is allowed.
    """
    parts = urllib.parse.urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or _is_local_http(url)):
        raise ValueError(
            "Only https:// addresses are downloaded from (http:// only from this machine), "
            f"not {url!r}."
        )


def _is_local_http(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOCAL


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only to where the first request could have gone."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        check_url(newurl)
        if _is_local_http(newurl) and not _is_local_http(req.full_url):
            raise ValueError(
                f"{req.full_url} redirects to this machine ({newurl}), which is refused."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(url: str) -> urllib.request.OpenerDirector:
    # Not `build_opener`: that one also opens file:, ftp: and data: addresses.
    opener = urllib.request.OpenerDirector()
    handlers = [
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ]
    if not _is_local_http(url):
        handlers.append(urllib.request.ProxyHandler())
    for handler in handlers:
        opener.add_handler(handler)
    return opener


@contextmanager
def downloaded(
    url: str, folder: Path, name: str, algorithm: str, max_bytes: int
) -> Iterator[tuple[Path, str]]:
    """The bytes at `url`, in a temporary file in `folder`, with their hash, for a `with` block.

    The file is private, flushed to disk, and removed when the block ends unless it was renamed.

    Raises:
        ConnectionError: the server cannot be reached, refuses, or sends less than it promised.
        ValueError: the URL or a redirect is not allowed, or there are more than `max_bytes`.
    """
    check_url(url)
    descriptor, path = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".part", dir=folder)
    part = Path(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            digest = _fetch(url, file, algorithm, max_bytes)
            file.flush()
            os.fsync(file.fileno())
        yield part, digest
    finally:
        part.unlink(missing_ok=True)


def _fetch(url: str, file: IO[bytes], algorithm: str, max_bytes: int) -> str:
    # `identity`: no content encoding, so the bytes counted are the bytes stored.
    request = urllib.request.Request(
        url, headers={"Accept-Encoding": "identity", "User-Agent": "lamina"}
    )
    try:
        with _opener(url).open(request, timeout=_SECONDS_WITHOUT_DATA) as response:
            return _receive(url, response, file, algorithm, max_bytes)
    except urllib.error.HTTPError as error:
        raise ConnectionError(f"the server answered {error.code} ({error.reason})") from error
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise ConnectionError(f"the connection failed ({_reason(error)})") from error


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason) or type(reason).__name__


def _receive(url: str, response: Any, file: IO[bytes], algorithm: str, max_bytes: int) -> str:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ConnectionError("the server sent a compressed body that was not asked for")
    declared = response.headers.get("Content-Length", "")
    total = int(declared) if declared.isdecimal() else None
    if total is not None and total > max_bytes:
        raise ValueError(f"{url} is {total:,} bytes long, over the limit of {max_bytes:,}.")
    hasher, received = hashlib.new(algorithm, usedforsecurity=False), 0
    with _progress() as progress:
        task = progress.add_task(urllib.parse.urlsplit(url).path.rpartition("/")[2], total=total)
        while chunk := response.read(CHUNK):
            received += len(chunk)
            if received > max_bytes:
                raise ValueError(f"{url} is longer than the limit of {max_bytes:,} bytes.")
            hasher.update(chunk)
            file.write(chunk)
            progress.advance(task, len(chunk))
    if total is not None and received != total:
        raise ConnectionError(f"it broke off after {received:,} of {total:,} bytes")
    return hasher.hexdigest()


def _progress() -> Progress:
    shown = settings.is_interactive_logging_enabled()
    return Progress(console=Console(stderr=True), disable=not shown, transient=True)
