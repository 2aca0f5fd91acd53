"""The same elements in another shape."""
