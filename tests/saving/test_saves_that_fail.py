"""A03, A04: whatever stops a save, the file that was there is as before, and nothing else is left."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import lamina

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and permissions of POSIX")
ENDINGS = (".keras", ".weights.h5", ".safetensors", ".npz")


def model(number: float = 1.0):
    made = lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(2)])
    made.set_weights([np.full(w.shape, number, "float32") for w in made.weights])
    return made


def save(what, path) -> None:
    (what.save if path.suffix == ".keras" else what.save_weights)(path)


class Failing:
    """A file whose n-th write fails."""

    def __init__(self, file, writes_left: int, error: BaseException):
        self.file, self.writes_left, self.error = file, writes_left, error

    def write(self, data):
        self.writes_left -= 1
        if self.writes_left < 0:
            raise self.error
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


ERRORS = {
    "full disk": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "interrupt": KeyboardInterrupt(),
    "memory": MemoryError(),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failure_at_every_write(tmp_path, monkeypatch, ending, error):
    path, opened = tmp_path / f"m{ending}", Path.open
    save(model(1), path)
    before, failures = path.read_bytes(), 0
    other = model(2)
    for writes in range(1000):
        files = []

        def failing(self, *args, writes=writes, files=files, **kwargs):
            files.append(Failing(opened(self, *args, **kwargs), writes, error))
            return files[-1]

        monkeypatch.setattr(Path, "open", failing)
        try:
            save(other, path)
        except type(error):
            failures += 1
        monkeypatch.setattr(Path, "open", opened)
        assert [p.name for p in tmp_path.iterdir()] == [path.name]
        if all(file.writes_left >= 0 for file in files):
            break
        assert path.read_bytes() == before
    assert failures == writes > 3  # the control; the last, the twin, went well
    assert path.read_bytes() != before


_LIMITED = """
import os, resource, signal, sys
sys.path.insert(0, os.getcwd())
from pathlib import Path
from tests.saving.test_saves_that_fail import model, save
folder = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write then fails, as on a full disk
for ending in sys.argv[2:]:
    path = folder / f"m{ending}"
    save(model(1), path)
    before = path.read_bytes()
    for limit in (0, 100, len(before) - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            save(model(2), path)
        except OSError as error:
            assert "too large" in str(error), error
        else:
            raise AssertionError(f"{ending}: saved within {limit} bytes")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        assert path.read_bytes() == before
        assert [p.name for p in folder.iterdir()] == [path.name]
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    if ending == ".keras":
        __import__("lamina").saving.load_model(path)  # A09: loading never writes
    else:
        model(2).load_weights(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    path.unlink()
"""


def _child(*command: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"LAMINA_BACKEND": "numpy"}
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        cwd=Path(__file__).parents[2],
        check=False,
    )


def test_a_full_disk(tmp_path):
    """In a child, whose files may have only so many bytes: saving fails (the control), loading (the twin) does not."""
    child = _child("-c", _LIMITED, str(tmp_path), *ENDINGS)
    assert child.returncode == 0, child.stderr[-2000:]


_READ_ONLY = """
import os, sys
sys.path.insert(0, os.getcwd())
from pathlib import Path
from tests.saving.test_saves_that_fail import model, save
folder = Path(sys.argv[1])
for ending in sys.argv[2:]:
    save(model(1), folder / f"m{ending}")
before = {p.name: p.read_bytes() for p in folder.iterdir()}
folder.chmod(0o555)
if os.geteuid() == 0:  # whom nothing stops
    os.seteuid(65534)
for ending in sys.argv[2:]:
    for name in ("m", "new"):
        try:
            save(model(2), folder / f"{name}{ending}")
        except PermissionError:
            pass
        else:
            raise AssertionError(f"{name}{ending} was saved")
    if ending == ".keras":
        __import__("lamina").saving.load_model(folder / f"m{ending}")
    else:
        model(2).load_weights(folder / f"m{ending}")
assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
"""


def test_a_read_only_folder():
    """In a child that is not root. Models load from there."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        child = _child("-c", _READ_ONLY, folder, *ENDINGS)
    assert child.returncode == 0, child.stderr[-2000:]


TARGETS = {
    "link": lambda path: path.symlink_to(path.with_name("target")),
    "dangling link": lambda path: path.symlink_to("/nowhere/at/all"),
    "pipe": os.mkfifo,
    "folder": lambda path: path.mkdir(),
    "device": lambda path: path.symlink_to("/dev/null"),
}


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_targets_that_are_no_files(tmp_path, ending, kind):
    (tmp_path / "target").write_bytes(b"precious")
    path = tmp_path / f"m{ending}"
    TARGETS[kind](path)
    before = path.lstat()
    with pytest.raises(OSError, match="it is a link, a folder or a device"):
        save(model(), path)
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert (tmp_path / "target").read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 2


def test_killed_saves_and_two_writers():
    """A few of them; `tools/kill_saves.py` does 200 of each."""
    child = _child("-m", "tools.kill_saves", "--kills", "8", "--saves", "3",
                   "--units", "200", "--endings", ".keras", ".weights.h5")  # fmt: skip
    assert child.returncode == 0, child.stdout + child.stderr[-2000:]
    assert child.stdout.count("neither: 0") == 4


def test_engines_whose_threads_a_fork_would_lack_are_refused():
    child = _child("-m", "tools.kill_saves", "--engine", "jax")
    assert child.returncode == 2 and "threads of that engine" in child.stderr
