"""Layers that make pictures of sounds: which frequencies are there at which time."""
