"""Discrete Fourier transforms on PyTorch."""

from __future__ import annotations

import torch


def fft(x, axes):
    return torch.fft.fftn(x, dim=axes)


def ifft(x, axes):
    return torch.fft.ifftn(x, dim=axes)


def rfft(x, n):
    return torch.fft.rfft(x, n)


def irfft(x, n):
    return torch.fft.irfft(x, n)
