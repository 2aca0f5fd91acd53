"""Layers and weights are found wherever an object holds them."""

from __future__ import annotations

import lamina
from lamina import layers
from lamina.core import tracking


def test_tracking_finds_layers_wherever_they_are():
    class Holder:
        def __init__(self):
            one = layers.Dense(1)
            self.a, self.b = one, [one, {"x": layers.Dense(2)}]
            self.c = (layers.Dense(3), 4, None, "text")
            self.loop = [self.b]
            self.loop.append(self.loop)

    found = list(tracking.held(Holder(), lamina.Layer))
    assert [layer.units for layer in found] == [1, 2, 3]
