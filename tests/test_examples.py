"""The examples run, in this process, for an epoch or two."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.saving.hub_server import TOKEN, Hub

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


def _main(name):
    [path] = [path for path in EXAMPLES if path.stem == name]
    return runpy.run_path(str(path))["main"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_short(path):
    assert len(path.read_text("utf-8").splitlines()) < 100


def test_every_example_is_run_below():
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in EXAMPLES} <= tests


def test_mlp_digits(trains, capsys):
    assert _main("mlp_digits")(epochs=3, verbose=0) > 0.8
    assert "test accuracy" in capsys.readouterr().out


def test_convnet_digits(trains, capsys):
    assert _main("convnet_digits")(epochs=3, verbose=0) > 0.5
    assert "predicts the same: True" in capsys.readouterr().out


def test_fine_tuning(trains, capsys):
    head, tuned = _main("fine_tuning")(epochs=3, verbose=0)
    assert max(head, tuned) > 0.25  # of five classes; a dozen epochs give more
    assert "after fine-tuning" in capsys.readouterr().out


def test_where_it_looks(trains, capsys, tmp_path):
    assert _main("where_it_looks")(tmp_path, epochs=6, verbose=0) > 0.8
    assert {path.name for path in tmp_path.iterdir()} >= {"model.html", "filters.png", "looks.png"}
    assert "looks at the mark" in capsys.readouterr().out


def test_digits_from_files(trains, capsys):
    assert _main("digits_from_files")(epochs=2, verbose=0) > 0.6
    assert "is read as" in capsys.readouterr().out


def test_augmented_digits(trains, capsys):
    without, augmented = _main("augmented_digits")(epochs=15, verbose=0)
    assert augmented > without + 0.05
    assert "augmentation brings" in capsys.readouterr().out


def test_text_classification(trains, capsys):
    assert _main("text_classification")(epochs=20, verbose=0) > 0.8
    assert "reads like 'debugger'" in capsys.readouterr().out


def test_two_branches(trains, capsys):
    loss, parts, accuracy = _main("two_branches")(epochs=2, verbose=0)
    assert loss == pytest.approx(parts, rel=1e-4)
    assert accuracy > 0.5
    assert "one loss" in capsys.readouterr().out


def test_inception_net(trains, capsys):
    assert _main("inception_net")(epochs=3, verbose=0) > 0.4
    assert "test accuracy" in capsys.readouterr().out


def test_structured_data(trains, capsys):
    assert _main("structured_data")(epochs=5, verbose=0) > 0.8
    assert "accuracy on new patients" in capsys.readouterr().out


def test_three_losses(trains):
    loss, parts, digit, odd = _main("three_losses")(epochs=4, verbose=0)
    assert loss == pytest.approx(parts, rel=1e-4)
    assert digit > 0.8 and odd > 0.8


def test_siamese(trains):
    assert _main("siamese")(epochs=5, verbose=0, count=2000) > 0.7


def test_gan_digits(trains):
    history, _ = _main("gan_digits")(epochs=1, verbose=0)
    assert history["judge"][0] < 0.5 and history["forger"][0] > 0


def test_lstm_classifier(trains):
    assert _main("lstm_classifier")(epochs=3, verbose=0) > 0.6


def test_gru_tagger(trains):
    accuracy, by_hand = _main("gru_tagger")(epochs=3, verbose=0, count=800)
    assert accuracy == pytest.approx(by_hand, rel=1e-3)  # padding is in neither
    assert accuracy > 0.6


def test_ctc_reader(trains):
    history, right = _main("ctc_reader")(epochs=3, verbose=0, count=400)
    assert history[-1] < history[0]
    assert 0 <= right <= 1


def test_transformer_encoder(trains):
    assert _main("transformer_encoder")(epochs=5, verbose=0) > 0.4


def test_variational_autoencoder(trains):
    history, error, plain = _main("variational_autoencoder")(epochs=5, verbose=0)
    assert history[-1] < history[0] and error < plain


def test_distillation(trains):
    accuracies, unchanged = _main("distillation")(epochs=8, verbose=0)
    assert unchanged and min(accuracies) > 0.5


def test_bucketed_sequences(trains, capsys):
    assert _main("bucketed_sequences")(epochs=4, verbose=0) > 0.8
    assert "lengths of the buckets" in capsys.readouterr().out


def test_watched_training(trains, tmp_path):
    accuracy, profile = _main("watched_training")(epochs=3, verbose=0, folder=tmp_path)
    assert accuracy > 0.7 and profile.clock.seconds["steps"] > 0
    assert (tmp_path / "curves.png").is_file() and list((tmp_path / "train").glob("events*"))


def test_finding_settings(trains, capsys):
    assert _main("finding_settings")(steps=40, epochs=3, most=8, verbose=0) > 0.7
    shown = capsys.readouterr().out
    assert "the loss fell most steeply" in shown and "weighted avg" in shown


def test_scikit_learn(trains, capsys):
    best, accuracy = _main("scikit_learn")(epochs=8, units=(2, 32), samples=200)
    assert best == {"sklearnclassifier__model_kwargs__units": 32} and accuracy > 0.6
    assert "of the test images" in capsys.readouterr().out


def test_interrupted_run(trains, capsys, tmp_path):
    main = _main("interrupted_run")
    whole = main(epochs=3, folder=tmp_path / "a", verbose=0)
    first = main(epochs=2, folder=tmp_path / "b", every="epoch", verbose=0)
    assert main(epochs=3, folder=tmp_path / "b", verbose=0) == whole
    assert whole["loss"][:2] == first["loss"]


def test_saving_and_sharing(trains, capsys, tmp_path, monkeypatch):
    with Hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        main = _main("saving_and_sharing")
        accuracy, same, losses, report = main(2, tmp_path, "hf://me/digits", verbose=0)
        assert "model.keras" in hub.files("me/digits")
        hub.shutdown()
    assert accuracy > 0.7 and same and losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert [layer.class_name for layer in report.layers][-1] == "Dense" and not report.problems


def test_generate_names(trains, capsys):
    losses, made = _main("generate_names")(epochs=3, verbose=0)
    assert losses[-1] < losses[0]
    assert [name[0] for name in made] == list("abcglmp")
