"""The learning rates of an optimizer, as logs have them."""

from typing import Any


def rates_of(optimizer: Any) -> dict[str, float]:
    """Return the rate of the next step as `learning_rate`.

    A `MultiOptimizer` has several: `learning_rate_` and the name of each of its optimizers.
    """
    several = getattr(optimizer, "optimizers", None)
    if several is not None:
        return {f"learning_rate_{each.name}": float(each.learning_rate) for each in several}
    return {"learning_rate": float(optimizer.learning_rate)}
