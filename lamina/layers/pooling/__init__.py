"""The largest or the mean of a window, or of all space."""
