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


class Noise(Drawing):
    """Abstract: inputs are changed by chance in training, and pass at inference; `rates` names one rate."""

    supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Change the inputs, in training."""
        if not training or getattr(self, self.rates[0]) == 0:
            return inputs
        return self.changed(inputs)

    def changed(self, inputs: Any) -> Any:
        """Return the inputs as they are in training."""
        raise NotImplementedError(f"{type(self).__name__} has no `changed`.")
