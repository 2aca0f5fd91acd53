"""Texts, words and categories into numbers, by NumPy on the host."""
