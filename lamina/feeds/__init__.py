"""Data on their way into a model: taking users' arrays, frames and data sets in, batches of them, progress."""
