"""Draws on NumPy, from the explicit key."""

from lamina.engine.philox import integers as integers
from lamina.engine.philox import normal as normal
from lamina.engine.philox import uniform as uniform
