"""Whatever a loader refuses in this folder's tests, and only that, the report of `inspect_model` must refuse."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from lamina.core.load_policy import Budget
from lamina.saving import LoadError, LoadPolicy, inspect_model, model_files, weights
from tests.datasets.server import home as home, site as site

# Not about the file alone: it does not fit the model, or holds none, which a report has no fault to find with.
_MISFITS = ("is not there", "do not fit", "in the model", "not the model")
# Values, which a report does not read.
_MISFITS += ("checksum is wrong", "bytes of memory", "machine has left", "neither 0 nor 1")


def _agrees(read, place):
    """Return `read`, whose argument number `place` is a path, with the comparison after each refusal."""

    def compared(*args, **kwargs):
        path = args[place]
        on_disk = isinstance(path, (str, os.PathLike)) and Path(path).is_file()
        try:
            done = read(*args, **kwargs)
        except LoadError as error:
            about_the_file = not any(misfit in str(error) for misfit in _MISFITS)
            if on_disk and type(error) is not LoadError and about_the_file:
                assert _refusal(path, args) is type(error), error
            raise
        if on_disk and args[3:4] == (
            True,
        ):  # a model that is compiled, too: all of the file was looked at
            assert _refusal(path, args) is None
        return done

    return compared


def _refusal(path, args):
    """Return the class of the error that a report tells of, under the load's own policy; `None` if it tells of none."""
    policies = [arg for arg in args if isinstance(arg, LoadPolicy)]
    policies += [LoadPolicy(limits=arg.limits) for arg in args if isinstance(arg, Budget)]
    own = next((arg for arg in args if type(arg) is dict), None)  # custom_objects
    try:
        refusal = inspect_model(path, own, next(iter(policies), None)).refusal
        return None if refusal is None else type(refusal)
    except LoadError as error:
        return type(error)


@pytest.fixture(autouse=True)
def _reports_agree(monkeypatch):
    monkeypatch.setattr(weights, "read_weights", _agrees(weights.read_weights, 1))
    for suffix, format in model_files.FORMATS.items():
        if format.read is not None:
            changed = dataclasses.replace(format, read=_agrees(format.read, 1))
            monkeypatch.setitem(model_files.FORMATS, suffix, changed)
