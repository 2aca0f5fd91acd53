"""Log and its writers: what MLflow and Weights & Biases have kept, and any object with `scalars`."""

from __future__ import annotations

import json
import struct
import sys
import time

import pytest

import lamina
from lamina.callbacks import EventWriter, Log, MLflowWriter, WandbWriter
from tests.training.callbacks import small
from tests.training.callbacks.boards import scalars


class Recorder:
    """A writer that keeps all that it is told, in order."""

    def __init__(self):
        self.told = []

    def scalars(self, step, values):
        self.told.append((step, dict(values)))

    def params(self, values):
        self.told.append(("params", dict(values)))

    def close(self):
        self.told.append(("close", {}))


def test_a_writer_is_told_of_every_epoch(trains):
    writer = Recorder()
    history = small.fit(small.model(), Log(writer)).history
    (_, params), *epochs, last = writer.told
    assert params["epochs"] == 2 and params["parameters"] == 21
    assert params["optimizer_class"] == "SGD"
    assert params["optimizer_learning_rate"] == pytest.approx(0.01)
    assert [step for step, _ in epochs] == [0, 1] and last == ("close", {})
    for i, (_, values) in enumerate(epochs):
        assert values.pop("learning_rate") == pytest.approx(0.01)
        assert values == {name: series[i] for name, series in history.items()}


@pytest.mark.parametrize(("freq", "steps"), [("batch", [*range(1, 9)]), (3, [3, 6])])
def test_a_writer_is_told_of_batches(freq, steps):
    writer = Recorder()
    small.fit(small.model(), Log(writer, update_freq=freq))
    of_batches = [(step, values) for step, values in writer.told if "batch_loss" in values]
    assert [step for step, _ in of_batches] == steps
    assert set(of_batches[0][1]) == {"batch_loss", "batch_mae"}


def test_batches_are_watched_only_if_they_are_logged():
    assert not Log(Recorder()).watches_batches("train")
    assert Log(Recorder(), update_freq=2).watches_batches("train")


def test_a_writer_needs_only_scalars():
    class Least:
        def scalars(self, step, values):
            pass

    small.fit(small.model(), Log(Least()))


def test_what_is_not_a_writer_is_refused():
    with pytest.raises(TypeError, match=r"must have a method `scalars\(step, values\)`"):
        Log(print)
    with pytest.raises(ValueError, match="'epoch', 'batch' or a number of batches, not 'never'"):
        Log(Recorder(), update_freq="never")


def test_events_for_tensorboard(tmp_path):
    history = small.fit(small.model(), Log(EventWriter(tmp_path))).history
    assert scalars(tmp_path)["val_loss", 1] == pytest.approx(history["val_loss"][1])


@pytest.mark.filterwarnings("ignore:The ``noload``:DeprecationWarning")  # MLflow's own affair
def test_mlflow_keeps_the_run_in_sqlite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/runs.db"
    writer = MLflowWriter(uri, experiment="digits", run_name="first")
    history = small.fit(small.model(), Log(writer)).history
    client = writer.client
    experiment = client.get_experiment_by_name("digits")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("first", "FINISHED")
    assert run.data.params["optimizer_class"] == "SGD" and run.data.params["epochs"] == "2"
    for name, values in history.items():
        kept = client.get_metric_history(run.info.run_id, name)
        assert [(metric.step, metric.value) for metric in kept] == [*enumerate(values)]


def test_wandb_keeps_the_run_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    writer = WandbWriter(project="digits", dir=str(tmp_path))
    run = writer.run
    history = small.fit(small.model(), Log(writer)).history
    assert dict(run.config)["optimizer_class"] == "SGD"
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    for _ in range(400):  # another process writes the file, and may be behind
        kept = [values for values in _histories(file) if "epoch" in values]
        if len(kept) == 2:
            break
        time.sleep(0.05)
    assert [values["epoch"] for values in kept] == [0, 1]
    for name, values in history.items():
        assert [each[name] for each in kept] == values


def _histories(file):
    """What was logged, from a file of Weights & Biases: LevelDB's log format with protocol buffers."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, place = file.read_bytes(), 7
    while place + 7 <= len(data):
        size, kind = struct.unpack_from("<HB", data, place + 4)
        if place + 7 + size > len(data):
            return
        assert kind == 1  # whole records: the file is shorter than a block
        record = Record.FromString(data[place + 7 : place + 7 + size])
        if record.HasField("history"):
            yield {
                item.key or item.nested_key[0]: json.loads(item.value_json)
                for item in record.history.item
            }
        place += 7 + size


def test_a_run_of_ones_own_is_not_finished():
    class Run:
        def __init__(self):
            self.config, self.logged = {}, []

        def log(self, values):
            self.logged.append(values)

    run = Run()
    run.config = type("Config", (dict,), {"update": lambda self, values, **_: None})()
    writer = WandbWriter(run)
    small.fit(small.model(), Log(writer, update_freq=4), epochs=1)
    assert [values.get("batch") for values in run.logged] == [4, None]
    assert run.logged[1]["epoch"] == 0
    with pytest.raises(TypeError, match=r"takes no \['project'\]"):
        WandbWriter(run, project="digits")


@pytest.mark.parametrize(
    ("package", "extra", "make"),
    [
        ("wandb", "wandb", WandbWriter),
        ("mlflow", "mlflow", MLflowWriter),
        ("tensorboard", "tensorboard", lambda: EventWriter("logs")),
        ("tensorboard", "tensorboard", lambda: lamina.callbacks.TensorBoard("logs")),
        ("orbax", "orbax", lambda: lamina.callbacks.OrbaxCheckpoint("folder")),
        ("matplotlib", "plot", lamina.callbacks.LivePlot),
        ("matplotlib", "plot", lambda: lamina.callbacks.History().plot()),
    ],
)
def test_a_missing_package_is_named_with_its_extra(package, extra, make, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=rf"needs the package '{package}'.*lamina\[{extra}\]"):
        make()
