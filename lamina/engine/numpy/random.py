"""Draws on NumPy, from the explicit key."""

from lamina.engine.philox import integers as integers, normal as normal, uniform as uniform
