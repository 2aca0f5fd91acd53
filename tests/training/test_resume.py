"""A run that is broken off goes on, and ends with the weights and the history it would have had."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import callbacks, layers, optimizers
from lamina.callbacks import BackupAndRestore
from lamina.core import tensor_file
from lamina.saving import LoadError
from lamina.training.backup import backups
from tests.training.broken import Break, Broken

ROOT = Path(__file__).parents[2]
DRAW = np.random.default_rng(0)
X, Y = DRAW.random((40, 6), "float32"), DRAW.integers(0, 3, 40)
STEPS = 8  # in an epoch


class Count(callbacks.Callback):
    """Counts what it is told."""

    state_names = ("batches",)

    def __init__(self):
        self.batches, self.told = 0, 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches, self.told = self.batches + 1, self.told + 1


class AtOnce:
    """Runs what a thread would run, so that no backup is left out because another is being written."""

    def __init__(self, *arguments):
        pass

    def submit(self, function):
        done = Future()
        done.set_result(function())
        return done

    def shutdown(self):
        pass


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(backups, "ThreadPoolExecutor", AtOnce)


def correlation(y_true, y_pred):
    return float(np.corrcoef(y_true.ravel(), y_pred[:, 0])[0, 1])


def model(optimizer=None, units=8, metrics=("accuracy",)):
    lamina.utils.set_random_seed(3)
    net = lamina.Sequential(
        [
            layers.Dense(units, activation="tanh", input_shape=(6,)),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    adam = optimizers.Adam(0.01, use_ema=True, gradient_accumulation_steps=3)
    scaled = optimizers.LossScaleOptimizer(adam, dynamic_growth_steps=4)
    net.compile(optimizer or scaled, "sparse_categorical_crossentropy", metrics=list(metrics))
    return net


def fit(folder, net=None, x=X, y=Y, every=2, hooks=(), **options):
    """Train with backups; return the history and the bytes of all that training changes."""
    net = net or model()
    backup = BackupAndRestore(folder, every=every, delete_checkpoint=False)
    options = {"epochs": 3, "batch_size": 5, "verbose": 0, "preflight": False, **options}
    history = net.fit(x, y, callbacks=[backup, *hooks], **options)
    return history.history, bits(net)


def bits(net):
    return [v.numpy().tobytes() for v in [*net.variables, *net.optimizer.variables]]


def broken(folder, steps, **options):
    """Train, and break off after so many steps."""
    hooks = [*options.pop("hooks", ()), Break(steps)]
    with pytest.raises(Broken):
        fit(folder, hooks=hooks, **options)


@pytest.mark.parametrize("steps", [1, 5, STEPS, STEPS + 1, 3 * STEPS])
def test_a_broken_run_ends_as_it_would_have(trains, tmp_path, steps):
    options = {"validation_split": 0.1}
    expected = fit(tmp_path / "whole", **options)
    broken(tmp_path / "broken", steps, **options)
    assert fit(tmp_path / "broken", **options) == expected


@pytest.mark.parametrize("engine_name", ["jax", "torch"])
def test_runs_killed_at_any_moment_end_with_the_same_bits(engine_name):
    program = [sys.executable, "-m", "tools.kill_runs", "--engine", engine_name, "--runs", "1"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "different: 0" in done.stdout


def test_two_epochs_and_two_in_another_process_are_four(trains, tmp_path):
    whole = model().fit(
        X, Y, epochs=4, batch_size=5, verbose=0, preflight=False, resume=tmp_path / "a"
    )
    first = model()
    first.fit(X, Y, epochs=2, batch_size=5, verbose=0, preflight=False, resume=tmp_path / "b")
    np.random.seed(99)  # another process stands elsewhere
    second = model()
    parts = second.fit(
        X, Y, epochs=4, batch_size=5, verbose=0, preflight=False, resume=tmp_path / "b"
    )
    assert parts.history == whole.history and bits(second) == bits(whole.model)


def test_a_finished_run_returns_its_history_at_once(trains, tmp_path):
    expected = fit(tmp_path)
    count = Count()
    assert fit(tmp_path, hooks=[count]) == expected
    assert count.told == 0


def test_training_that_has_ended_early_stays_so(tmp_path):
    stop = [callbacks.EarlyStopping("loss", min_delta=9.0, patience=1, restore_best_weights=True)]
    expected = fit(tmp_path, hooks=stop)
    assert len(expected[0]["loss"]) == 2
    assert fit(tmp_path, hooks=stop, epochs=9) == expected


def test_callbacks_go_on_with_what_they_have_learned(tmp_path):
    def hooks():
        rate = callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
        best = callbacks.EarlyStopping("loss", patience=5, restore_best_weights=True)
        return [rate, best, Count()]

    expected, whole = fit(tmp_path / "a", model(optimizers.SGD(0.1)), hooks=hooks()), hooks()
    with pytest.raises(Broken):
        fit(tmp_path / "b", model(optimizers.SGD(0.1)), hooks=[*hooks(), Break(STEPS + 3)])
    assert fit(tmp_path / "b", model(optimizers.SGD(0.1)), hooks=whole) == expected
    assert whole[2].batches == 3 * STEPS > whole[2].told


def test_exact_metrics_go_on_in_the_middle_of_an_epoch(tmp_path):
    metrics = [lamina.metrics.exact(correlation)]
    expected = fit(tmp_path / "a", model(metrics=metrics))
    with pytest.raises(Broken):
        fit(tmp_path / "b", model(metrics=metrics), hooks=[Break(STEPS + 5)])
    assert fit(tmp_path / "b", model(metrics=metrics)) == expected


def test_what_callbacks_froze_stays_frozen(tmp_path, at_once):
    def freeze(epoch, logs):
        if epoch == 0:
            net.layers[0].trainable = False

    net = model()
    expected = fit(tmp_path / "a", net, hooks=[callbacks.LambdaCallback(on_epoch_end=freeze)])
    net = model()
    with pytest.raises(Broken):
        frozen = callbacks.LambdaCallback(on_epoch_end=freeze)
        fit(tmp_path / "b", net, hooks=[frozen, Break(STEPS + 5)])
    net = model()
    assert fit(tmp_path / "b", net) == expected
    assert not net.layers[0].trainable


@pytest.mark.parametrize("damage", ["cut off", "changed", "empty"])
def test_of_a_damaged_backup_the_one_before_serves(tmp_path, at_once, damage):
    expected = fit(tmp_path / "a")
    broken(tmp_path / "b", STEPS + 5)
    newest = max((tmp_path / "b").glob("epoch-*"))
    whole = newest.read_bytes()
    spoilt = {"cut off": whole[:-9], "changed": whole[:-9] + b"x" + whole[-8:], "empty": b""}
    newest.write_bytes(spoilt[damage])
    with pytest.warns(UserWarning, match=newest.name):
        assert fit(tmp_path / "b") == expected


@pytest.mark.filterwarnings("ignore:A backup is left out")
def test_without_a_whole_backup_nothing_is_begun(tmp_path):
    broken(tmp_path, 5)
    for path in tmp_path.glob("*.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(LoadError, match="None of the"):
        fit(tmp_path)


OTHERS = {
    "a size": ({"net": lambda: model(units=9)}, r"variables, 0 sequential/dense/kernel"),
    "an optimizer": ({"net": lambda: model(optimizers.SGD(0.1))}, r"optimizer, class: 'LossScale"),
    "a rate": (
        {"net": lambda: model(optimizers.LossScaleOptimizer(optimizers.Adam(0.5)))},
        r"learning_rate: 0\.0\d+ then, 0\.5 now",
    ),
    "metrics": ({"net": lambda: model(metrics=())}, r"metrics: \['loss', 'accuracy'\] then"),
    "a batch size": ({"batch_size": 4}, r"data, batch size: 5 then, 4 now"),
    "samples": ({"x": X[:30], "y": Y[:30]}, r"data, samples: 40 then, 30 now"),
    "an order of samples": ({"x": X[::-1].copy()}, r"data, x\[0\]: .* then"),
    "shuffling": ({"shuffle": False}, r"fit, shuffle: True then, False now"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_run_is_refused_with_what_differs(tmp_path, other):
    broken(tmp_path, 5)
    options, message = OTHERS[other]
    net = options.get("net", model)()
    before = [v.numpy().tobytes() for v in net.variables]
    with pytest.raises(LoadError, match=message):
        fit(tmp_path, **{**options, "net": net})
    assert [v.numpy().tobytes() for v in net.variables] == before


def test_so_many_of_the_newest_stay(tmp_path, at_once):
    fit(tmp_path, every=1)
    names = sorted(path.name for path in tmp_path.glob("*.safetensors"))
    assert len(names) == 3 and names[1:] == [
        "epoch-00003-step-00000000.safetensors",
        "finished.safetensors",
    ]


HOLDS = """
import sys
from pathlib import Path
from lamina.training.backup.folder import BackupFolder

folder = BackupFolder(Path(sys.argv[1]), 2)
folder.take()
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no locks there")
def test_a_folder_takes_the_backups_of_one_process_at_a_time(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert other.stdout.readline() == "taken\n"
        with pytest.raises(RuntimeError, match="Another process writes its backups to"):
            fit(tmp_path)
    finally:
        other.kill()  # as the system would, whatever the process is doing
        other.communicate()
    assert len(fit(tmp_path)[0]) == 2


def test_by_default_nothing_stays_when_training_ends(tmp_path):
    backup = BackupAndRestore(tmp_path / "backup")
    model().fit(X, Y, epochs=2, verbose=0, preflight=False, callbacks=[backup])
    assert not (tmp_path / "backup").exists()


def test_a_disk_that_takes_nothing_is_warned_of(tmp_path):
    (tmp_path / "file").write_text("in the way of a folder")
    with pytest.warns(UserWarning, match="No backup was written"):
        fit(tmp_path / "file" / "backup", every="epoch")


@pytest.mark.parametrize("every", [0, -1, True, 1.5, "1 day", "often"])
def test_other_times_are_refused(every):
    with pytest.raises(ValueError, match="'epoch', a number of steps, or a time"):
        BackupAndRestore("folder", every=every)


def test_arguments_are_those_of_keras():
    backup = BackupAndRestore("folder", 7, True, False)
    assert (backup.steps, backup.keep, backup.delete_checkpoint) == (7, 2, False)
    with pytest.raises(ValueError, match="give one"):
        BackupAndRestore("folder", 7, every=8)


def test_resume_beside_the_callback_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`resume` and a BackupAndRestore"):
        fit(tmp_path, resume=tmp_path)


@pytest.mark.parametrize(
    "contents", [[], {}, {"epoch": "1"}, {"epoch": 0, "step": 0, "ended": False}]
)
@pytest.mark.filterwarnings("ignore:A backup is left out")
def test_a_file_with_other_contents_is_refused(tmp_path, contents):
    tensor_file.write(tmp_path / "epoch-00001-step-00000000.safetensors", contents, {})
    with pytest.raises(LoadError, match="None of the"):
        fit(tmp_path)
