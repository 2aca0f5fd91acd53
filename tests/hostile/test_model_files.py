"""Whole models made to do harm: what a failed load leaves behind (A02), pickles (A07), threads (A10)."""

from __future__ import annotations

import concurrent.futures
import copy
import gc
import io
import json
import os
import pickle
import random
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.core import naming, registry, seeds, settings
from lamina.saving import FormatError, LoadError, PolicyError

_OPEN = Path("/proc/self/fd")


def _model():
    model = lamina.Sequential([lamina.Input((3,)), layers.Dense(2), layers.Dropout(0.5)])
    model.compile("adam", "mse", metrics=[lamina.metrics.AUC()])
    return model


def _file(model=None):
    file = io.BytesIO()
    (model or _model()).save(file)
    return file


def _changed(file, change, member="config.json"):
    """The archive with one member changed: JSON by a function of it, or bytes by a function of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == member:
                parsed = json.loads(data) if name.endswith(".json") else data
                data = change(parsed)
                data = data if isinstance(data, bytes) else json.dumps(data).encode()
            new.writestr(name, data)
    out.seek(0)
    return out


def _layer(index, **arguments):
    def change(config):
        config["config"]["layers"][index]["config"] |= arguments
        return config

    return change


def _lambda(config):
    code = {"class_name": "__lambda__", "config": {"code": "4wAA", "defaults": None}}
    config["config"]["layers"][1] |= {
        "class_name": "Lambda",
        "config": {"name": "dense", "function": code},
    }
    return config


def _metric(**arguments):
    def change(config):
        config["compile_config"]["metrics"][0]["config"] |= arguments
        return config

    return change


def _compiled(**arguments):
    return lambda config: {**config, "compile_config": {**config["compile_config"], **arguments}}


HOSTILE = {
    "bytecode (CVE-2024-3660)": (_lambda, PolicyError),
    "a module of Python (CVE-2025-1550)": (
        lambda c: {**c, "module": "os", "class_name": "system"},
        PolicyError,
    ),
    "a wrong argument": (_layer(1, units="3"), FormatError),
    "an argument that the constructor refuses": (_layer(2, rate=3.0), FormatError),
    "another shape": (_layer(1, units=3), LoadError),
    "another number of layers": (
        lambda c: (c["config"]["layers"].pop(1), c)[1],
        LoadError,
    ),
    "a loss of nobody": (_compiled(loss="system"), PolicyError),
    "an argument that compile does not have": (_compiled(evil=1), FormatError),
    "thresholds without end": (_metric(num_thresholds=10**12), FormatError),
}


def process_state():
    """All that the process keeps and a load could change."""
    gc.collect()
    return {
        "names": ({**+naming._used}, {**+naming._counts}),
        "draws": seeds.position(),
        "python's draws": random.getstate(),
        "numpy's draws": repr(np.random.get_state()),
        "registered": dict(registry.registered()),
        "shelves": {kind: dict(shelf.objects) for kind, shelf in registry.shelves.items()},
        "settings": {
            name: value for name, value in vars(settings).items() if not name.startswith("__")
        },
        "modules": set(sys.modules),
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "files": sorted(map(str, _OPEN.iterdir())) if _OPEN.exists() else None,
    }


@pytest.mark.parametrize("case", HOSTILE)
def test_a02_a_load_that_fails_leaves_no_trace(case):
    change, error = HOSTILE[case]
    file = _file()
    lamina.models.load_model(
        _changed(file, lambda config: config)
    )  # the twin; imports all it needs
    hostile = _changed(file, change)
    with pytest.raises(LoadError):
        lamina.models.load_model(hostile)
    before = process_state()
    with pytest.raises(error):
        lamina.models.load_model(hostile)
    after = process_state()
    assert {name for name in before if before[name] != after[name]} == set()


def test_a02_the_next_names_and_draws_are_those_of_before():
    hostile = _changed(_file(), _layer(1, units=3))
    lamina.utils.set_random_seed(3)
    expected = layers.Dense(2).name, seeds.next_stream()
    lamina.utils.set_random_seed(3)
    naming._used["dense"] -= 1
    with pytest.raises(LoadError):
        lamina.models.load_model(hostile)
    assert (layers.Dense(2).name, seeds.next_stream()) == expected


def test_what_others_took_meanwhile_stays_taken():
    with pytest.raises(KeyError), naming.taken_back_on_error(), seeds.taken_back_on_error():
        naming.auto_name("mine")
        seeds.next_stream()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            taken = pool.submit(lambda: (naming.auto_name("mine"), seeds.next_stream())).result()
        raise KeyError
    assert naming.auto_name("mine") not in ("mine", taken[0])
    assert seeds.next_stream()[1] > taken[1][1]


@pytest.mark.parametrize("case", HOSTILE)
def test_a07_a_pickle_is_as_strict_as_a_file(case):
    change, error = HOSTILE[case]
    remake, (data, own) = _model().__reduce__()
    changed = _changed(io.BytesIO(data), change).getvalue()
    with pytest.raises(error):
        pickle.loads(pickle.dumps(PickleStream(remake, (changed, own))))
    assert remake(data, own).count_params() == 8  # the twin


class PickleStream:
    """Pickles as it is told to."""

    def __init__(self, remake, arguments):
        self.told = remake, arguments

    def __reduce__(self):
        return self.told


@pytest.mark.parametrize("data", [None, 3, "text", [], {}, b"", b"PK\x05\x06"])
def test_a07_a_pickle_of_something_else_is_refused(data):
    remake, _ = _model().__reduce__()
    with pytest.raises(FormatError):
        remake(data, {})


def test_a07_a_copy_reads_nothing(monkeypatch):
    monkeypatch.setattr("lamina.saving.model_files.load_model", None)
    assert copy.deepcopy(_model()).count_params() == 8


def test_a10_loads_in_threads_do_not_see_each_other():
    good = _file().getvalue()
    bad = {
        name: _changed(io.BytesIO(good), change).getvalue() for name, (change, _) in HOSTILE.items()
    }

    def load(name):
        try:
            return lamina.models.load_model(io.BytesIO(bad.get(name, good))).name
        except LoadError as error:
            return type(error)

    names = [name for case in HOSTILE for name in (case, "good")] * 3
    alone = {name: load(name) for name in {*names}}  # the control; "good" is the twin
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(load, names)) == [alone[name] for name in names]
    assert alone["good"] == "sequential" or alone["good"].startswith("sequential")


def test_steps_that_are_written_out_are_bounded():
    model = lamina.Sequential([lamina.Input((5, 3)), layers.LSTM(2, unroll=True)])

    def long(config):
        config["config"]["build_input_shape"] = [None, 10**12, 3]
        config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**12, 3]
        return config

    with pytest.raises(LoadError, match="unroll"):
        lamina.models.load_model(_changed(_file(model), long))


def test_a_state_of_training_that_does_not_fit_is_left_out():
    other = io.BytesIO()
    with h5py.File(other, "w") as file:
        file["model/vars/0"] = np.zeros((7,), "uint32")
    model = lamina.Sequential([lamina.Input((3,)), layers.Dropout(0.5)])  # not compiled
    changed = _changed(_file(model), lambda _: other.getvalue(), "lamina.state.h5")
    with pytest.warns(UserWarning, match="state of the model beside its weights"):
        assert lamina.models.load_model(changed).count_params() == 0


def test_a_damaged_state_of_training_is_refused():
    changed = _changed(_file(), lambda data: data[:100], "lamina.state.h5")
    with pytest.raises(FormatError, match=r"lamina\.state\.h5"):
        lamina.models.load_model(changed)
