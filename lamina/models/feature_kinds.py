"""What a feature space may be told of a column, by methods that make a `Feature`."""

from __future__ import annotations

from typing import Any

from lamina.core import naming
from lamina.layers.preprocessing.features.discretization import Discretization
from lamina.layers.preprocessing.features.normalization import Normalization
from lamina.layers.preprocessing.rescaling import Rescaling
from lamina.layers.preprocessing.text.hashing import Hashing
from lamina.layers.preprocessing.text.integer_lookup import IntegerLookup
from lamina.layers.preprocessing.text.string_lookup import StringLookup
from lamina.models.features import Cross, Feature, TFDIdentity

KINDS = (
    *("float", "float_rescaled", "float_normalized", "float_discretized"),
    *("integer_categorical", "string_categorical", "integer_hashed", "string_hashed"),
)
"""What may be told of a column by a string."""


class FeatureKinds:
    """The methods of `FeatureSpace` that say how a column is prepared."""

    @classmethod
    def cross(cls, feature_names: Any, crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Return a cross of columns, for `crosses`."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """Return a column that is prepared by a layer of your own."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Return a column of numbers that stay as they are."""
        return Feature("float32", TFDIdentity(name=_named("float", name)), "float")

    @classmethod
    def float_rescaled(
        cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None
    ) -> Feature:
        """Return a column of numbers, multiplied by `scale` and moved by `offset`."""
        layer = Rescaling(scale=scale, offset=offset, name=_named("float_rescaled", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Return a column of numbers, which get mean 0 and variance 1."""
        return Feature("float32", Normalization(name=_named("float_normalized", name)), "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int | None,
        bin_boundaries: Any = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a column of numbers, of which the bin counts; give one of `num_bins` and `bin_boundaries`."""
        layer = Discretization(bin_boundaries, num_bins, name=_named("float_discretized", name))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a column of whole numbers that name categories, which `adapt` numbers."""
        name = _named("integer_categorical", name)
        layer = IntegerLookup(max_tokens, num_oov_indices, name=name)
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a column of strings that name categories, which `adapt` numbers."""
        layer = StringLookup(max_tokens, num_oov_indices, name=_named("string_categorical", name))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return a column of whole numbers, of which the hash counts."""
        return Feature("int32", Hashing(num_bins, name=_named("integer_hashed", name)), output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return a column of strings, of which the hash counts."""
        return Feature("string", Hashing(num_bins, name=_named("string_hashed", name)), output_mode)


def _named(kind: str, name: str | None) -> str:
    return f"{name or naming.auto_name(kind)}_preprocessor"
