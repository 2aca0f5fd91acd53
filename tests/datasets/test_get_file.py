"""`get_file` over a real connection: whole and right, or not there at all."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.utils import download
from lamina.utils.get_file import get_file

CONTENT = bytes(range(256)) * 5000


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_downloaded_to_the_cache_and_checked(site, home):
    url, sha256 = site.put("a.bin", CONTENT)
    path = get_file(origin=url, file_hash=sha256)
    assert path == str(home / "datasets" / "a.bin")
    assert Path(path).read_bytes() == CONTENT
    assert files_below(home) == ["datasets/a.bin"]


def test_the_second_call_asks_no_server(site):
    url, sha256 = site.put("a.bin", CONTENT)
    first = get_file("b.bin", url, file_hash=sha256)
    assert get_file("b.bin", url, file_hash=sha256) == first
    assert site.requests == ["/a.bin"]
    get_file("b.bin", url, file_hash=sha256, force_download=True)
    assert site.requests == ["/a.bin"] * 2


def test_md5_by_either_spelling(site):
    url, _ = site.put("a.bin", CONTENT)
    md5 = hashlib.md5(CONTENT).hexdigest()
    get_file(origin=url, md5_hash=md5)
    get_file(origin=url, file_hash=md5.upper(), force_download=True)
    with pytest.raises(ValueError, match="its md5 is"):
        get_file(origin=url, md5_hash="0" * 32)


def test_a_wrong_hash_is_an_error_that_says_all(site, home):
    url, found = site.put("a.bin", CONTENT)
    with pytest.raises(ValueError) as error:
        get_file(origin=url, file_hash="0" * 64)
    for part in (url, "a.bin", found, "0" * 64, "by hand", str(home / "datasets" / "a.bin")):
        assert part in str(error.value)
    assert files_below(home) == []


def test_an_older_file_outlives_a_wrong_download(site, home):
    url, _ = site.put("a.bin", b"new, but not what was expected")
    target = home / "datasets" / "a.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")
    with pytest.raises(ValueError, match="Nothing was kept"):
        get_file(origin=url, file_hash="0" * 64)
    assert target.read_bytes() == b"old" and files_below(home) == ["datasets/a.bin"]


def test_an_older_file_of_another_hash_is_replaced(site, home):
    url, sha256 = site.put("a.bin", CONTENT)
    target = home / "datasets" / "a.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")
    assert Path(get_file(origin=url, file_hash=sha256)).read_bytes() == CONTENT


def test_a_connection_cut_half_way_leaves_nothing(site, home):
    url, _ = site.put("a.bin", CONTENT)
    site.cut_at = len(CONTENT) // 2
    with pytest.raises(ConnectionError, match=r"640,000 of 1,280,000 bytes.*by hand"):
        get_file(origin=url)
    assert files_below(home) == []


def test_an_interrupt_leaves_nothing(site, home, monkeypatch):
    url, _ = site.put("a.bin", CONTENT)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get_file(origin=url)
    assert files_below(home) == []


def test_a_missing_file_and_a_missing_server(site, home):
    with pytest.raises(ConnectionError, match="404"):
        get_file(origin=site.url + "missing.bin")
    with pytest.raises(ConnectionError, match="failed"):
        get_file(origin="http://127.0.0.1:9/a.bin")
    assert files_below(home) == []


@pytest.mark.parametrize(
    "origin",
    ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:,a", "//127.0.0.1/a"],
)
def test_only_http_is_spoken(origin):
    with pytest.raises(ValueError, match="https://"):
        get_file("a", origin)


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("file:///etc/passwd", ConnectionError),
        ("ftp://127.0.0.1/a", ValueError),
        ("http://example.com/", UserWarning),  # which the tests raise
    ],
)
def test_redirects_obey_the_same_rule(site, home, location, error):
    site.redirects["/a"] = location
    with pytest.raises(error, match=r"https://|not allowed"):
        get_file(origin=site.url + "a")
    assert files_below(home) == []


def test_plain_http_is_taken_with_a_hash_or_from_the_cache_else_with_a_warning(
    site, home, monkeypatch
):
    monkeypatch.setattr(download, "_LOCAL", frozenset())  # as if the site were elsewhere
    url, sha256 = site.put("a.bin", CONTENT)
    with pytest.warns(UserWarning, match=rf"{url} is not encrypted.*`file_hash`"):
        get_file(origin=url)
    get_file(origin=url)  # from the cache
    (home / "datasets" / "a.bin").unlink()
    get_file(origin=url, file_hash=sha256)
    assert site.requests == ["/a.bin", "/a.bin"]


@pytest.mark.parametrize("status", [203, 204, 206])
def test_only_the_whole_file_is_kept(site, home, status):
    url, _ = site.put("a.bin", b"" if status == 204 else CONTENT)
    site.status = status
    with pytest.raises(ConnectionError, match=f"answered {status} .* instead of the whole file"):
        get_file(origin=url)
    assert files_below(home) == []


def test_https_may_not_become_http():
    class Request:
        full_url = "https://example.com/a"

    with pytest.raises(ValueError, match="not encrypted"):
        download._Redirects().redirect_request(Request(), None, 302, "", {}, "http://example.org/a")


def test_redirects_are_followed_but_not_forever(site):
    url, sha256 = site.put("b", CONTENT)
    site.redirects["/a"] = url
    get_file(origin=site.url + "a", file_hash=sha256)
    site.redirects["/loop"] = site.url + "loop"
    with pytest.raises(ConnectionError):
        get_file(origin=site.url + "loop")


def test_https_may_not_redirect_to_this_machine():
    class Request:
        full_url = "https://example.com/a"

    with pytest.raises(ValueError, match="redirects to this machine"):
        download._Redirects().redirect_request(Request(), None, 302, "", {}, "http://localhost/a")


def test_long_and_encoded_bodies_are_refused(site, home):
    url, _ = site.put("a.bin", CONTENT)
    with pytest.raises(ValueError, match="limit"):
        get_file(origin=url, max_bytes=1000)
    site.headers = {"Content-Length": "unknown"}
    with pytest.raises(ValueError, match="limit"):
        get_file(origin=url, max_bytes=1000)
    site.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(ConnectionError, match="compressed"):
        get_file(origin=url)
    assert files_below(home) == []


@pytest.mark.parametrize(
    "name", ["../a", "a/b", "/etc/passwd", "..", ".", "", "a\\b", "a\0b", ".hidden"]
)
def test_names_stay_in_their_folder(name):
    with pytest.raises(ValueError, match="`fname`"):
        get_file(name, "https://127.0.0.1/a")


@pytest.mark.parametrize("last", ["..", "%2e%2e", "a%2fb", "?query", "", "a%00"])
def test_names_from_the_address_too(last):
    with pytest.raises(ValueError, match="does not make a file name"):
        get_file(origin="https://127.0.0.1/x/" + last)


@pytest.mark.parametrize("subfolder", ["../up", "/tmp", "a/../../b"])
def test_the_subfolder_stays_in_the_cache(subfolder):
    with pytest.raises(ValueError, match="`cache_subdir`"):
        get_file("a", "https://127.0.0.1/a", cache_subdir=subfolder)


@pytest.mark.parametrize(
    ("hash_", "algorithm"),
    [("abc", "auto"), ("0" * 64, "md5"), ("z" * 64, "sha256"), ("0" * 40, "sha1")],
)
def test_a_malformed_hash_is_refused_before_any_request(site, hash_, algorithm):
    with pytest.raises(ValueError, match="hash"):
        get_file("a", site.url + "a", file_hash=hash_, hash_algorithm=algorithm)
    assert site.requests == []


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_a_cache_that_others_can_write_is_refused(tmp_path):
    shared = tmp_path / "shared"
    (shared / "datasets").mkdir(parents=True)
    (shared / "datasets").chmod(0o777)
    with pytest.raises(PermissionError, match="cannot be trusted"):
        get_file("a", "https://127.0.0.1/a", cache_dir=shared)


def test_a_cache_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PermissionError, match="LAMINA_HOME"):
        get_file("a", "https://127.0.0.1/a", cache_dir=tmp_path / "file")


def test_processes_at_once_do_not_clash(site, home):
    url, sha256 = site.put("a.bin", CONTENT)
    call = f"get_file(origin={url!r}, file_hash={sha256!r})"
    program = f"from lamina.utils.get_file import get_file; {call}"
    children = [subprocess.Popen([sys.executable, "-c", program], env=os.environ) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert files_below(home) == ["datasets/a.bin"]
    assert (home / "datasets" / "a.bin").read_bytes() == CONTENT
