"""What a feature space is told of each column of data: its dtype, what prepares it, how it is encoded."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import dtypes
from lamina.core.configurable import Configurable
from lamina.core.schema import FEATURES
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer

_MODES = ("int", "one_hot", "float")


class TFDIdentity(PreprocessingLayer):
    """Give numbers as they are, in the compute dtype; files of Keras know it by this name."""

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return ops.cast(inputs, self.compute_dtype)


class Feature(Configurable):
    """A column: the dtype of its values, the layer that prepares them, and how the result is encoded.

    Args:
        dtype: of the values, such as `"float32"`, `"int32"` or `"string"`.
        preprocessor: a layer, or a function, of values of shape `(batch, 1)`.
        output_mode: `"float"`, `"int"`: as the preprocessor gives it; `"one_hot"`: a row for its integer.

    Raises:
        ValueError: an unknown dtype or `output_mode`.
        TypeError: the preprocessor cannot be called.
    """

    __load_schema__ = {"preprocessor": FEATURES}  # noqa: RUF012

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str):
        try:
            self.dtype = dtypes.standardize(dtype)
        except (TypeError, ValueError) as error:
            raise ValueError(f"Feature: `dtype` is {dtype!r}: {error}") from None
        if not callable(preprocessor):
            raise TypeError(f"Feature: `preprocessor` must be a layer, not {preprocessor!r}.")
        if output_mode not in _MODES:
            raise ValueError(
                f"Feature: `output_mode` must be one of {list(_MODES)}, not {output_mode!r}."
            )
        self.preprocessor: Any = preprocessor
        self.output_mode = output_mode

    @property
    def tokens(self) -> int:
        """How many integers the preprocessor gives, from 0.

        Raises:
            ValueError: it does not say.
        """
        for name in ("num_bins", "depth", "vocabulary_size"):
            if (said := getattr(self.preprocessor, name, None)) is not None:
                return said() if callable(said) else said  # pyright: ignore[reportReturnType]
        if (boundaries := getattr(self.preprocessor, "bin_boundaries", None)) is not None:
            return len(boundaries) + 1
        raise ValueError(
            f"Feature: with `output_mode='one_hot'` the preprocessor says how many integers it gives, by `num_bins` or "
            f"`vocabulary_size()`, but {self.preprocessor!r} does not. Use 'int' or 'float'."
        )


class Cross(Configurable):
    """Columns whose combinations are hashed into bins.

    Args:
        feature_names: of two columns or more.
        crossing_dim: how many bins there are.
        output_mode: `"one_hot"` or `"int"`.

    Raises:
        ValueError: an unknown `output_mode`; fewer than two columns.
    """

    __load_schema__ = {"feature_names": "list[str]"}  # noqa: RUF012

    def __init__(self, feature_names: Any, crossing_dim: int, output_mode: str = "one_hot"):
        if output_mode not in _MODES[:2]:
            raise ValueError(
                f"Cross: `output_mode` must be one of {list(_MODES[:2])}, not {output_mode!r}."
            )
        self.feature_names = tuple(feature_names)
        if len(self.feature_names) < 2:
            raise ValueError(f"Cross: give two features or more, not {feature_names!r}.")
        self.crossing_dim, self.output_mode = crossing_dim, output_mode

    @property
    def name(self) -> str:
        """The names of the columns, joined."""
        return "_X_".join(self.feature_names)
