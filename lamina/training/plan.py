"""The plan of a `fit`: its arguments, for those who look for mistakes before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What `fit` was asked to do; see there.

    Attributes:
        x: as it was given.
        validation: `(x, y, ...)` as it was given, or the part that was split off.
        one_batch: whether the data that can be looked at are the first of many batches.
        steps: batches in an epoch; `None` means as many as the data make.
    """

    batch_size: int = 32
    epochs: int = 1
    initial_epoch: int = 0
    callbacks: Sequence[Any] = ()
    shuffle: Any = True
    class_weight: Any = None
    sample_weight: Any = None
    x: Any = None
    validation: Any = None
    validation_split: float = 0.0
    validation_freq: Any = 1
    validation_steps: int | None = None
    one_batch: bool = False
    steps: int | None = None
