"""`Discretization`: the number of the interval into which a value falls."""

from __future__ import annotations

import copy
import sys
from typing import Any

import numpy as np

from lamina import ops
from lamina.core.choices import one_of
from lamina.core.symbolic import KerasTensor
from lamina.core.variable import Variable
from lamina.engine.current import using
from lamina.feeds.one_pass import host_values
from lamina.layers.preprocessing.adapting import Adapts
from lamina.layers.preprocessing.encoding import check_sparse, encoded
from lamina.layers.preprocessing.features.quantiles import Quantiles
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer


class Discretization(Adapts, PreprocessingLayer):
    """Give each value the number of its bin: 0 below the first boundary, 1 from there on, and so on.

    Boundaries are given, or learned by `adapt` so that about equally many values fall into each of
    `num_bins` bins. Shapes: any; `output_mode="int"` keeps it, int32; the others are as `CategoryEncoding`'s.

    Args:
        bin_boundaries: in ascending order; NaN falls into the last bin.
        num_bins: how many bins to learn.
        epsilon: the share of the values by which a learned boundary may be off.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"` or `"count"`.
        sparse: return sparse tensors (`docs/sparse.md`); not with `"int"`.

    Raises:
        ValueError: both or none of `bin_boundaries` and `num_bins` are given; boundaries that do not ascend;
            an unknown `output_mode`; a call before boundaries are known.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])
        >>> layer(np.array([[-1.5, 1.0, 3.4, 0.5]])).tolist()
        [[0, 2, 3, 1]]
    """

    __slots__ = ("__listed", "__quantiles")
    __load_schema__ = {  # noqa: RUF012
        "bin_boundaries": "list[float] | None",
    }
    bytes_at_once = sys.maxsize  # boundaries depend on the batches, so an array is one
    given_instead = "`bin_boundaries` (and no `num_bins`)"
    takes_complex = False

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, name=name, **kwargs)
        check_sparse("Discretization", sparse, output_mode)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                "Discretization: give `bin_boundaries`, or `num_bins` to learn as many by `adapt`, but "
                f"bin_boundaries={bin_boundaries!r} and num_bins={num_bins!r}."
            )
        if num_bins is not None and (not isinstance(num_bins, (int, np.integer)) or num_bins < 1):
            raise ValueError(
                f"Discretization: `num_bins` must be a positive integer, not {num_bins!r}."
            )
        if not 0 < epsilon < 1:
            raise ValueError(
                f"Discretization: `epsilon` must lie between 0 and 1, not {epsilon!r}."
            )
        self.num_bins, self.epsilon, self.output_mode, self.sparse = (
            num_bins,
            epsilon,
            output_mode,
            sparse,
        )
        one_of(
            "Discretization", "output_mode", output_mode, ("int", "one_hot", "multi_hot", "count")
        )
        self.autocast = False
        self.__quantiles = Quantiles(epsilon)
        self.boundaries: Variable | None = None
        self.bin_boundaries = bin_boundaries

    @property
    def bin_boundaries(self) -> Any:
        """Where bins begin, in ascending order; `None` before they are learned."""
        return self.__listed

    @bin_boundaries.setter
    def bin_boundaries(self, given: Any) -> None:
        """Set the boundaries.

        Raises:
            ValueError: they are not numbers in ascending order.
        """
        if given is None:
            self.__listed = self.boundaries = None
            return
        array = host_values(given).astype(np.float32)
        if array.ndim != 1 or np.any(np.diff(array) < 0) or np.isnan(array).any():
            raise ValueError(
                f"Discretization: `bin_boundaries` must be numbers in ascending order, not {given!r}."
            )
        self.__listed = host_values(given).tolist()
        if self.boundaries is not None and self.boundaries.shape == array.shape:
            with using("numpy"):  # so that no other engine is imported for it
                self.boundaries.assign(array)
        else:
            self.boundaries = Variable(array, dtype="float32", trainable=False, name="boundaries")
            self.boundaries.is_state = True  # no weight: the configuration has it

    def call(self, inputs: Any) -> Any:
        """Return the numbers of the bins, or rows that tell them."""
        if self.boundaries is None:
            raise ValueError(
                f"Discretization {self.name!r} has no boundaries yet: call `adapt` on data, or give `bin_boundaries`."
            )
        bins = ops.digitize(ops.cast(inputs, "float32"), self.boundaries)
        depth = self.boundaries.shape[0] + 1
        return encoded(bins, self.output_mode, depth, self.compute_dtype, sparse=self.sparse)

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """Return a KerasTensor like the output; before `adapt`, too."""
        depth = (self.num_bins or 0) if self.boundaries is None else self.boundaries.shape[0] + 1
        bins = KerasTensor(inputs.shape, "int32")
        return encoded(bins, self.output_mode, depth, self.compute_dtype, sparse=self.sparse)

    # Learning.

    @property
    def learns(self) -> bool:
        """Whether boundaries are learned by `adapt`."""
        return self.num_bins is not None

    def reset_state(self) -> None:
        """Forget what was learned from data."""
        if self.learns:
            self.__quantiles = Quantiles(self.epsilon)

    def update_state(self, data: Any) -> None:
        """Count a batch in; `finalize_state` makes boundaries of all."""
        values = host_values(data)
        if values.dtype.kind not in "biuf":
            raise ValueError(
                f"Discretization {self.name!r} takes numbers, not an array of {values.dtype}."
            )
        if values.size:
            self.__quantiles.add(values)

    def finalize_state(self) -> None:
        """Set the boundaries to those of all batches."""
        if self.learns and self.__quantiles.values.size:
            self.bin_boundaries = self.__quantiles.edges(self.num_bins or 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with boundaries that were learned; Keras' takes no other."""
        config = super().get_config() | {"dtype": self.dtype_policy.name}
        return {name: value for name, value in config.items() if name != "trainable"}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer that `get_config` describes, with the boundaries that were learned."""
        if config.get("num_bins") is None or config.get("bin_boundaries") is None:
            return super().from_config(config, custom_objects)
        config = copy.copy(config)
        learned = config.pop("bin_boundaries")
        layer = super().from_config(config, custom_objects)
        layer.bin_boundaries = learned
        return layer
