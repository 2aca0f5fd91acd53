"""`Regularizer` and the penalties on weights."""

import math
from typing import Any

from lamina import ops
from lamina.core.choices import one_of
from lamina.core.configurable import Configurable


class Regularizer(Configurable):
    """A penalty on a weight (or an output), added to the loss: `__call__(x)` gives a scalar.

    Example:
        >>> import lamina
        >>> class Largest(lamina.Regularizer):
        ...     def __call__(self, x):
        ...         return lamina.ops.max(lamina.ops.abs(x))
        >>> float(Largest()(np.array([1.0, -3.0])))
        3.0
    """

    def __call__(self, x: Any) -> Any:
        """Return the penalty for `x`."""
        raise NotImplementedError(f"{type(self).__name__} must write `__call__(x)`.")


def _factor(value: Any, name: str) -> float:
    is_other = hasattr(value, "__float__") and not isinstance(value, (int, float))
    number = float(value) if is_other else value  # a NumPy number, say
    is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not (is_number and 0 <= number < math.inf):
        raise ValueError(f"`{name}` must be a non-negative, finite number, not {value!r}.")
    return number


class L1(Regularizer):
    """`l1 * sum(|x|)`: draws weights to exactly 0.

    Args:
        l1: factor, not negative.

    Example:
        >>> import lamina
        >>> round(float(lamina.regularizers.L1(0.1)(np.array([1.0, -2.0]))), 6)
        0.3
    """

    def __init__(self, l1: float = 0.01):
        self.l1 = _factor(0.01 if l1 is None else l1, "l1")

    def __call__(self, x: Any) -> Any:
        """Return the penalty for `x`."""
        return ops.multiply(ops.sum(ops.abs(x)), self.l1)


class L2(Regularizer):
    """`l2 * sum(x ** 2)`: draws weights towards 0.

    Args:
        l2: factor, not negative.

    Example:
        >>> import lamina
        >>> round(float(lamina.regularizers.L2(0.1)(np.array([1.0, -2.0]))), 6)
        0.5
    """

    def __init__(self, l2: float = 0.01):
        self.l2 = _factor(0.01 if l2 is None else l2, "l2")

    def __call__(self, x: Any) -> Any:
        """Return the penalty for `x`."""
        return ops.multiply(ops.sum(ops.square(x)), self.l2)


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x ** 2)`.

    Args:
        l1, l2: factors, not negative.

    Example:
        >>> import lamina
        >>> round(float(lamina.regularizers.L1L2(0.1, 0.2)(np.array([1.0, -2.0]))), 6)
        1.3

    Source: Zou & Hastie 2005, "Regularization and variable selection via the elastic net".
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = _factor(0.0 if l1 is None else l1, "l1")
        self.l2 = _factor(0.0 if l2 is None else l2, "l2")

    def __call__(self, x: Any) -> Any:
        """Return the penalty for `x`."""
        absolute = ops.multiply(ops.sum(ops.abs(x)), self.l1)
        return ops.add(absolute, ops.multiply(ops.sum(ops.square(x)), self.l2))


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean absolute cosine between different rows (or columns) of a matrix.

    Args:
        factor: of the penalty, not negative.
        mode: `"rows"` or `"columns"`.

    Raises:
        ValueError: another mode, or (when called) an input that is not 2-d.

    Example:
        >>> import lamina
        >>> float(lamina.regularizers.OrthogonalRegularizer(0.5)(np.array([[1.0, 0.0], [2.0, 0.0]])))
        0.5
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        one_of("OrthogonalRegularizer", "mode", mode, ("rows", "columns"))
        self.factor, self.mode = _factor(factor, "factor"), mode

    def __call__(self, x: Any) -> Any:
        """Return the penalty for the matrix `x`."""
        if ops.ndim(x) != 2:
            raise ValueError(
                f"OrthogonalRegularizer: the weight must be a matrix, but its shape is {ops.shape(x)}."
            )
        rows = x if self.mode == "rows" else ops.transpose(x)
        n = int(rows.shape[0])
        unit = ops.normalize(rows, axis=1, epsilon=1e-12)
        cosines = ops.multiply(ops.matmul(unit, ops.transpose(unit)), ops.subtract(1.0, ops.eye(n)))
        return ops.multiply(ops.sum(ops.abs(cosines)), self.factor / max(n * (n - 1), 1))
