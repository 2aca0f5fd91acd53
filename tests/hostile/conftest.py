"""Whatever a loader refuses in this folder's tests, the report of `inspect_model` must refuse likewise."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from lamina.saving import LoadError, inspect_model, model_files, weights

# Not about the file alone: it does not fit the model, of which a report knows nothing.
_MISFITS = ("is not there", "do not fit", "in the model")


def _agrees(read, place):
    """Return `read`, whose argument number `place` is a path, with the comparison after each refusal."""

    def compared(*args, **kwargs):
        try:
            return read(*args, **kwargs)
        except LoadError as error:
            path = args[place]
            on_disk = isinstance(path, (str, os.PathLike)) and Path(path).is_file()
            if (
                on_disk
                and type(error) is not LoadError
                and not any(m in str(error) for m in _MISFITS)
            ):
                assert _refusal(path) is type(error), error
            raise

    return compared


def _refusal(path):
    try:
        return type(inspect_model(path).refusal)
    except LoadError as error:
        return type(error)


@pytest.fixture(autouse=True)
def _reports_agree(monkeypatch):
    monkeypatch.setattr(weights, "read_weights", _agrees(weights.read_weights, 1))
    for suffix, format in model_files.FORMATS.items():
        if format.read is not None:
            changed = dataclasses.replace(format, read=_agrees(format.read, 1))
            monkeypatch.setitem(model_files.FORMATS, suffix, changed)
