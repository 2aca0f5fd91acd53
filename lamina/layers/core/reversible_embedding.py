"""`ReversibleEmbedding`: a vector for each integer, and back from vectors to scores of integers."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.layers.arguments import keep
from lamina.layers.core.embedding import Embedding


class ReversibleEmbedding(Embedding):
    """An `Embedding` that, called with `reverse=True`, gives the score of each integer for a vector.

    Shapes: `(batch, ...)` of integers to `(batch, ..., output_dim)`; reversed
    `(batch, ..., output_dim)` to `(batch, ..., input_dim)`.

    Args:
        input_dim: number of rows.
        output_dim: length of each vector.
        tie_weights: go back by the same rows; else by a matrix of its own.
        embeddings_initializer: where the rows start.
        embeddings_regularizer: a loss computed from the rows.
        embeddings_constraint: applied to the rows after every update.
        mask_zero: whether 0 is padding.
        reverse_dtype: dtype in which the scores are computed; by default the compute dtype.
        logit_soft_cap: scores become `cap * tanh(score / cap)`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.ReversibleEmbedding(10, 4)
        >>> x = layer(np.array([[1, 2, 3]]))
        >>> layer(x, reverse=True).shape
        (1, 3, 10)

    Source: Press & Wolf 2017, "Using the output embedding to improve language models".
    """

    tie_weights: bool
    reverse_dtype: Any
    logit_soft_cap: float | None

    def __init__(
        self,
        input_dim: Count,
        output_dim: Count,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer,
            embeddings_regularizer,
            embeddings_constraint,
            mask_zero,
            **kwargs,
        )
        keep(self, locals())
        self.supports_masking = mask_zero

    def build(self, input_shape: Any = None) -> None:
        """Make the rows, and the matrix for the way back unless it is the same."""
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                (self.output_dim, self.input_dim),
                self.embeddings_initializer,
                name="reverse_embeddings",
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Return the rows that `inputs` name; with `reverse` the scores of all rows for `inputs`."""
        if not reverse:
            return super().call(inputs)
        matrix = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        dtype = self.reverse_dtype or self.compute_dtype
        scores = ops.matmul(ops.cast(inputs, dtype), ops.cast(matrix, dtype))
        if self.logit_soft_cap is None:
            return scores
        cap = self.logit_soft_cap
        return ops.multiply(ops.tanh(ops.divide(scores, cap)), cap)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where integers are not 0, with `mask_zero`; on the way back, the mask that came."""
        return mask if len(inputs.shape) > 2 else super().compute_mask(inputs)
