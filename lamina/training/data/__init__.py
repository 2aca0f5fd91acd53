"""Data for training: taking users' arrays in, checking them, cutting them into batches."""
