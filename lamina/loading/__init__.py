"""Samples from files and arrays, in batches that are made when their turn comes."""
