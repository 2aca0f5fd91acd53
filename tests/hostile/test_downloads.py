"""F09-F15: servers, addresses and caches that mean harm to `get_file`, and data sets to whoever reads them.

Each attack has a control, which shows that it would do harm, and a twin without the hostile detail, which passes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from lamina.datasets import pickled
from lamina.utils import download
from lamina.utils.get_file import get_file

CONTENT = b"weights" * 1000
pytestmark = pytest.mark.skipif(os.name != "posix", reason="paths and owners are POSIX's")


def below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("scheme", ["file://{path}", "data:,secret", "FILE://{path}"])
def test_f09_other_schemes_open_nothing(site, home, tmp_path, scheme):
    (tmp_path / "secret").write_text("secret")
    origin = scheme.format(path=tmp_path / "secret")
    with urllib.request.urlopen(origin) as response:  # the control: Python would open it
        assert response.read() == b"secret"
    with pytest.raises(ValueError, match="Only https:// and http://"):
        get_file("a", origin)
    assert below(home) == []


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("https://a.example/x", "http://b.example/x", "not encrypted"),
        ("https://a.example/x", "http://127.0.0.1/x", "redirects to this machine"),
        ("https://a.example/x", "file:///etc/passwd", "Only https"),
        ("https://a.example/x", "ftp://a.example/x", "Only https"),
        ("https://a.example/x", "https://b.example/x", None),  # the twin
    ],
)
@pytest.mark.filterwarnings("ignore:.*is not encrypted")
def test_f09_redirects_lead_to_no_worse_place(first, second, message):
    handler, request = download._Redirects(), urllib.request.Request(first)
    follow = lambda: handler.redirect_request(request, None, 302, "", {}, second)  # noqa: E731
    if message is None:
        assert follow().full_url == second
        return
    with pytest.raises(ValueError, match=message):
        follow()
    if second.startswith("http"):  # the control: Python would go there
        plain = urllib.request.HTTPRedirectHandler()
        assert plain.redirect_request(request, None, 302, "", {}, second).full_url == second


def test_f09_a_loop_of_redirects_ends(site, home):
    url, sha256 = site.put("good", CONTENT)
    site.redirects |= {"/a": site.url + "b", "/b": site.url + "a", "/c": url}
    with pytest.raises(ConnectionError):
        get_file(origin=site.url + "a")
    assert 2 <= len(site.requests) <= 12 and below(home) == []
    assert Path(get_file(origin=site.url + "c", file_hash=sha256)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "arguments",
    [
        {"origin": "x/.."},
        {"origin": "x/%2e%2e"},
        {"origin": "a%2f..%2fb"},
        {"origin": "?a"},
        {"fname": "/tmp/lamina-a"},
        {"fname": "../a"},
        {"cache_subdir": "/tmp/lamina-a"},
        {"cache_subdir": "../a"},
    ],
    ids=str,
)
def test_f10_names_stay_in_the_cache(site, home, arguments):
    site.put("good", CONTENT)
    options = {"origin": "good", **arguments}
    with pytest.raises(ValueError, match=r"fname|cache_subdir"):
        get_file(**{**options, "origin": site.url + options["origin"]})
    assert site.requests == []
    assert get_file(origin=site.url + "good") == str(home / "datasets" / "good")


def test_f11_a_wrong_file_leaves_the_good_one(site, home):
    url, sha256 = site.put("a", CONTENT)
    path = Path(get_file(origin=url, file_hash=sha256))
    site.put("a", b"other")
    with pytest.raises(ValueError, match="is not the file that a should be"):
        get_file(origin=url, file_hash=sha256, force_download=True)
    assert path.read_bytes() == CONTENT and below(home) == ["datasets/a"]
    other = hashlib.sha256(b"other").hexdigest()  # the control: that file did come
    assert Path(get_file(origin=url, file_hash=other)).read_bytes() == b"other"


@pytest.fixture
def by_another_user(monkeypatch):
    """Give a place to another user; who is not root becomes another user instead."""

    def give(path: Path) -> None:
        if os.geteuid() == 0:
            os.lchown(path, 4242, 4242)
        else:
            monkeypatch.setattr(os, "getuid", lambda: 4242)

    return give


@pytest.mark.parametrize("place", ["cache", "cache/datasets"])
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_f12_a_cache_laid_by_another_user_is_refused(site, tmp_path, by_another_user, place, kind):
    url, sha256 = site.put("a", CONTENT)
    (tmp_path / "mine").mkdir(mode=0o700)
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.mkdir() if kind == "folder" else path.symlink_to(tmp_path / "mine")
    get = {"origin": url, "file_hash": sha256, "cache_dir": tmp_path / "cache"}
    assert Path(get_file(**get)).read_bytes() == CONTENT  # the twin: a folder or link of one's own
    by_another_user(path)
    with pytest.raises(PermissionError, match="belongs to another user"):
        get_file(**get)


def test_f12_a_folder_that_all_can_write_is_refused(site, home):
    url, sha256 = site.put("a", CONTENT)
    get_file(origin=url, file_hash=sha256)
    (home / "datasets").chmod(0o777)
    with pytest.raises(PermissionError, match="every user can write it"):
        get_file(origin=url, file_hash=sha256)


def test_f13_half_a_file_gets_no_name(site, home):
    url, sha256 = site.put("a", CONTENT)
    site.cut_at = len(CONTENT) // 2
    with pytest.raises(ConnectionError, match="by hand"):
        get_file(origin=url)  # without a hash: only the length tells
    assert below(home) == []
    site.cut_at = None
    assert Path(get_file(origin=url, file_hash=sha256)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("headers", "kind", "message"),
    [
        ({}, ValueError, "over the limit of 1,000"),
        ({"Content-Length": "endless"}, ValueError, "longer than the limit of 1,000"),
        ({"Content-Length": "-1"}, ValueError, "longer than the limit of 1,000"),
        ({"Content-Length": str(1 << 62)}, ValueError, "over the limit"),
        ({"Content-Encoding": "gzip"}, ConnectionError, "compressed body"),
        ({"Content-Encoding": "br"}, ConnectionError, "compressed body"),
    ],
    ids=str,
)
def test_f14_lengths_are_counted_not_believed(site, home, headers, kind, message):
    body = gzip.compress(bytes(1 << 20)) if "Content-Encoding" in headers else bytes(1 << 20)
    url, _ = site.put("a", body)
    site.headers = headers
    with pytest.raises(kind, match=message):
        get_file(origin=url, max_bytes=1000)
    assert below(home) == []
    site.headers = {}
    assert Path(get_file(origin=url, max_bytes=len(body))).stat().st_size == len(body)


class Payload:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_f15_pickles_in_data_sets_run_nothing(tmp_path):
    sentinel = tmp_path / "was here"
    objects = np.empty(1, object)
    objects[0] = Payload(sentinel)
    batch = pickle.dumps({b"data": np.zeros((1, 3072), "uint8"), b"labels": [Payload(sentinel)]})
    np.savez(tmp_path / "a.npz", x=objects)
    for control in (
        lambda: pickle.loads(batch),
        lambda: np.load(tmp_path / "a.npz", allow_pickle=True)["x"],
    ):
        control()
        assert sentinel.is_dir()
        sentinel.rmdir()
    with pytest.raises(ValueError, match=r"asks for posix\.mkdir"):
        pickled.read(io.BytesIO(batch), "batch")
    with pytest.raises(ValueError, match=r"asks for posix\.mkdir"):
        pickled.read_npz(str(tmp_path / "a.npz"), ["x"])
    assert not sentinel.exists()
    objects[0] = [1, 2]
    np.savez(tmp_path / "b.npz", x=objects)
    assert pickled.read_npz(str(tmp_path / "b.npz"), ["x"])["x"].tolist() == [[1, 2]]
