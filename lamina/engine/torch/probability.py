"""Functions of the normal and the gamma distribution on PyTorch."""

from __future__ import annotations

import torch

erfc, erfinv, gammainc = torch.erfc, torch.erfinv, torch.special.gammainc
