"""`save_model` and `load_model`: whole models in files. The suffix says the format; the content must agree."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lamina.core.attempts import taken_back_on_error
from lamina.core.load_policy import Limits, LoadPolicy
from lamina.core.regular_file import open_regular
from lamina.core.replacing import replacing
from lamina.core.tracebacks import warn
from lamina.saving import hub, keras_files, legacy, safetensors_files
from lamina.training.trainer import Trainer


@dataclass(frozen=True)
class Format:
    """How one format of model files is written and read; `None` where it is not.

    Args:
        write: `(model, file, include_optimizer)`; the file is empty, and reads, writes and seeks.
        read: `(file, name, custom_objects, compiles, policy)`, returns the model and what was left out.
        several: whether a model is several files: then both get the path of one instead of a file, and
            `write` also whether files that are there may be replaced.
    """

    write: Callable[..., None] | None
    read: Callable[..., tuple[Any, list[str]]] | None
    several: bool = False


FORMATS: dict[str, Format] = {
    ".keras": Format(keras_files.write, keras_files.read),
    ".safetensors": Format(safetensors_files.write, safetensors_files.read),
    ".safetensors.index.json": Format(
        safetensors_files.write, safetensors_files.read, several=True
    ),
    ".h5": Format(legacy.write, legacy.read),
}
"""By suffix."""


def save_model(
    model: Any,
    filepath: str | os.PathLike[str] | BinaryIO,
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
    **kwargs: Any,
) -> None:
    """Write a model to a file: what it is made of, its weights, and how and how far it has learnt.

    The file is written next to the target and takes its place when it is complete. Keras 3 reads it.

    Args:
        model: a model; it need not be built.
        filepath: ends with `.keras`, or for readers of arrays with `.safetensors`, or in several files with
            `.safetensors.index.json`, or for Keras 2 with `.h5`; or a binary file object; or an address of
            the Hugging Face Hub, `hf://user/repository`.
        overwrite: whether a file that is there may be replaced.
        zipped: `True` or `None`; folders are not written.
        include_optimizer: whether the file holds what the model was compiled with, and the optimizer's state.
        kwargs: `save_format`, which Keras 2 had; the ending of `filepath` decides.

    Raises:
        ValueError: another ending, or an unknown argument.
        FileExistsError: the file is there, and `overwrite` is false.
        OSError: it cannot be written; a file that was there is as before.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, folder + "/m.keras")
        ...     load_model(folder + "/m.keras").count_params()
        8
    """
    if not isinstance(model, Trainer):
        raise TypeError(f"save_model takes a model, not {model!r} ({type(model).__name__}).")
    if unknown := kwargs.keys() - {"save_format"}:
        raise ValueError(f"save_model does not take the argument(s) {sorted(unknown)}.")
    if zipped is False:
        raise ValueError("save: folders are not written; leave `zipped` out.")
    if not isinstance(filepath, (str, os.PathLike)):
        FORMATS[".keras"].write(model, _binary(filepath, "save", "write"), include_optimizer)  # type: ignore[misc]
        return
    with hub.uploading(filepath, model, overwrite) as target:
        path = Path(target)
        format = _format_of(path, "save", "write")
        if format.several:
            format.write(model, path, include_optimizer, overwrite)  # type: ignore[misc]
            return
        with replacing(path, overwrite) as part, part.open("r+b") as file:
            format.write(model, file, include_optimizer)  # type: ignore[misc]


def load_model(
    filepath: str | os.PathLike[str] | BinaryIO,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool | None = True,
    policy: LoadPolicy | None = None,
    limits: Limits | None = None,
) -> Any:
    """Read the model that `save_model`, or Keras 3, wrote.

    Files from others are safe to load: nothing in them is run, names resolve in closed tables and among what
    the program registered, no other file is opened, and no memory is taken that the file's size does not
    explain. If anything is wrong, nothing was changed.

    Args:
        filepath: ends with `.keras`, `.safetensors`, `.safetensors.index.json` or `.h5`; or a binary file
            object that seeks; or an address of the Hugging Face Hub, `hf://user/repository`.
        custom_objects: name -> class or function of your own that the file names.
        compile: whether the model is compiled as it was.
        safe_mode: code in files is never run, whatever this says.
        policy: what the file may name.
        limits: the most that it may take; those of `policy` by default.

    Returns:
        The model, which goes on learning where it stopped.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another ending. `lamina.saving.LoadError`, a ValueError, if it cannot be loaded:
            `FormatError` if it is damaged, `PolicyError` if it asks for what files may not have, `LimitError`
            if it is too large.

    Example:
        >>> import io, lamina
        >>> file = io.BytesIO()
        >>> lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))], name="small").save(file)
        >>> load_model(file).name
        'small'
    """
    if safe_mode is not None and not isinstance(safe_mode, bool):
        raise TypeError(f"load_model: `safe_mode` must be True or False, not {safe_mode!r:.100}.")
    policy = policy or LoadPolicy()
    if limits is not None:
        policy = dataclasses.replace(policy, limits=limits)
    with _opened(hub.local_path(filepath)) as (file, name, format), taken_back_on_error():
        model, left = format.read(file, name, custom_objects, compile, policy)  # type: ignore[misc]
    for part in left:
        warn(f"load_model({name!r}): skipped {part}.")
    return model


@contextmanager
def _opened(filepath: Any) -> Iterator[tuple[BinaryIO | Path, str, Format]]:
    if not isinstance(filepath, (str, os.PathLike)):
        file = _binary(filepath, "load_model", "readinto")
        yield file, str(getattr(filepath, "name", "the file object")), FORMATS[".keras"]
        return
    path = Path(filepath)
    format = _format_of(path, "load_model", "read")
    if format.several:
        yield path, str(path), format
        return
    with open_regular(path, "load a model from") as file:
        yield file, str(path), format


def _binary(file: Any, what: str, method: str) -> BinaryIO:
    if not callable(getattr(file, method, None)) or not (file.seekable() and file.readable()):
        raise TypeError(
            f"{what}: `filepath` must be a path or a binary file object that reads and seeks ('w+b'), not "
            f"{file!r:.100}."
        )
    return file


def _format_of(path: Path, what: str, direction: str) -> Format:
    there = [suffix for suffix, format in FORMATS.items() if getattr(format, direction)]
    weights = ""
    if path.name.endswith(".weights.h5"):
        weights = " For files of weights there are `model.save_weights` and `model.load_weights`."
    else:
        for suffix in there:
            if path.name.endswith(suffix):
                return FORMATS[suffix]
    raise ValueError(
        f"{what}: the name of a model's file must end with {' or '.join(there)}, but `filepath` is "
        f"{str(path)!r}.{weights}"
    )
