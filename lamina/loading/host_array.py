"""Arrays as a loop over a data set gets them."""

from __future__ import annotations

from typing import Any

import numpy as np


class HostArray(np.ndarray):
    """A NumPy array that has `numpy()`, as tensors do: programs written for `tf.data` ask for it.

    What is taken out of it by a number has it, too.

    Example:
        >>> labels = np.array([3, 1]).view(HostArray)
        >>> int(labels[0].numpy()), labels.numpy().tolist()
        (3, [3, 1])
    """

    def numpy(self) -> Any:
        """Return the plain array; of no axes: its value."""
        return self.view(np.ndarray)[()]

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        if isinstance(part, HostArray):
            return part
        alone = np.empty((), self.dtype)
        alone[()] = part
        return alone.view(HostArray)
