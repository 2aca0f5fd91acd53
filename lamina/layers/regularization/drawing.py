"""What layers share that draw random numbers in training."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina.core.seeds import SeedGenerator
from lamina.layers.layer import Layer


class Drawing(Layer):
    """Abstract: draws in training, if a rate of its own is above 0.

    Subclasses say in `rates` which arguments decide that there is something to draw.
    """

    rates: ClassVar[tuple[str, ...]] = ("rate",)
    seed: Any

    def check_arguments(self) -> None:
        """Make the generator of the draws, if there are any."""
        super().check_arguments()
        if any(getattr(self, name) > 0 for name in self.rates):
            self.seed_generator = SeedGenerator(self.seed)
