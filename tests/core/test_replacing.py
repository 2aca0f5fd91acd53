"""Files that are replaced whole: permissions, and what dead processes leave."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lamina.core import replacing
from lamina.core.replacing import part_path, replacing as replace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions and processes of POSIX")


def write(path, content=b"new"):
    with replace(path) as part:
        part.write_bytes(content)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_a_new_file_obeys_the_umask_and_an_old_one_keeps_its_mode(tmp_path, umask):
    write(tmp_path / "a")
    assert mode_of(tmp_path / "a") == 0o640
    (tmp_path / "a").chmod(0o666)
    write(tmp_path / "a")
    assert mode_of(tmp_path / "a") == 0o666


def test_writing_never_touches_the_umask(tmp_path, umask, monkeypatch):
    monkeypatch.setattr(os, "umask", None)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: write(tmp_path / str(i)), range(40)))
    assert {mode_of(path) for path in tmp_path.iterdir()} == {0o640}


_KILLED = """
import sys, pathlib, time
from lamina.core.replacing import replacing
with replacing(pathlib.Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    print("written", flush=True)
    time.sleep(60)
"""


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path):
    path = tmp_path / "m[1].h5"
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "written\n"
    write(tmp_path / "other.h5")
    write(path)  # while the other still writes
    assert len(list(tmp_path.glob(".m*.part"))) == 1
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    write(tmp_path / "other.h5")
    assert len(list(tmp_path.glob(".m*.part"))) == 1  # it is not that file's
    write(path, b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m[1].h5", "other.h5"]
    assert path.read_bytes() == b"whole"


def test_parts_of_this_run_stay_and_those_of_a_namesake_go(tmp_path):
    path = tmp_path / "a"
    own = part_path(path)
    own.touch()
    namesake = own.with_name(own.name.replace(replacing._RUN, "0" * 8))
    namesake.touch()
    write(path)
    assert own.exists() and not namesake.exists()


def test_parts_of_other_machines_go_after_a_day(tmp_path):
    path = tmp_path / "a"
    fresh, old = (
        part.with_name(part.name.replace(replacing._HOST, "0" * 8))
        for part in (part_path(path), part_path(path))
    )
    fresh.touch()
    old.mkdir()
    (old / "inner").touch()
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    write(path)
    assert fresh.exists() and not old.exists()


def test_other_hidden_files_stay(tmp_path):
    others = [tmp_path / name for name in (".a.part", ".a.x-1-2-3.part", ".a.00000000-1-1-1.part~")]
    for other in others:
        other.touch()
    write(tmp_path / "a")
    assert all(other.exists() for other in others)
