"""What the data sets come from: a web server of our own."""

from __future__ import annotations

import hashlib
import importlib

import pytest

from tests.datasets.server import home as home, site as site


@pytest.fixture(autouse=True)
def _own_cache(home):
    """Let no test touch the user's cache."""


@pytest.fixture
def of_keras(monkeypatch):
    """Import a module of Keras, the oracle."""
    # By itself Keras asks for TensorFlow, which need not be installed.
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    return importlib.import_module


@pytest.fixture
def keras_site(site, monkeypatch):
    """The server stands in for where the data sets come from; published hashes are adapted."""
    from lamina import datasets

    def publish(module, name: str, content: bytes, constant: str) -> None:
        url, sha256 = site.put(name, content)
        if hasattr(module, "KERAS_DATASETS"):
            monkeypatch.setattr(module, "KERAS_DATASETS", site.url)
        else:
            monkeypatch.setattr(module, "_ORIGIN", url)
        if constant == "_MD5":
            monkeypatch.setitem(module._MD5, name, hashlib.md5(content).hexdigest())
        else:
            digest = hashlib.md5(content).hexdigest() if "MD5" in constant else sha256
            monkeypatch.setattr(module, constant, digest)

    site.publish = publish
    names = ("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist")
    site.modules = {name: getattr(datasets, name) for name in (*names, "imdb", "mnist", "reuters")}
    return site
