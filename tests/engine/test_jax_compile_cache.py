"""Compiled programs are kept for the next process, in a folder of one's own, and never against one's settings."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

_PROGRAM = """
import sys
import jax
for setting in sys.argv[1:]:
    jax.config.update(*setting.split("="))
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))
from lamina.engine.jax import ENGINE, compile_cache
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
ENGINE.compile(lambda x: ENGINE.add(ENGINE.matmul(x, x), 1.0))(ENGINE.full((3, 3), 1.5, "float32"))
print(jax.config.jax_compilation_cache_dir, hits.count("/jax/compilation_cache/cache_hits"))
"""


def _run(home, *settings, **environment):
    """Return the folder of the cache, as text, and how many programs came from it."""
    base = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *settings],
        capture_output=True,
        text=True,
        check=True,
        env=base | {"LAMINA_HOME": str(home)} | environment,
    )
    folder, hits = done.stdout.split()
    return folder, int(hits)


def test_the_second_process_compiles_nothing(tmp_path):
    folder, hits = _run(tmp_path)
    assert folder.startswith(str(tmp_path / "compiled"))
    assert hits == 0
    again, hits = _run(tmp_path)
    assert (again, hits > 0) == (folder, True)


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ((), {"LAMINA_COMPILE_CACHE": "0"}, "None"),
        ((), {"JAX_COMPILATION_CACHE_DIR": "/tmp/of-the-user"}, "/tmp/of-the-user"),
        ((), {"JAX_ENABLE_COMPILATION_CACHE": "false"}, "None"),
        (("jax_compilation_cache_dir=/tmp/of-the-user",), {}, "/tmp/of-the-user"),
    ],
)
def test_settings_of_the_user_stand(tmp_path, settings, environment, expected):
    assert _run(tmp_path, *settings, **environment)[0] == expected
    assert not (tmp_path / "compiled").exists()


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_a_folder_that_others_can_write_is_not_used(tmp_path):
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled").chmod(0o777)
    assert _run(tmp_path)[0] == "None"


def test_a_spoilt_program_is_compiled_again(tmp_path):
    folder, _ = _run(tmp_path)
    spoilt = [*Path(folder).glob("*-cache")]
    for entry in spoilt:
        entry.write_bytes(entry.read_bytes()[:-9])
    assert spoilt
    assert _run(tmp_path)[1] == 0


def test_folders_of_other_versions_go_when_they_are_forgotten(tmp_path):
    for name, days in (("jax-0.1-old", 61), ("jax-0.2-new", 59), ("other", 99)):
        (tmp_path / "compiled" / name).mkdir(parents=True)
        os.utime(tmp_path / "compiled" / name, (time.time() - days * 86400,) * 2)
    folder, _ = _run(tmp_path)
    kept = {entry.name for entry in (tmp_path / "compiled").iterdir()}
    assert kept == {Path(folder).name, "jax-0.2-new", "other"}
