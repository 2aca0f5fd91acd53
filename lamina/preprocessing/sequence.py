"""Sequences of different lengths: a function of `lamina.utils`."""

from lamina.absent import explain as _explain
from lamina.utils.sequences import pad_sequences as pad_sequences

_explain(__name__)
