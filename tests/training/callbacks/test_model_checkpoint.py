"""ModelCheckpoint: when it saves, and what its files are called."""

import numpy as np
import pytest

import lamina
from lamina.callbacks import (
    ModelCheckpoint,
)
from tests.training.callbacks.fakes import Model, losses, train


def test_checkpoint_fills_in_the_name(tmp_path):
    path = tmp_path / "new" / "{epoch:02d}-{val_loss:.2f}.weights.h5"
    model = train(
        [ModelCheckpoint(path, save_weights_only=True)], losses(1.0, 0.123, name="val_loss")
    )
    assert model.saved == [
        str(tmp_path / "new" / name) for name in ("01-1.00.weights.h5", "02-0.12.weights.h5")
    ]
    assert (tmp_path / "new").is_dir()


def test_checkpoint_counts_batches_over_epochs():
    save = ModelCheckpoint("{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=3)
    model = train([save], losses(1.0, 1.0), batches=5)
    assert model.saved == ["1-3.weights.h5", "2-1.weights.h5", "2-4.weights.h5"]


@pytest.mark.parametrize(
    ("per_call", "save_freq", "batches"),
    [
        (32, 32, [32]),
        (4, 8, [8, 16, 24, 32]),
        (8, 4, [8, 16, 24, 32]),
        (4, 6, [8, 16, 24, 32]),
        (1, 20, [20]),
    ],
)
def test_checkpoint_counts_batches_of_calls(tmp_path, per_call, save_freq, batches):
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse", steps_per_execution=per_call)
    save = ModelCheckpoint(
        tmp_path / "{batch}.weights.h5", save_weights_only=True, save_freq=save_freq
    )
    x = np.zeros((64, 1), "float32")
    model.fit(x, x, batch_size=2, verbose=0, callbacks=[save])
    assert sorted(int(p.name.split(".")[0]) for p in tmp_path.iterdir()) == batches


def test_checkpoint_saves_only_what_is_better(capsys):
    save = ModelCheckpoint("{epoch}.weights.h5", "acc", 1, True, True, initial_value_threshold=0.5)
    model = train([save], losses(0.4, 0.6, 0.6, 0.7, name="acc"))
    assert model.saved == ["2.weights.h5", "4.weights.h5"]
    shown = capsys.readouterr().out
    assert "Epoch 1: acc did not improve from 0.50000" in shown
    assert "Epoch 4: acc improved from 0.60000 to 0.70000, saving to 4.weights.h5" in shown


def test_checkpoint_names_what_is_wrong_with_the_file():
    with pytest.raises(ValueError, match=r"must end with .weights.h5, but `filepath` is 'm.h5'"):
        ModelCheckpoint("m.h5", save_weights_only=True)
    with pytest.raises(ValueError, match=r"must end with .keras"):
        ModelCheckpoint("m")
    with pytest.raises(
        ValueError, match="`save_freq` must be 'epoch' or a number of batches, not 'batch'"
    ):
        ModelCheckpoint("m.keras", save_freq="batch")
    save = ModelCheckpoint("{val_los}.weights.h5", save_weights_only=True)
    with pytest.raises(
        KeyError, match=r"names 'val_los', which is not among the logs\. Available: epoch, loss"
    ):
        train([save], losses(1.0))


def test_checkpoint_without_its_monitor_saves_every_time():
    save = ModelCheckpoint("{epoch}.weights.h5", save_best_only=True, save_weights_only=True)
    with pytest.warns(
        UserWarning,
        match=r"no 'val_loss' in the logs, so the model is saved every time\. Give fit",
    ):
        model = train([save], losses(1.0, 1.0))
    assert len(model.saved) == 2


def test_checkpoint_of_whole_models():
    with pytest.raises(NotImplementedError, match="has no method `save`"):
        train([ModelCheckpoint("m.keras")], losses(1.0))
    model = Model()
    model.save = lambda path, overwrite: model.saved.append(path)
    train([ModelCheckpoint("m.keras")], losses(1.0), model=model)
    assert model.saved == ["m.keras"]
