"""A page about a training: what is on it, and how it looks."""
