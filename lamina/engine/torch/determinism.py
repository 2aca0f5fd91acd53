"""The same bits every time: torch then takes reproducible kernels, or raises an error."""

from __future__ import annotations

import os

import torch


def make_deterministic(on):
    if on:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else cuBLAS refuses
    torch.use_deterministic_algorithms(on)
    torch.backends.cudnn.benchmark = False
