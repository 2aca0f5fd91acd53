"""Files with the weights of ImageNet, at the addresses where Keras keeps them."""

from __future__ import annotations

import functools
from pathlib import Path

from lamina.utils import get_file

ORIGIN = "https://storage.googleapis.com/tensorflow/keras-applications"
ELSEWHERE = {"efficientnet": "https://storage.googleapis.com/keras-applications"}
_HASHES = Path(__file__).with_name("weight_hashes.txt")


def fetch(folder: str, file: str) -> str:
    """Download a file of weights unless it is in the cache, `~/.lamina/models`; give its path.

    Args:
        folder: family of the network at the address.
        file: name there; what follows `=` is its name in the cache, if that is another.

    Raises:
        ConnectionError: the download failed.
        ValueError: the file's hash is not the expected one.
    """
    at_origin, _, name = file.partition("=")
    address = f"{ELSEWHERE.get(folder, f'{ORIGIN}/{folder}')}/{at_origin}"
    name = name or at_origin
    return get_file(name, address, cache_subdir="models", file_hash=hashes().get(name))


@functools.cache
def hashes() -> dict[str, str]:
    """Return the hash of each file; the files of MobileNet and MobileNetV2 have none."""
    lines = _HASHES.read_text("utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))
