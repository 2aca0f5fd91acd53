"""Sets of files while others write them: a load gets all of one save, or waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.core.folder_lock import folder_locked

fcntl = pytest.importorskip("fcntl", reason="Windows has no locks of folders")
ENDINGS = (".weights.json", ".safetensors.index.json")
SMALL = 60 / 2**30


def _model(number: float) -> lamina.Sequential:
    model = lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(3)])
    model.set_weights([np.full(w.shape, number, "float32") for w in model.weights])
    return model


@pytest.mark.parametrize("ending", ENDINGS)
def test_two_writers_and_a_reader_never_meet_a_mixed_set(ending, tmp_path, monkeypatch):
    """The files are replaced slowly, so that without the lock they would mix at once."""
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda a, b: (time.sleep(0.001), replace(a, b))[1])
    path, reader = tmp_path / f"m{ending}", _model(0)
    _model(1).save_weights(path, max_shard_size=SMALL)
    assert len(list(tmp_path.iterdir())) >= 3

    def write(number: float) -> None:
        model = _model(number)
        for _ in range(6):
            model.save_weights(path, max_shard_size=SMALL)

    writers = [threading.Thread(target=write, args=(number,)) for number in (1, 2)]
    for writer in writers:
        writer.start()
    loads = 0
    while any(writer.is_alive() for writer in writers) or not loads:
        reader.load_weights(path)
        assert len({value for w in reader.get_weights() for value in w.ravel()}) == 1
        loads += 1
    assert not list(tmp_path.glob(".*.part"))


def test_two_processes_that_write_one_set():
    child = subprocess.run(
        [sys.executable, "-m", "tools.kill_saves", "--kills", "0", "--saves", "4", "--units", "100",
         "--endings", *ENDINGS],
        capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stdout + child.stderr[-2000:]
    assert child.stdout.count("neither: 0, writers that failed: 0") == len(ENDINGS)


def test_others_wait_and_then_say_so(tmp_path):
    late = folder_locked(tmp_path, shared=True, patience=0.01)
    with folder_locked(tmp_path), pytest.raises(TimeoutError, match="Another process"), late:
        raise AssertionError
    with folder_locked(tmp_path, shared=True), folder_locked(tmp_path, shared=True, patience=0):
        assert list(tmp_path.iterdir()) == []  # readers share it, and it leaves nothing


def test_a_folder_that_may_only_be_read_is_no_hindrance(tmp_path):
    _model(1).save_weights(tmp_path / "m.weights.json", max_shard_size=SMALL)
    tmp_path.chmod(0o500)
    try:
        _model(0).load_weights(tmp_path / "m.weights.json")
    finally:
        tmp_path.chmod(0o700)
