"""Pages as a browser draws them: in the light, in the dark, on a narrow screen. Marked `browser`.

What of this can be told without a browser is in test_report.py and test_diagram.py, and always runs.
"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

import lamina
from lamina.visualization import report
from lamina.visualization.reporting.style import STYLE
from tests.visualization.test_diagram import nested

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to look at pages with"),
]
GROUNDS = {"light": (255, 255, 255), "dark": (0x17, 0x18, 0x1B)}


def _pixels(path, size, scheme):
    from PIL import Image

    picture = path.with_suffix(f".{scheme}.png")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += [f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}"]
    options += [f"--blink-settings=preferredColorScheme={['dark', 'light'].index(scheme)}"]
    options += [f"--user-data-dir={path.parent / 'profile'}", path.as_uri()]
    subprocess.run([CHROMIUM, *options], check=True, capture_output=True, timeout=120)
    return np.asarray(Image.open(picture).convert("RGB"), int)


@pytest.mark.parametrize("scheme", GROUNDS)
def test_a_report_is_drawn_in_the_light_and_in_the_dark(scheme, tmp_path):
    history = {"loss": [3.0, 2.0, 1.5], "val_loss": [3.1, 2.5, 2.4]}
    path = report(nested(), history, path=tmp_path / "r.html")
    pixels = _pixels(path, (1000, 900), scheme)
    ground = GROUNDS[scheme]
    assert "#{:02x}{:02x}{:02x}".format(*ground) in STYLE
    assert tuple(pixels[2, 2]) == ground and tuple(pixels[2, -3]) == ground
    contrast = np.abs(pixels - np.array(ground)).sum(-1)
    assert (contrast > 500).sum() > 500  # text that can be read
    blue = (np.abs(pixels - np.array([0x2F, 0x7F, 0xC1])).sum(-1) < 30).sum()
    assert blue > 200  # the curve of the loss


def test_nothing_sticks_out_of_a_narrow_screen(tmp_path):
    """The margin at the right stays empty over the whole length."""
    path = report(nested(), {"loss": [3.0, 2.0]}, path=tmp_path / "r.html")
    frame = tmp_path / "frame.html"
    frame.write_text(
        '<body style="margin:0"><iframe src="r.html" style="width:380px;height:3000px;border:0"/>'
    )
    pixels = _pixels(frame, (600, 3000), "light")
    assert (pixels[:, 366:380] == 255).all()
    assert (pixels[:, 16:364] < 200).any()
    assert path.exists()


def test_a_model_unfolds_without_a_program(tmp_path):
    shown = {}
    for state in (False, True):
        path = tmp_path / f"{state}.html"
        lamina.utils.plot_model(nested(), path, expand_nested=state)
        pixels = _pixels(path, (700, 1400), "light")
        rows = np.flatnonzero((pixels != 255).any((1, 2)))
        shown[state] = rows[-1] - rows[0]
    assert shown[True] > shown[False] + 300
