"""`Embedding`: a vector for each integer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from lamina import ops
from lamina.core import dtypes
from lamina.core.argument_kinds import Count
from lamina.core.naming import described
from lamina.engine.abstractly import is_abstract
from lamina.engine.current import engine
from lamina.layers.arguments import keep, weight
from lamina.layers.layer import Layer


class Embedding(Layer):
    """Replace each integer by a vector that is learnt: `y[...] = embeddings[x[...]]`.

    Shapes: `(batch, ...)` of integers to `(batch, ..., output_dim)`; embeddings `(input_dim, output_dim)`.

    Integers must lie in 0 .. `input_dim - 1`. Nothing checks this inside a compiled model: what an
    integer out of range gives is undefined (an arbitrary row, NaN, or an error of the engine).

    Args:
        input_dim: number of rows, the largest integer that occurs plus 1.
        output_dim: length of each vector.
        embeddings_initializer: where the rows start.
        embeddings_regularizer: a loss computed from the rows.
        embeddings_constraint: applied to the rows after every update.
        mask_zero: whether 0 is padding; later layers then leave these places out.
        weights: initial rows, an array `(input_dim, output_dim)` or a list of one.
        input_length: accepted and not used, as Keras 2 wrote it.

    Raises:
        ValueError: a size is not a positive integer, or `weights` have another shape.

    Example:
        >>> import lamina
        >>> lamina.layers.Embedding(1000, 8)(np.array([[4, 10], [5, 2]])).shape
        (2, 2, 8)
    """

    always_written: ClassVar[tuple[str, ...]] = ("activity_regularizer", "quantization_config")

    input_dim: int
    output_dim: int
    mask_zero: bool
    embeddings_initializer: Any

    def __init__(
        self,
        input_dim: Count,
        output_dim: Count,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **kwargs: Any,
    ):
        input_length = kwargs.pop("input_length", None)
        if input_length is not None and not {"input_shape", "batch_input_shape"} & set(kwargs):
            kwargs["input_shape"] = np.atleast_1d(input_length).tolist()
        # Integers that come as floats stay exact: a half-size dtype has none above 256 or 2048.
        super().__init__(autocast=kwargs.pop("autocast", False), **kwargs)
        keep(self, locals())
        self.supports_masking = mask_zero
        if weights is not None:
            self.build(())
            self.set_weights(list(weights) if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Make the rows; they do not depend on the input."""
        self.embeddings = weight(self, "embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs: Any) -> Any:
        """Return the rows that `inputs` name, in the compute dtype."""
        if dtypes.is_float(dtypes.standardize(inputs.dtype)):
            self._refuse_fractions(inputs)
            inputs = ops.cast(inputs, "int32")
        return ops.cast(ops.take(self.embeddings, inputs, axis=0), self.compute_dtype)

    def _refuse_fractions(self, inputs: Any) -> None:
        """Refuse floats that are not whole, where there are values to look at."""
        if is_abstract() or engine().is_traced(inputs):
            return
        values = ops.convert_to_numpy(inputs).astype("float64")
        if fractions := values[values != np.floor(values)].tolist():
            raise ValueError(
                f"{described(self)} takes integers from 0 to {self.input_dim - 1}, but got {fractions[0]:g}."
            )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where `inputs` are not 0, with `mask_zero`; else `None`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None
