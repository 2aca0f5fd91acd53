"""`RepeatVector`: one vector at every time step."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.layers.arguments import Options
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class RepeatVector(Layer):
    """The same vector at each of `n` time steps: `(batch, features)` to `(batch, n, features)`.

    Args:
        n: number of steps.

    Raises:
        TypeError: `n` is not an integer.

    Example:
        >>> import lamina
        >>> lamina.layers.RepeatVector(3)(np.array([[1.0, 2.0]], "float32")).tolist()
        [[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]]
    """

    passes_on = True

    def __init__(self, n: int, **kwargs: Unpack[Options]):
        super().__init__(**kwargs)
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"RepeatVector: `n` must be an integer, not {n!r}.")
        if n < 1:
            raise ValueError(f"RepeatVector: `n` must be at least 1, not {n!r}.")
        self.n = int(n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Repeat the vector."""
        batch, features = ops.shape(inputs)
        return ops.broadcast_to(ops.expand_dims(inputs, 1), (batch, self.n, features))
