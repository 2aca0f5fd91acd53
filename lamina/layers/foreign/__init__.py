"""Layers that other libraries compute, each on the engine of that library."""
