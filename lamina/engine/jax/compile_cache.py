"""Programs that JAX compiled are kept in files: the next process takes its first step at once.

JAX has such a cache, off unless asked for. Here it is on, in lamina's own folder, with bounds; where the user
has set anything of it, by JAX's configuration or environment variables, all stays as he set it.
"""

import contextlib
import functools
import hashlib
import importlib.util
import os
import platform
import shutil
import stat
import time
from importlib.metadata import version
from pathlib import Path

import jax

from lamina import home

SWITCH = "LAMINA_COMPILE_CACHE"  # environment variable: "0" lets nothing be kept
_OF_JAX = ("JAX_COMPILATION_CACHE", "JAX_PERSISTENT_CACHE", "JAX_ENABLE_COMPILATION_CACHE")
_LARGEST = 2**29  # bytes; beyond that JAX removes what has not been used for longest
_SHORT = 0.1  # seconds; what compiles faster is not worth a file
_FORGOTTEN = 60 * 24 * 3600  # seconds after which the folder of another version, or machine, goes


def keep_programs():
    """Let JAX keep its programs in lamina's folder; return the folder, or `None` if they are not kept."""
    if os.environ.get(SWITCH) == "0" or _is_set_by_user():
        return None
    if (
        importlib.util.find_spec("filelock") is None
    ):  # JAX bounds its cache, for many processes, by this
        return None
    folder = home.folder() / "compiled" / f"jax-{version('jaxlib')}-{_machine()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(folder)  # this is how one knows that it is in use
        if not _is_own(folder.parent) or not _is_own(folder):
            return None
    except OSError:  # no home, or a full disk
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_compilation_cache_max_size", _LARGEST)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", _SHORT)
    _remove_forgotten(folder)
    return folder


def _is_set_by_user():
    by_variables = any(name.startswith(_OF_JAX) for name in os.environ)
    return by_variables or jax.config.jax_compilation_cache_dir is not None  # pyright: ignore[reportAttributeAccessIssue]


@functools.cache
def _machine():
    """Return a name for kinds of processors: a program for one may not run on another."""
    description = platform.machine() + platform.processor()
    with contextlib.suppress(OSError):  # elsewhere than on Linux
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        kinds = ("flags", "Features", "model name")
        description += "".join(sorted({line for line in lines if line.startswith(kinds)}))
    return hashlib.sha256(description.encode()).hexdigest()[:12]


def _is_own(folder):
    """Tell whether nobody else can write what is run from here."""
    if os.name != "posix":
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _remove_forgotten(current):
    for folder in current.parent.glob("jax-*"):
        with contextlib.suppress(OSError):  # another process removes it, too
            if folder != current and time.time() - folder.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(folder, ignore_errors=True)
