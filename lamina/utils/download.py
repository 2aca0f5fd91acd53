"""Fetch one file over https into a temporary file, counting and hashing its bytes on the way.

Plain http is spoken with this machine itself; with others only with a warning, or if the file's hash is
known. A redirect never leads from https to http. What the server says about sizes is checked, never
trusted.
"""

import hashlib
import http
import http.client
import os
import ssl
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
from lamina.core.replacing import new_part
from lamina.core.tracebacks import warn

CHUNK = 1 << 20
_SECONDS_WITHOUT_DATA = 30
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def check_url(url: str, checked: bool = False) -> None:
    """Refuse every URL that is neither https nor http, and warn of http to other machines.

    Args:
        checked: the file's hash is known, so that no other file can be taken for it.

    Raises:
        ValueError: with the URL and what is allowed.
    """
    parts = urllib.parse.urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ValueError(f"Only https:// and http:// addresses are downloaded from, not {url!r}.")
    if parts.scheme == "http" and not checked and not _is_local_http(url):
        warn(
            f"{url} is not encrypted, so anybody on the way could send another file. Give https://, or "
            "the file's `file_hash`.",
        )


def _is_local_http(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOCAL


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only to where the first request could have gone."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        check_url(newurl, checked=not _is_local_http(req.full_url))
        if _is_local_http(newurl) and not _is_local_http(req.full_url):
            raise ValueError(
                f"{req.full_url} redirects to this machine ({newurl}), which is refused."
            )
        schemes = [urllib.parse.urlsplit(address).scheme for address in (req.full_url, newurl)]
        if schemes == ["https", "http"]:
            raise ValueError(f"{req.full_url} redirects to {newurl}, which is not encrypted.")
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
    url: str, folder: Path, name: str, algorithm: str, max_bytes: int, checked: bool = False
) -> Iterator[tuple[Path, str]]:
    """Give the bytes at `url`, in a temporary file in `folder`, with their hash, for a `with` block.

    The file is private, flushed to disk, and removed when the block ends unless it was renamed.

    Raises:
        ConnectionError: the server cannot be reached, refuses, or sends less than it promised.
        ValueError: the URL or a redirect is not allowed, or there are more than `max_bytes`.
    """
    check_url(url, checked=checked)
    part = new_part(folder / name, 0o600)
    try:
        with part.open("wb") as file:
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
    if response.status != http.HTTPStatus.OK:
        raise ConnectionError(
            f"the server answered {response.status} ({response.reason}) instead of the whole file"
        )
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
