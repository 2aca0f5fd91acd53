"""`Attention` and `AdditiveAttention`: attention without weights of heads."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.argument_kinds import Rate
from lamina.core.choices import one_of
from lamina.layers.arguments import from_fields
from lamina.layers.attention import masking
from lamina.layers.given_mask import check_mask
from lamina.layers.merging.base import list_of_tensors
from lamina.layers.regularizable import Regularizable
from lamina.layers.regularization.drawing import Drawing
from lamina.ops import random


class ScoredAttention(Drawing, Regularizable):
    """Abstract: a mean of values, weighted by scores, which subclasses compute."""

    rates: ClassVar[tuple[str, ...]] = ("dropout",)
    supports_masking = True
    use_scale: bool
    dropout: float

    def scores(self, query: Any, key: Any) -> Any:
        """`(batch, queries, keys)`."""
        raise NotImplementedError(f"{type(self).__name__} has no `scores`.")

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Compute the outputs; see the class."""
        query, value, *rest = list_of_tensors(self, inputs, 2)
        key = rest[0] if rest else value
        query_mask, value_mask = self._masks(mask)
        check_mask(self, query_mask, query, query.shape[:2], "query_mask")
        check_mask(self, value_mask, value, value.shape[:2], "value_mask")
        scores = self.scores(query, key)
        allowed = masking.joined(
            None if value_mask is None else ops.expand_dims(value_mask, 1),
            masking.causal(*scores.shape[1:]) if use_causal_mask else None,
        )
        if allowed is not None:
            low = ops.full((), masking.lowest(self.compute_dtype), self.compute_dtype)
            scores = ops.where(allowed, scores, low)
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        result = ops.matmul(weights, value)
        if query_mask is not None:
            result = ops.multiply(result, ops.cast(ops.expand_dims(query_mask, -1), result.dtype))
        return (result, weights) if return_attention_scores else result

    def _masks(self, mask: Any) -> tuple[Any, Any]:
        if mask is None:
            return None, None
        if not isinstance(mask, (list, tuple)) or len(mask) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: `mask` must be a list [query_mask, value_mask], "
                f"not {mask!r}."
            )
        return mask[0], mask[1]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the query's mask."""
        return None if mask is None else mask[0]


@from_fields
class Attention(ScoredAttention):
    """For each query a mean of the values, weighted by how well its key fits: Luong's attention.

        score = query · key * scale                        with score_mode "dot"
        score = w * sum(tanh(scale * (query + key)))       with score_mode "concat"

    Shapes: called on `[query (batch, queries, size), value (batch, keys, size)]`, with the keys as a
    third tensor if they are not the values; gives `(batch, queries, value size)`. Masks
    `[query_mask, value_mask]` are `(batch, queries)` and `(batch, keys)`.

    Args:
        use_scale: learn the scale, a number; else it is 1.
        score_mode: `"dot"` or `"concat"`.
        dropout: part of the weights that is set to 0 in training.
        seed: of the dropout.

    Called as `layer(inputs, mask=None, return_attention_scores=False, training=None,
    use_causal_mask=False)`; with a causal mask query number i sees keys 0 to i only.

    Raises:
        ValueError: the input is not a list of 2 or 3 tensors, or the score mode is unknown.

    Example:
        >>> import lamina
        >>> x = np.ones((2, 5, 3), "float32")
        >>> lamina.layers.Attention()([x, 2 * x]).shape
        (2, 5, 3)

    Source: Luong et al. 2015.
    """

    use_scale: bool = False
    score_mode: str = "dot"
    dropout: Rate = 0.0
    seed: Any = None

    def check_arguments(self) -> None:
        """Refuse an unknown score mode."""
        super().check_arguments()
        one_of("Attention", "score_mode", self.score_mode, ("dot", "concat"))

    def build(self, input_shape: Any) -> None:
        """Make the numbers that are learnt."""
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        self.concat_score_weight = None
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def scores(self, query: Any, key: Any) -> Any:
        """Compute the outputs; see the class."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, 1, 2))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        both = ops.add(ops.expand_dims(query, 2), ops.expand_dims(key, 1))
        both = both if self.scale is None else ops.multiply(both, self.scale)
        return ops.multiply(ops.sum(ops.tanh(both), axis=-1), self.concat_score_weight)


@from_fields
class AdditiveAttention(ScoredAttention):
    """For each query a mean of the values, weighted by a sum over tanh: Bahdanau's attention.

        score = sum(scale * tanh(query + key))

    Shapes: called on `[query (batch, queries, size), value (batch, keys, size)]`, with the keys as a
    third tensor if they are not the values; gives `(batch, queries, value size)`.

    Args:
        use_scale: learn the scale, a number per feature; else it is 1.
        dropout: part of the weights that is set to 0 in training.
        seed: of the dropout.

    Called as `Attention` is.

    Raises:
        ValueError: the input is not a list of 2 or 3 tensors.

    Example:
        >>> import lamina
        >>> x = np.ones((2, 5, 3), "float32")
        >>> lamina.layers.AdditiveAttention()([x, 2 * x]).shape
        (2, 5, 3)

    Source: Bahdanau et al. 2015.
    """

    use_scale: bool = True
    dropout: Rate = 0.0
    seed: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the scale."""
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale")

    def scores(self, query: Any, key: Any) -> Any:
        """Compute the outputs; see the class."""
        both = ops.tanh(ops.add(ops.expand_dims(query, 2), ops.expand_dims(key, 1)))
        return ops.sum(both if self.scale is None else ops.multiply(both, self.scale), axis=-1)
