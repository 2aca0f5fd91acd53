"""`CategoryEncoding`: rows of 0 and 1, or of counts, for numbers of categories."""

from __future__ import annotations

from typing import Any

from lamina.core.argument_kinds import Count
from lamina.core.choices import one_of
from lamina.core.configurable import without_defaults
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.encoding import encoded
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer


@from_fields
class CategoryEncoding(PreprocessingLayer):
    """Encode categories that are integers from 0 to before `num_tokens`; others count for nothing.

    Shapes: `(batch, n)` to `(batch, num_tokens)`; with `output_mode="one_hot"` to `(batch, n, num_tokens)`,
    or to `(batch, num_tokens)` if n is 1.

    Args:
        num_tokens: how many categories there are.
        output_mode: `"multi_hot"`: one row per sample with 1 for each category that it has; `"count"`:
            how often it has each; `"one_hot"`: a row for each number.
        sparse: return sparse tensors (`docs/sparse.md`).

    Raises:
        ValueError: `num_tokens` is missing or not positive; an unknown `output_mode`; `count_weights` are
            given to another mode than `"count"`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.CategoryEncoding(num_tokens=4)
        >>> layer(np.array([[0, 1], [3, 3]])).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    num_tokens: Count | None = None
    output_mode: str = "multi_hot"
    sparse: bool = False

    def check_arguments(self) -> None:
        """Check the arguments; integers stay as they are."""
        if self.num_tokens is None:
            raise ValueError(
                "CategoryEncoding: `num_tokens` is missing. If the categories are not known yet, use IntegerLookup, "
                "which learns them by `adapt`."
            )
        modes = ("multi_hot", "one_hot", "count")
        one_of("CategoryEncoding", "output_mode", self.output_mode, modes)
        self.autocast = False

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """Return the rows; `count_weights`, of the shape of the inputs, say what each number counts."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"CategoryEncoding: `count_weights` need `output_mode='count'`, not {self.output_mode!r}."
            )
        return encoded(
            *(inputs, self.output_mode, self.num_tokens or 0, self.compute_dtype),
            weights=count_weights,
            sparse=self.sparse,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; `sparse` is left out, as Keras does."""
        return without_defaults(super().get_config(), sparse=False)
