"""Each application is Keras' network: layers, names, settings, connections, shapes and weights.

`applications.json` has a digest for each, which `tools/applications_table.py` makes from what Keras builds;
its `--diff ROW` shows where lamina's network is another one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lamina import applications, utils
from tests.applications.described import CALLS, summary

TABLE = json.loads(Path(__file__).with_name("applications.json").read_text("utf-8"))
# One or two of each family are built always.
ALWAYS = {
    *("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "EfficientNetV2S"),
    *("InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large"),
    *("MobileNetV3Small", "NASNetMobile", "ResNet50", "ResNet50V2", "VGG16", "Xception"),
    *("MobileNetV3Large, minimalistic and narrow", "NASNetLarge"),
}


def test_the_table_has_every_application():
    titles = {name for name in dir(applications) if name[0].isupper()}
    assert len(titles) == 40
    assert set(TABLE) == titles | set(CALLS)


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=() if row in ALWAYS else pytest.mark.slow) for row in TABLE]
)
def test_the_network_is_that_of_keras(row):
    utils.clear_session()
    title, arguments = CALLS.get(row, (row, {}))
    model = getattr(applications, title)(weights=None, **arguments)
    assert summary(model) == TABLE[row]
