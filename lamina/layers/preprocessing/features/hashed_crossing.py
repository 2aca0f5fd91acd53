"""`HashedCrossing`: categories of several features together, hashed into bins."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core import dtypes, settings
from lamina.core.choices import one_of
from lamina.core.sparse_rows import one_hot
from lamina.core.symbolic import KerasTensor
from lamina.layers.preprocessing.encoding import check_sparse
from lamina.layers.preprocessing.text.host_layer import HostLayer
from lamina.strings.crossing import crossed


class HashedCrossing(HostLayer):
    """The bin of each combination of categories of two features or more, by TensorFlow's hash.

    NumPy computes it on the host. Shapes: a list of inputs of one shape, `(batch, 1)`, `(batch,)` or `()`, to the
    same; with `output_mode="one_hot"` to `(batch, num_bins)`.

    Args:
        num_bins: how many bins there are.
        output_mode: `"int"`: bins, int64 (int32 where the engine has no int64); `"one_hot"`: a row for each.
        sparse: return sparse tensors (`docs/sparse.md`), with `"one_hot"`.

    Raises:
        ValueError: `num_bins` is not positive; an unknown `output_mode`; inputs of different shapes, fewer than two,
            or of other values than strings and whole numbers.

    Example:
        >>> import lamina
        >>> layer = HashedCrossing(num_bins=5)
        >>> np.asarray(layer((np.array(["A", "B", "A"]), np.array([101, 101, 102])))).tolist()
        [1, 4, 3]
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        if dtype is None:
            dtype = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(name=name, dtype=dtype, **kwargs)
        check_sparse("HashedCrossing", sparse, output_mode)
        if not isinstance(num_bins, (int, np.integer)) or num_bins < 1:
            raise ValueError(f"HashedCrossing: `num_bins` must be at least 1, not {num_bins!r}.")
        self.num_bins, self.output_mode, self.sparse = int(num_bins), output_mode, sparse
        one_of("HashedCrossing", "output_mode", output_mode, ("int", "one_hot"))
        if output_mode == "int" and self.compute_dtype not in dtypes.INTS:
            raise ValueError(
                f"HashedCrossing: with output_mode='int' the dtype must be one of integers, not {self.compute_dtype}."
            )

    def taken(self, x: Any) -> Any:
        """Return the features as NumPy arrays; see `HostLayer`."""
        return list(map(super().taken, x)) if isinstance(x, (list, tuple)) else x

    def on_host(self, inputs: list[np.ndarray]) -> np.ndarray:
        """Return the bins, or rows of them."""
        self.check_shapes(inputs)
        bins = crossed(inputs, self.num_bins, f"HashedCrossing {self.name!r}")
        if self.output_mode == "int":
            return bins.astype(self.compute_dtype)
        return one_hot(bins.reshape(-1, 1), self.num_bins, self.sparse).astype(self.compute_dtype)

    def check_shapes(self, inputs: Any) -> tuple:
        """Return the one shape that all inputs have.

        Raises:
            ValueError: they have not, there are too few of them, or there is more than one value for each sample.
        """
        what = f"HashedCrossing {self.name!r}"
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ValueError(f"{what} takes a list of two features or more, not {inputs!r:.200}.")
        shapes = [tuple(x.shape) for x in inputs]
        if any(
            len(s) > 2 or (len(s) == 2 and s[1] != 1) or len(s) != len(shapes[0]) for s in shapes
        ):
            raise ValueError(
                f"{what} takes features of one shape, (batch, 1), (batch,) or (), but here are {shapes}."
            )
        if len({s[:1] for s in shapes if None not in s[:1]}) > 1:
            raise ValueError(f"{what}: the features have different numbers of samples: {shapes}.")
        return shapes[0]

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """Return a KerasTensor like the output."""
        shape = self.check_shapes(inputs)
        if self.output_mode == "int":
            return KerasTensor(shape, self.compute_dtype)
        shape = (shape[0] if shape else 1, self.num_bins)
        return KerasTensor(shape, self.compute_dtype, self.sparse)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for the inputs' shapes."""
        return self.compute_output_spec(
            [KerasTensor(shape, "int64") for shape in input_shape]
        ).shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; Keras' writes no `trainable`."""
        config = super().get_config() | {"dtype": self.dtype_policy.name}
        return {name: value for name, value in config.items() if name != "trainable"}
