"""`GroupQueryAttention`: groups of query heads share a key and value head."""

from __future__ import annotations

from lamina.core.argument_kinds import Count, Rate
from lamina.layers.arguments import from_fields
from lamina.layers.attention.heads import HeadedAttention


@from_fields
class _Heads:
    head_dim: Count
    num_query_heads: Count
    num_key_value_heads: Count
    dropout: Rate = 0.0
    use_bias: bool = True


@from_fields
class GroupQueryAttention(HeadedAttention, _Heads):
    """Attention in which each key and value head serves several query heads.

    Shapes: query `(batch, queries, size)`, value and key `(batch, keys, size)` to
    `(batch, queries, size of the query)`; scores `(batch, query heads, queries, keys)`;
    `attention_mask` `(batch, queries, keys)`.

    Args:
        head_dim: size of each head.
        num_query_heads: number of query heads.
        num_key_value_heads: number of key and value heads, a divisor of it.
        dropout: part of the weights that is set to 0 in training.
        use_bias: whether the maps add a bias.
        sliding_window: positions see only those less than this far away.
        flash_attention: whether the engine's fused kernel must (`True`) or may not (`False`) be used;
            by default where it has one, and where nobody asks for the scores.
        kernel_initializer, bias_initializer: where the weights start.
        kernel_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, bias_constraint: applied to the weights after every update.
        use_gate: multiply what each head sees by a sigmoid of the query.
        seed: of the dropout.

    Called as `layer(query, value, key=None, query_mask=None, value_mask=None, key_mask=None,
    attention_mask=None, return_attention_scores=False, training=None, use_causal_mask=False, cache=None,
    cache_update_index=None)`. Masks that came with the tensors are used as if they were given. With a `cache`
    (`layer.make_cache(batch, length)`) the new keys and values are written there from position
    `cache_update_index` on, or none are if that is `None`; queries look at the whole cache, and the next cache
    is returned after the output (and the scores).

    Raises:
        ValueError: a size is not a positive integer, the heads do not divide into groups, or the shapes
            do not go together.

    Example:
        >>> import lamina
        >>> x = np.ones((2, 5, 8), "float32")
        >>> lamina.layers.GroupQueryAttention(4, num_query_heads=4, num_key_value_heads=2)(x, x).shape
        (2, 5, 8)

    Source: Ainslie et al. 2023.
    """

    saved_as = "GroupedQueryAttention"
    """The name of the class in files."""

    def check_arguments(self) -> None:
        """Refuse heads that do not divide into groups."""
        super().check_arguments()
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"GroupQueryAttention: {self.num_query_heads} query heads do not divide into "
                f"{self.num_key_value_heads} groups."
            )
        self.query_heads, self.key_heads = self.num_query_heads, self.num_key_value_heads
        self.key_size = self.value_size = self.head_dim
