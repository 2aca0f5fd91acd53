"""Sounds in files, as Keras reads them."""

from __future__ import annotations

import sys

import keras
import numpy as np
import pytest
import soundfile

import lamina
from lamina.utils import audio_dataset_from_directory

QUIET = {"shuffle": False, "verbose": False}
LENGTHS = {"pos/a.wav": 100, "pos/b.wav": 80, "neg/z.wav": 120}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    draw = np.random.default_rng(0)
    for name, length in LENGTHS.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, draw.integers(-32768, 32768, (length, 1)).astype("int16"), 8000)
    return folder


@pytest.mark.parametrize("length", [None, 90, 200])
@pytest.mark.parametrize("size", [32, 2, None])
def test_sounds_are_those_of_keras(recordings, length, size):
    if size is None and length is None:
        length = 100
    options = {"output_sequence_length": length, "batch_size": size, **QUIET}
    ours, theirs = (
        k.utils.audio_dataset_from_directory(recordings, **options) for k in (lamina, keras)
    )
    assert ours.class_names == theirs.class_names
    for (x, y), (x_keras, y_keras) in zip(ours, theirs, strict=True):
        assert x.dtype == np.float32 and y.tolist() == y_keras.numpy().tolist()
        np.testing.assert_array_equal(x, x_keras)


def test_splits_are_those_of_keras(recordings):
    options = {"validation_split": 0.4, "subset": "both", "seed": 1, "verbose": False}
    ours, theirs = (
        k.utils.audio_dataset_from_directory(recordings, **options) for k in (lamina, keras)
    )
    for one, other in zip(ours, theirs, strict=True):
        sounds, expected = (sorted(float(np.sum(x)) for x, _ in d.unbatch()) for d in (one, other))
        np.testing.assert_allclose(sounds, expected, rtol=1e-4)


def test_a_tone_stays_the_same_at_another_rate(tmp_path):
    (tmp_path / "a").mkdir()
    tone = np.sin(2 * np.pi * 100 * np.arange(16000) / 16000)
    soundfile.write(tmp_path / "a" / "tone.flac", np.stack([tone, tone / 2], 1), 16000)
    dataset = audio_dataset_from_directory(tmp_path, sampling_rate=4000, **QUIET)
    ((x, _),) = dataset
    assert x.shape == (1, 4000, 2)
    expected = np.sin(2 * np.pi * 100 * np.arange(4000) / 4000)
    np.testing.assert_allclose(x[0, 100:-100, 0], expected[100:-100], atol=1e-2)
    np.testing.assert_allclose(x[0, 100:-100, 1], expected[100:-100] / 2, atol=1e-2)


@pytest.mark.parametrize("name", ["tf", "grain", "torch"])
def test_the_formats_of_libraries_pad_as_well(recordings, name):
    expected, found = (
        audio_dataset_from_directory(recordings, batch_size=2, format=f, **QUIET)
        for f in ("lamina", name)
    )
    for (x, _), (x_found, _) in zip(expected, found, strict=True):
        np.testing.assert_array_equal(x_found, x)


def test_damaged_sounds_are_named_or_left_out(recordings, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.wav").write_bytes((recordings / "pos" / "a.wav").read_bytes()[:20])
    (tmp_path / "a" / "2.wav").write_bytes((recordings / "pos" / "a.wav").read_bytes())
    with pytest.raises(ValueError, match=r"1\.wav' cannot be read as a sound"):
        list(audio_dataset_from_directory(tmp_path, **QUIET))
    with pytest.warns(match=r"leaves 1 damaged files out: '1\.wav'"):
        assert len(audio_dataset_from_directory(tmp_path, on_error="skip", **QUIET).file_paths) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ragged": True}, "ragged=True is not offered"),
        ({"sampling_rate": 0}, "`sampling_rate` must be a positive"),
        ({"output_sequence_length": -1}, "`output_sequence_length` must be a positive"),
    ],
)
def test_wrong_arguments_are_refused(recordings, options, message):
    with pytest.raises(ValueError, match=message):
        audio_dataset_from_directory(recordings, **options)


def test_without_soundfile_the_extra_is_named(recordings, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(ImportError, match=r"pip install 'lamina\[audio\]'"):
        audio_dataset_from_directory(recordings, **QUIET)
