"""Pictures of sounds: Keras' numbers, everywhere, and Fourier's."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import scipy.signal

import lamina
from lamina import layers, ops

SOUNDS = np.random.default_rng(0).normal(size=(2, 80, 1)).astype("float32")
MELS = {"fft_length": 16, "sequence_stride": 4, "num_mel_bins": 5, "sampling_rate": 100}
LAYERS = {
    "mel": lambda k: k.layers.MelSpectrogram(**MELS),
    "stft": lambda k: k.layers.STFTSpectrogram(frame_length=8),
}


def sounds(name):
    return SOUNDS[..., 0] if name == "mel" else SOUNDS


def test_decibels_end_below_the_loudest_entry_of_the_batch(engine):
    options = {**MELS, "top_db": 5.0}
    expected = np.asarray(keras.layers.MelSpectrogram(**options)(SOUNDS[..., 0] * [[1], [9]]))
    found = layers.MelSpectrogram(**options)(SOUNDS[..., 0] * [[1], [9]])
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5)
    assert expected.max() - expected.min() == pytest.approx(5.0)


@pytest.mark.parametrize("name", LAYERS)
def test_a_map_of_tf_data_gives_the_same(engine, name):
    import tensorflow as tf

    layer = LAYERS[name](lamina)
    expected = ops.convert_to_numpy(layer(sounds(name)))
    mapped = tf.data.Dataset.from_tensor_slices(sounds(name)).batch(2).map(layer)
    (found,) = [x.numpy() for x in mapped]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_a_map_of_laminas_data_set_gives_the_same(engine, name):
    layer = LAYERS[name](lamina)
    expected = ops.convert_to_numpy(layer(sounds(name)))
    data = lamina.utils.split_dataset(sounds(name), 1)[0].batch(1).map(layer)
    np.testing.assert_allclose(next(iter(data)), expected[:1], atol=1e-4)


@pytest.mark.parametrize("window", ["hann", None, [1.0, 2.0, 3.0, 4.0]])
def test_frames_are_transformed_as_by_fourier(window):
    layer = layers.STFTSpectrogram(
        "stft", frame_length=4, frame_step=2, fft_length=8, window=window, scaling=None
    )
    found = ops.convert_to_numpy(layer(SOUNDS[:1]))[0]
    shape = {"hann": [0, 0.75, 0.75, 0], None: 1}.get(
        window if isinstance(window, str) else None, 1
    )
    shape = window if isinstance(window, list) else shape
    frames = np.lib.stride_tricks.sliding_window_view(SOUNDS[0, :, 0], 4)[::2] * shape
    waves = np.fft.rfft(frames, 8)
    np.testing.assert_allclose(found, np.hstack([waves.real, waves.imag]), atol=1e-5)


@pytest.mark.parametrize("mode", ["real", "imag", "stft"])
def test_a_mode_has_the_weights_that_it_needs(mode):
    ours, theirs = (k.layers.STFTSpectrogram(mode, frame_length=8) for k in (lamina, keras))
    ours(SOUNDS)
    theirs(SOUNDS)
    assert [(w.name, tuple(w.shape)) for w in ours.weights] == [
        (w.name, tuple(w.shape)) for w in theirs.weights
    ]


def test_the_table_of_bands_is_that_of_keras():
    ours, theirs = (
        k.layers.MelSpectrogram().linear_to_mel_weight_matrix() for k in (lamina, keras)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: layers.MelSpectrogram(fft_length=8, sequence_length=9),
            "at least `sequence_length`",
        ),
        (lambda: layers.MelSpectrogram(num_mel_bins=0), "`num_mel_bins` must be positive"),
        (lambda: layers.MelSpectrogram(min_freq=9000), "below `max_freq`, 8000"),
        (lambda: layers.STFTSpectrogram("power"), "mode"),
        (lambda: layers.STFTSpectrogram(scaling="sum"), "scaling"),
        (lambda: layers.STFTSpectrogram(window="hat"), "`window` 'hat' is unknown"),
        (lambda: layers.STFTSpectrogram(window=[1.0]), r"\(256,\), not the shape \(1,\)"),
        (lambda: layers.STFTSpectrogram(frame_step=300), "frame_step=300"),
        (lambda: layers.STFTSpectrogram(fft_length=100), "fft_length=100"),
    ],
)
def test_wrong_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("length", [8, 7])
def test_the_power_density_of_a_frame_is_its_periodogram(length, engine):
    # Keras leaves the last frequency of an odd length single, as if it were half the sampling rate.
    sound = np.random.default_rng(0).normal(size=(1, length, 1)).astype("float32")
    layer = layers.STFTSpectrogram("psd", length, length, length, scaling="density", periodic=True)
    _, power = scipy.signal.periodogram(sound[0, :, 0], window="hann", detrend=False)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(sound))[0, 0], power, rtol=1e-4)
