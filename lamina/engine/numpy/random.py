"""Draws on NumPy, from the explicit key."""

from lamina.engine.philox import (
    binomial as binomial,
    gamma as gamma,
    integers as integers,
    normal as normal,
    uniform as uniform,
)
