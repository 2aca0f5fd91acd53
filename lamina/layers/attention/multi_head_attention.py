"""`MultiHeadAttention`: several heads look at a sequence at once."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina.core.argument_kinds import AxesList, Count, Rate
from lamina.layers.arguments import from_fields
from lamina.layers.attention.heads import HeadedAttention


@from_fields
class _Heads:
    num_heads: Count
    key_dim: Count
    value_dim: Count | None = None
    dropout: Rate = 0.0
    use_bias: bool = True
    output_shape: Any = None
    attention_axes: AxesList = None


@from_fields
class MultiHeadAttention(HeadedAttention, _Heads):
    """Each head looks for what fits its queries, and gives a mean of the values there.

        head_h = softmax(q_h · k_h / sqrt(key_dim)) v_h;  output = sum over h of head_h @ kernel_h

    Shapes: query `(batch, queries, size)`, value and key `(batch, keys, size)` to
    `(batch, queries, size of the query)`; scores `(batch, heads, queries, keys)`; `attention_mask`
    `(batch, queries, keys)`, with an axis of heads in between if need be.

    Args:
        num_heads: number of heads.
        key_dim: size of each head's queries and keys.
        value_dim: size of each head's values; by default `key_dim`.
        dropout: part of the weights that is set to 0 in training.
        use_bias: whether the maps add a bias.
        output_shape: size of the output; by default that of the query.
        attention_axes: axes over which positions look at each other; by default all but the first
            and the last.
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
        ValueError: a size is not a positive integer, or the shapes do not go together.

    Example:
        >>> import lamina
        >>> x = np.ones((2, 5, 8), "float32")
        >>> lamina.layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x).shape
        (2, 5, 8)

    Source: Vaswani et al. 2017.
    """

    names_in_files: ClassVar[dict[str, str]] = {
        f"_{name}_dense": f"{name}_dense" for name in ("query", "key", "value", "output")
    }

    def check_arguments(self) -> None:
        """Complete the sizes of the heads."""
        super().check_arguments()
        self.value_dim = self.value_dim or self.key_dim
        if isinstance(self.output_shape, int):
            self.output_shape = (self.output_shape,)
        for name in ("output_shape", "attention_axes"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, (int, list, tuple)):
                raise TypeError(f"MultiHeadAttention: `{name}` must be a tuple, not {value!r}.")
        self.query_heads = self.key_heads = self.num_heads
        self.key_size, self.value_size = self.key_dim, self.value_dim

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the maps."""
        super().build(query_shape, value_shape, key_shape)
        if self.attention_axes is None:
            self.attention_axes = list(range(1, len(query_shape) - 1))
