"""Whatever a loader refuses in this folder's tests, the report of `inspect_model` must refuse likewise."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from lamina.core.load_policy import Budget
from lamina.saving import LoadError, LoadPolicy, inspect_model, model_files, weights

# Not about the file alone: it does not fit the model, or holds none, which a report has no fault to find with.
_MISFITS = ("is not there", "do not fit", "in the model", "not the model")
# Values, which a report does not read.
_MISFITS += ("checksum is wrong", "bytes of memory", "machine has left", "neither 0 nor 1")


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
                assert _refusal(path, _policy(args)) is type(error), error
            raise

    return compared


def _policy(args):
    """Return the policy of the load, with the limits of its budget."""
    limits = [arg.limits for arg in args if isinstance(arg, (Budget, LoadPolicy))]
    return LoadPolicy(limits=limits[0]) if limits else None


def _refusal(path, policy):
    try:
        return type(inspect_model(path, policy=policy).refusal)
    except LoadError as error:
        return type(error)


@pytest.fixture(autouse=True)
def _reports_agree(monkeypatch):
    monkeypatch.setattr(weights, "read_weights", _agrees(weights.read_weights, 1))
    for suffix, format in model_files.FORMATS.items():
        if format.read is not None:
            changed = dataclasses.replace(format, read=_agrees(format.read, 1))
            monkeypatch.setitem(model_files.FORMATS, suffix, changed)
