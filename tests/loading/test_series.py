"""Windows of a series are those of Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lamina.utils import timeseries_dataset_from_array

SERIES = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")
CASES = [
    {},
    {"sequence_stride": 3},
    {"sampling_rate": 2},
    {"sequence_stride": 2, "sampling_rate": 3},
    {"start_index": 2, "end_index": 17},
    {"start_index": 5, "sampling_rate": 2, "sequence_stride": 2},
    {"batch_size": 4},
    {"batch_size": None},
]


@pytest.mark.parametrize(
    ("options", "targets"),
    # With `start_index` Keras takes targets of fewer than there are entries from where there are none.
    [(o, n) for o in CASES for n in (None, 20, 17, 9) if n != 9 or "start_index" not in o],
    ids=str,
)
def test_windows_are_those_of_keras(targets, options):
    goals = None if targets is None else np.arange(targets)
    ours, theirs = (
        make(SERIES, goals, 4, **options)
        for make in (timeseries_dataset_from_array, keras.utils.timeseries_dataset_from_array)
    )
    assert len(ours) == len(theirs)
    for found, expected in zip(ours, theirs, strict=True):
        pairs = [(found, expected)] if goals is None else zip(found, expected, strict=True)
        for a, b in pairs:
            assert a.dtype == b.numpy().dtype
            np.testing.assert_array_equal(a, b)


def test_shuffled_windows_are_the_same_ones():
    whole = timeseries_dataset_from_array(np.arange(20), np.arange(20), 3, batch_size=None)
    mixed = timeseries_dataset_from_array(
        np.arange(20), np.arange(20), 3, batch_size=4, shuffle=True, seed=1
    )
    pairs = [(x.tolist(), int(y)) for xs, ys in mixed for x, y in zip(xs, ys, strict=True)]
    assert sorted(pairs) == [(x.tolist(), int(y)) for x, y in whole] != pairs


def test_a_mapped_series_is_read_window_by_window(tmp_path):
    np.save(tmp_path / "series.npy", SERIES)
    mapped = np.load(tmp_path / "series.npy", mmap_mode="r")
    dataset = timeseries_dataset_from_array(mapped, None, 4, batch_size=8)
    np.testing.assert_array_equal(dataset[1][0], SERIES[8:12])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sequence_length": 0}, "`sequence_length` must be a positive"),
        ({"sampling_rate": 0}, "`sampling_rate` must be a positive"),
        ({"batch_size": 2.5}, "`batch_size` must be a positive"),
        ({"sequence_length": 21}, "20 entries make no window of 21"),
        ({"targets": np.arange(0)}, "0 targets make no window"),
        ({"start_index": 20}, "within the 20 entries"),
        ({"start_index": 5, "end_index": 4}, "not 5 and 4"),
        ({"format": "numpy"}, "format"),
    ],
)
def test_wrong_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        timeseries_dataset_from_array(
            **{"data": SERIES, "targets": None, "sequence_length": 4, **options}
        )
