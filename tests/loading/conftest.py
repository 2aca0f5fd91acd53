"""Folders with files of three classes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

NAMES = {
    "cat": [
        "b.png",
        "a.png",
        "sub/z.png",
        ".hidden.png",
        "10.bmp",
        "9.gif",
        "d.PNG",
        "e.txt",
        "t.tiff",
    ],
    "Dog": ["x.png", "w.png", "y.bmp", "c-d/v.png", "c/v.png"],
    "ape": ["q.png"],
    "_none": [],
    ".git": ["s.png"],
}


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Twelve images that are read, and others that are not."""
    folder = tmp_path_factory.mktemp("pictures")
    draw = np.random.default_rng(0)
    for name, files in NAMES.items():
        (folder / name).mkdir()
        for file in files:
            path = folder / name / file
            path.parent.mkdir(exist_ok=True)
            if path.suffix == ".txt":
                path.write_text("no image")
            else:
                pixels = draw.integers(0, 256, (12 + len(file), 17, 3), dtype="uint8")
                Image.fromarray(pixels).save(path)
    Image.fromarray(pixels).save(folder / "top.png")
    return folder


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """Four texts in two classes, of hostile bytes."""
    folder = tmp_path_factory.mktemp("texts")
    for name, files in {"pos": ["a.txt", "b.txt", "c.TXT", "d.md"], "neg": ["z.txt"]}.items():
        (folder / name).mkdir()
        for file in files:
            (folder / name / file).write_bytes(f"häl {file}\r\n".encode() + b"\xff\x00x")
    return folder
