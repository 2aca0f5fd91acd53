"""Layers that make training harder, so that the result is better."""
