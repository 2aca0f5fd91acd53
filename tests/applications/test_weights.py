"""Keras' weights: its files load, whoever wrote them and wherever they come from; outputs are Keras'."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import applications
from lamina.applications import weight_files
from tests.applications.keras_side import SMALL, build
from tests.datasets.server import home as home, site as site

ROOT = Path(__file__).parents[2]
QUICK = ("MobileNet", "MobileNetV2")
FORMATS = (".weights.h5", ".h5")


@pytest.fixture(autouse=True)
def _own_cache(home):
    """Let no test touch the user's cache."""


@pytest.fixture(scope="session")
def theirs(tmp_path_factory):
    """A function that gives the folder with what Keras writes for a row."""
    folder = tmp_path_factory.mktemp("theirs")

    def written(row: str) -> Path:
        if not (folder / f"{row}.h5").exists():
            rows = QUICK if row in QUICK else (row,)
            program = [sys.executable, "-m", "tests.applications.keras_side", str(folder), *rows]
            environment = {**os.environ, "KERAS_BACKEND": "numpy"}
            subprocess.run(program, check=True, cwd=ROOT, env=environment, capture_output=True)
        return folder

    return written


def check_outputs(folder: Path, row: str, file: Path | str) -> None:
    """The network with the weights of a file gives Keras' logits for Keras' images."""
    model = build(lamina, row, file)
    with np.load(folder / f"{row}.npz") as expected:
        logits = np.asarray(lamina.ops.convert_to_numpy(model(expected["images"], training=False)))
        size = np.abs(expected["logits"]).max()
        assert np.ptp(expected["logits"], axis=0).max() > 5e-4 * size  # the images matter
        np.testing.assert_allclose(logits / size, expected["logits"] / size, atol=2e-5)


def test_every_engine_gives_keras_outputs_with_keras_weights(engine, theirs):
    folder = theirs("MobileNet")
    check_outputs(folder, "MobileNet", folder / "MobileNet.h5")


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in SMALL if row != "MobileNet"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_outputs_are_those_of_keras(row, suffix, theirs):
    folder = theirs(row)
    with lamina.config.using_backend("torch"):
        check_outputs(folder, row, folder / f"{row}{suffix}")


def test_whole_weights_of_keras_load_by_structure(theirs):
    folder = theirs("MobileNet")
    with lamina.config.using_backend("numpy"):
        check_outputs(folder, "MobileNet", folder / "MobileNet.weights.h5")


# From the web.


@pytest.fixture
def imagenet(site, monkeypatch):
    """The server stands in for where Keras keeps its weights; the hashes are those of what it serves."""
    hashes: dict[str, str] = {}
    monkeypatch.setattr(weight_files, "ORIGIN", site.url.rstrip("/"))
    monkeypatch.setattr(weight_files, "ELSEWHERE", {"efficientnet": site.url.rstrip("/")})
    monkeypatch.setattr(weight_files, "hashes", lambda: hashes)

    def publish(path: str, name: str, content: bytes) -> None:
        site.put(path, content)
        hashes[name] = hashlib.md5(content).hexdigest()

    site.publish = publish
    return site


def test_weights_of_imagenet_are_downloaded_once_and_loaded(imagenet, theirs):
    file = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    folder = theirs("MobileNetV2")
    imagenet.publish(f"mobilenet_v2/{file}", file, (folder / "MobileNetV2.h5").read_bytes())
    with lamina.config.using_backend("numpy"), pytest.warns(UserWarning, match="those of 224"):
        for _ in range(2):
            check_outputs(folder, "MobileNetV2", "imagenet")
    assert imagenet.requests == [f"/mobilenet_v2/{file}"]


def test_a_file_with_another_hash_is_refused(imagenet, monkeypatch):
    file = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    imagenet.publish(f"resnet/{file}", file, b"what they sent")
    monkeypatch.setattr(weight_files, "hashes", lambda: {file: "0" * 32})
    with pytest.raises(ValueError, match="is not the file that"):
        applications.ResNet50(include_top=False)


ADDRESSES = {
    "EfficientNetB0": ("/efficientnetb0_notop.h5", "efficientnetb0_notop.h5"),
    "NASNetMobile": ("/nasnet/NASNet-mobile-no-top.h5", "nasnet_mobile_no_top.h5"),
    "ConvNeXtTiny": ("/convnext/convnext_tiny_notop.h5", "convnext_tiny_notop.h5"),
}


def test_images_are_divided_twice_for_the_weights_of_imagenet(monkeypatch, tmp_path):
    """EfficientNet was trained so; the layer has no weights, so only its presence can tell."""
    arguments = {"include_top": False, "input_shape": (32, 32, 3)}
    with lamina.config.using_backend("numpy"):
        plain = applications.EfficientNetB0(weights=None, **arguments)
        plain.save_weights(tmp_path / "plain.weights.h5")
        monkeypatch.setattr(weight_files, "fetch", lambda *_: tmp_path / "plain.weights.h5")
        trained = applications.EfficientNetB0(**arguments)
    assert len(trained.layers) == len(plain.layers) + 1
    scale = np.asarray(trained.layers[3].scale)
    np.testing.assert_allclose(scale, [2.0896918976, 2.1128856368, 2.1081851068])


@pytest.mark.parametrize("row", ADDRESSES)
def test_files_have_keras_addresses_and_names(row, imagenet, monkeypatch):
    address, name = ADDRESSES[row]
    with pytest.raises(ConnectionError, match=name):
        getattr(applications, row)(include_top=False)
    assert imagenet.requests == [address]


def test_hashes_are_those_that_keras_expects():
    hashes = weight_files.hashes()
    assert len(hashes) == 84  # MobileNet's and MobileNetV2's files have none
    assert (
        hashes["vgg16_weights_tf_dim_ordering_tf_kernels.h5"] == "64373286793e3c8b2b4e3219cbf3544b"
    )
    assert all(len(digits) in (32, 64) for digits in hashes.values())
