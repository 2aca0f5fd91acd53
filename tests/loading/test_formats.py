"""The same samples in the data sets of other libraries, and in their workers."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import lamina
from lamina.utils import (
    image_dataset_from_directory,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)

FORMATS = ["tf", "grain", "torch"]


def kind_of(name):
    if name == "tf":
        import tensorflow as tf

        return tf.data.Dataset
    if name == "grain":
        import grain

        return grain.MapDataset
    import torch

    return torch.utils.data.DataLoader


def makers(pictures, texts):
    images = {"image_size": (4, 5), "class_names": ["ape", "cat"], "verbose": False}
    return {
        "images": lambda **o: image_dataset_from_directory(pictures, **images, **o),
        "texts": lambda **o: text_dataset_from_directory(texts, verbose=False, **o),
        "series": lambda **o: timeseries_dataset_from_array(np.arange(9.0), np.arange(9), 3, **o),
    }


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("what", ["images", "texts", "series"])
@pytest.mark.parametrize("size", [3, None])
def test_batches_are_those_of_lamina(pictures, texts, name, what, size):
    make = makers(pictures, texts)[what]
    options = {"shuffle": False, "batch_size": size}
    expected, found = make(**options), make(format=name, **options)
    assert isinstance(found, kind_of(name)) and len(found) == len(expected)
    if what != "series":
        assert (found.class_names, found.file_paths) == (expected.class_names, expected.file_paths)
    for (x, y), (x_found, y_found) in zip(expected, found, strict=True):
        if what == "texts":
            assert np.asarray(x_found).tolist() == x.numpy().tolist() if size else True
        else:
            np.testing.assert_array_equal(x_found, x)
        np.testing.assert_array_equal(y_found, y)


@pytest.mark.parametrize("name", FORMATS)
def test_shuffled_ones_have_all_and_follow_from_the_seed(pictures, texts, name):
    make = makers(pictures, texts)["series"]

    def labels():
        dataset = make(format=name, shuffle=True, seed=4, batch_size=2)
        return [int(n) for _, y in dataset for n in y]

    lamina.utils.set_random_seed(1)
    first = labels()
    lamina.utils.set_random_seed(1)
    assert labels() == first != sorted(first) == [*range(7)]


@pytest.mark.parametrize("name", FORMATS)
def test_models_take_them(pictures, texts, name):
    make = makers(pictures, texts)["images"]
    model = lamina.Sequential([lamina.layers.Flatten()])
    model.compile(loss="mse")
    plain, other = (make(shuffle=False, batch_size=3, format=f) for f in ("lamina", name))
    np.testing.assert_array_equal(model.predict(plain, verbose=0), model.predict(other, verbose=0))


@pytest.mark.parametrize("what", ["images", "texts", "series"])
def test_a_worker_imports_no_engine(pictures, texts, what):
    samples = makers(pictures, texts)[what](shuffle=False).stage.inner.samples
    program = (
        "import pickle, sys; samples = pickle.load(sys.stdin.buffer); samples.together([0, 1])\n"
        "print(sorted({'jax', 'torch', 'tensorflow', 'keras'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(samples),
        capture_output=True,
        check=True,
    )
    assert done.stdout.split() == [b"[]"]


@pytest.mark.parametrize(
    ("name", "package"), [("grain", "grain"), ("torch", "torch"), ("tf", "tensorflow")]
)
def test_an_absent_library_is_named(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"format='{name}' needs the package '{package}'"):
        timeseries_dataset_from_array(np.arange(9), None, 3, format=name)
