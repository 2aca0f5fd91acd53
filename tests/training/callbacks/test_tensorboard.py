"""TensorBoard: what is in the event files, read back by TensorBoard itself."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib import image

import lamina
from lamina import layers
from lamina.callbacks import Callback, EventWriter, LearningRateScheduler, TensorBoard
from tests.training.callbacks import small
from tests.training.callbacks.boards import read, scalars, tensors


def test_the_scalars_of_epochs_are_the_history(trains, tmp_path):
    history = small.fit(small.model(), TensorBoard(tmp_path)).history
    for folder, before in (("train", ""), ("validation", "val_")):
        found = scalars(tmp_path / folder)
        for name in ("loss", "mae"):
            values = [found[f"epoch_{name}", epoch] for epoch in range(2)]
            np.testing.assert_allclose(values, history[before + name], rtol=1e-6)


def test_the_rate_of_each_epoch_is_there(tmp_path):
    schedule = LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1))
    small.fit(small.model(), schedule, TensorBoard(tmp_path))
    found = scalars(tmp_path / "train")
    assert [found["epoch_learning_rate", epoch] for epoch in range(2)] == [0.5, 0.25]


@pytest.mark.parametrize("freq", ["batch", 3])
def test_the_scalars_of_batches_are_what_a_callback_sees(tmp_path, freq):
    seen = []

    class Sees(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

    small.fit(small.model(), TensorBoard(tmp_path, update_freq=freq), Sees())
    every = 1 if freq == "batch" else freq
    found = scalars(tmp_path / "train")
    steps = [step for tag, step in found if tag == "batch_loss"]
    assert steps == [*range(every, 9, every)]
    losses = [found["batch_loss", step] for step in steps]
    np.testing.assert_allclose(losses, [seen[step - 1] for step in steps], rtol=1e-6)


def test_a_second_fit_goes_on_along_the_axis(tmp_path):
    net = small.model()
    for _ in range(2):
        small.fit(net, TensorBoard(tmp_path, update_freq="batch"), epochs=1)
    steps = [step for tag, step in scalars(tmp_path / "train") if tag == "batch_loss"]
    assert sorted(steps) == [*range(1, 9)]


def test_histograms_and_images_are_the_weights(tmp_path):
    net = small.model()
    small.fit(net, TensorBoard(tmp_path, histogram_freq=1, write_images=True))
    weights = {v.path: v.numpy() for v in net.weights}
    bars = tensors(tmp_path / "train", "histograms")
    pictures = tensors(tmp_path / "train", "images")
    for path, value in weights.items():
        left, right, count = bars[f"{path}/histogram", 1].T
        assert count.sum() == value.size and left[0] <= value.min() and value.max() <= right[-1]
        if value.size > 1:
            width, height, png = pictures[f"{path}/image", 1]
            shape = image.imread(io.BytesIO(png)).shape[:2]
            assert shape == (int(height), int(width)) and np.prod(shape) == value.size


def test_a_picture_shows_its_values(tmp_path):
    writer = EventWriter(tmp_path)
    values = np.array([[0, 255, 7], [8, 9, 10]], "uint8")
    writer.image("grey", values, 0)
    writer.image("colour", np.stack([values] * 3, -1) / 255, 0)
    writer.close()
    pictures = tensors(tmp_path, "images")
    for name in ("grey", "colour"):
        shown = np.rint(image.imread(io.BytesIO(pictures[name, 0][2])) * 255)
        assert np.array_equal(shown if shown.ndim == 2 else shown[..., 1], values)


def test_pictures_of_another_shape_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"1, 3 or 4 channels, but has \(1, 2, 2, 2\)"):
        EventWriter(tmp_path).image("odd", np.zeros((2, 2, 2)), 0)


def test_the_graph_has_every_layer_and_what_leads_where(tmp_path):
    x = layers.Input((3,), name="x")
    shared = layers.Dense(3, name="shared")
    y = layers.Add(name="sum")([shared(x), shared(shared(x))])
    net = lamina.Model(x, layers.Dense(1, name="out")(y), name="net")
    net.compile("sgd", "mse")
    small.fit(net, TensorBoard(tmp_path), epochs=1)
    edges = {node.name: list(node.input) for node in read(tmp_path / "train").Graph().node}
    assert edges.pop("net/out") == ["net/sum"] and len(edges.pop("net/sum")) == 2
    assert edges == {
        "net/x": [],
        "net/shared": ["net/x"],
        "net/shared_call_2": ["net/x"],
        "net/shared_call_3": ["net/shared_call_2"],
    }


def test_embeddings_are_where_the_projector_looks(tmp_path):
    from google.protobuf import text_format
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

    net = lamina.Sequential([layers.Input((3,)), layers.Embedding(5, 2, name="words")])
    net.add(layers.Flatten())
    net.add(layers.Dense(1))
    net.compile("sgd", "mse")
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": "words.tsv"})
    small.fit(net, board)
    config = text_format.Parse((tmp_path / "projector_config.pbtxt").read_text(), ProjectorConfig())
    (words,) = config.embeddings
    assert (words.tensor_name, words.metadata_path) == ("words", "words.tsv")
    table = np.loadtxt(tmp_path / words.tensor_path)
    np.testing.assert_allclose(table, net.layers[0].embeddings.numpy(), rtol=1e-4)
    wrong = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"wrods": "words.tsv"})
    with pytest.raises(ValueError, match=r"\['wrods'\].*\['words'\]"):
        small.fit(net, wrong)


def test_a_profile_is_written_by_the_engine(trains, tmp_path):
    if "profiles" not in trains.capabilities:
        with pytest.raises(NotImplementedError, match="does not profile"):
            small.fit(small.model(), TensorBoard(tmp_path, profile_batch=(2, 3)))
        return
    small.fit(small.model(), TensorBoard(tmp_path, profile_batch=(2, 3), write_graph=False))
    traces = [
        p for p in (tmp_path / "train").rglob("*") if p.is_file() and "tfevents" not in p.name
    ]
    assert traces


def test_a_profile_of_no_engine_is_refused_before_training(monkeypatch, tmp_path):
    board = TensorBoard(tmp_path, profile_batch=2)
    board.set_model(small.model())
    with (
        lamina.config.using_backend("numpy"),
        pytest.raises(NotImplementedError, match="'numpy' does not profile"),
    ):
        board.on_train_begin()


def test_other_callbacks_write_what_they_want(tmp_path):
    board = TensorBoard(tmp_path)

    class Norms(Callback):
        def on_epoch_end(self, epoch, logs=None):
            kernel = self.model.layers[0].kernel
            board.summary.scalar("norm", lamina.ops.norm(kernel.value), step=epoch)
            board.summary.text("note", f"**epoch** {epoch}", step=epoch)

    net = small.model()
    small.fit(net, board, Norms())
    norm = np.linalg.norm(net.layers[0].kernel.numpy())
    assert scalars(tmp_path / "train")["norm", 1] == pytest.approx(norm)
    assert tensors(tmp_path / "train", "text")["note", 1].tolist() == [b"**epoch** 1"]


def test_after_a_restart_later_steps_do_not_count(tmp_path):
    net, options = small.model(), {"update_freq": "batch", "write_graph": False}
    board = TensorBoard(tmp_path, **options)
    small.fit(net, board, epochs=1)
    state = board.get_state()
    small.fit(net, board, epochs=1)  # killed at its end, and begun again from `state`
    again = TensorBoard(tmp_path, **options)
    again.set_model(net)
    again.on_train_begin()
    again.set_state(state)
    again.on_epoch_begin(1)
    again.on_train_batch_end(0, {"loss": 7.0})
    again.on_train_end()
    found = scalars(tmp_path / "train")
    assert [step for tag, step in found if tag == "batch_loss"] == [1, 2, 3, 4, 5]
    assert found["batch_loss", 5] == 7.0


def test_only_logs_of_batches_slow_the_steps_down(tmp_path):
    assert not TensorBoard(tmp_path).watches_batches("train")
    assert TensorBoard(tmp_path, update_freq=10).watches_batches("train")
    assert TensorBoard(tmp_path, profile_batch=2).watches_batches("train")
    assert not TensorBoard(tmp_path, update_freq=10).watches_batches("test")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"update_freq": "epochs"}, "'epoch', 'batch' or a number of batches, not 'epochs'"),
        ({"update_freq": 0}, "not 0"),
        ({"profile_batch": (3, 2)}, r"the first and the last one, not \(3, 2\)"),
        ({"profile_batch": -1}, "not -1"),
    ],
)
def test_wrong_arguments(tmp_path, wrong, words):
    with pytest.raises(ValueError, match=words):
        TensorBoard(tmp_path, **wrong)


def test_tensorflow_is_not_imported(tmp_path):
    program = f"""
import sys
import lamina
from lamina.callbacks import TensorBoard

model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
data = lamina.ops.ones((8, 2)), lamina.ops.ones((8, 1))
board = TensorBoard({str(tmp_path)!r}, histogram_freq=1, write_images=True)
model.fit(*data, verbose=0, callbacks=[board])
assert "tensorboard" in sys.modules and "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("kind", ["TensorBoard", "OrbaxCheckpoint", "CSVLogger"])
def test_a_folder_that_cannot_be_is_told_before_training(kind, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    callback = getattr(lamina.callbacks, kind)(tmp_path / "file" / "within")
    with pytest.raises(ValueError, match=f"`{kind}` is to write .*is not a folder"):
        small.fit(small.model(), callback)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what TensorBoard brings along
def test_the_running_board_shows_the_runs(tmp_path):
    """What a browser asks of the web application, asked without one."""
    from tensorboard import default, program
    from tensorboard.backend import application
    from tensorboard.backend.event_processing import data_ingester
    from werkzeug.test import Client

    small.fit(small.model(), TensorBoard(tmp_path, histogram_freq=1))
    board = program.TensorBoard(plugins=default.get_plugins())
    board.configure(argv=["", "--logdir", str(tmp_path), "--load_fast", "false"])
    ingester = data_ingester.LocalDataIngester(board.flags)
    ingester.deprecated_multiplexer.AddRunsFromDirectory(str(tmp_path))
    ingester.deprecated_multiplexer.Reload()
    app = application.TensorBoardWSGIApp(
        board.flags,
        board.plugin_loaders,
        ingester.data_provider,
        None,
        ingester.deprecated_multiplexer,
    )
    client = Client(app)
    runs = client.get("/data/plugin/scalars/tags").get_json()
    assert set(runs) == {"train", "validation"} and "epoch_loss" in runs["validation"]
    answer = client.get("/data/plugin/scalars/scalars?run=train&tag=epoch_loss").get_json()
    assert [step for _, step, _ in answer] == [0, 1]
    histograms = client.get("/data/plugin/histograms/tags").get_json()
    assert len(histograms["train"]) == 4
    assert client.get("/").status_code == 200
