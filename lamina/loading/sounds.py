"""`audio_dataset_from_directory`: sound files in folders, as batches."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.loading.from_directory import Choices, Reading, from_directory
from lamina.loading.stages import stacked

_WHO = "audio_dataset_from_directory"
_ENDINGS = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus")


def audio_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
    format: str = "lamina",
    on_error: str = "raise",
) -> Any:
    """Return a data set of the sounds in a folder's folders, each of which is a class.

    WAV files are read as by Keras; besides them FLAC, Ogg, MP3, AIFF and Opus, all by libsndfile (extra
    `audio`). A sound that is shorter than others of its batch is filled up with zeros at its end.

    Shapes: sounds `(batch, samples, channels)`, float32, -1 to 1; labels as `label_mode` says.

    Args:
        directory: the folder.
        labels, label_mode, class_names: see `image_dataset_from_directory`.
        batch_size: sounds in a batch; `None` for single sounds.
        sampling_rate: samples per second to which sounds are brought; `None` leaves each as it is.
        output_sequence_length: samples of each sound: longer ones are cut off, shorter ones filled up; `None`
            for the length of the longest in the batch.
        ragged: batches of different lengths, which are not offered.
        shuffle, seed, validation_split, subset, follow_links: see `image_dataset_from_directory`.
        verbose, format, on_error: see `image_dataset_from_directory`.

    Returns:
        A `data.Dataset` with `class_names`, `file_paths` and `skipped`.

    Raises:
        ValueError: an argument does not fit, there are no files, or (later) one is damaged.
        FileNotFoundError: there is no such folder.
        ImportError: the package soundfile is not installed.
    """
    if ragged:
        raise ValueError(
            f"{_WHO}: batches are arrays, so ragged=True is not offered. Leave it out: shorter sounds are filled "
            "up with zeros, to the longest of the batch or to `output_sequence_length`."
        )
    for name, value in (
        ("sampling_rate", sampling_rate),
        ("output_sequence_length", output_sequence_length),
    ):
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if value is not None and not (whole and value > 0):
            raise ValueError(f"{_WHO}: `{name}` must be a positive integer, not {value!r}.")
    optional.load("soundfile", "audio", _WHO)
    read = functools.partial(read_sound, rate=sampling_rate, length=output_sequence_length)
    varies = output_sequence_length is None
    return from_directory(
        directory,
        Reading(_WHO, "a sound", _ENDINGS, read, _padded if varies else stacked, varies),
        Choices(
            labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
            follow_links, format, verbose, on_error,
        ),
    )  # fmt: skip


def read_sound(path: str, rate: int | None, length: int | None) -> np.ndarray:
    """Return the sound in a file, `(samples, channels)`, float32, -1 to 1.

    Args:
        rate: samples per second to which it is brought.
        length: samples to which it is cut off or filled up.
    """
    import soundfile

    samples, own_rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate is not None and rate != own_rate:
        from scipy.signal import resample_poly

        shared = math.gcd(rate, own_rate)
        samples = resample_poly(samples, rate // shared, own_rate // shared, axis=0)
    return samples if length is None else _of_length(samples, length)


def _of_length(samples: np.ndarray, length: int) -> np.ndarray:
    missing = max(length - len(samples), 0)
    return np.pad(samples[:length], [(0, missing), (0, 0)])


def _padded(sounds: Sequence[np.ndarray]) -> np.ndarray:
    longest = max(len(sound) for sound in sounds)
    return stacked([_of_length(sound, longest) for sound in sounds])
