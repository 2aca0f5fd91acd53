"""`Normalization`: values shifted and scaled to mean 0 and variance 1, as data say."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from lamina import ops
from lamina.core import registry, settings
from lamina.core.argument_kinds import integer
from lamina.engine.current import using
from lamina.feeds.one_pass import host_values
from lamina.layers.arguments import Options
from lamina.layers.preprocessing.adapting import Adapts
from lamina.layers.preprocessing.features.moments import Moments
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer

_MOST = 2**31 - 1  # that the weight `count` can hold, which nothing depends on


class Normalization(Adapts, PreprocessingLayer):
    """Subtract the mean, and divide by the standard deviation, that data have.

        (x - mean) / max(sqrt(variance), epsilon)

    The two are learned by `adapt`, or given. Shapes: any to the same; the result has the compute dtype.

    Args:
        axis: axes of which each entry has a mean of its own; `None`: one mean for all values.
        mean, variance: numbers, or arrays for the entries of `axis`; then there is nothing to learn.
        invert: undo the normalization: `mean + x * max(sqrt(variance), epsilon)`.

    Raises:
        ValueError: one of `mean` and `variance` is given alone; the size of an axis is unknown; data do
            not fit the shape for which the layer was built.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.Normalization()
        >>> layer.adapt(np.array([[0.0, 7.0], [2.0, 7.0]]))
        >>> layer(np.array([[2.0, 7.0]])).tolist()
        [[1.0, 0.0]]
    """

    __slots__ = ("__moments",)
    __load_schema__ = {  # noqa: RUF012
        "axis": "int | list[int] | None",
        "mean": "data",
        "variance": "data",
    }
    given_instead = "`mean` and `variance`"
    takes_complex = False
    supports_masking = True

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Unpack[Options],
    ):
        super().__init__(**kwargs)
        if (mean is None) != (variance is None):
            raise ValueError(
                "Normalization: `mean` and `variance` are given together, or both learned by `adapt`, but "
                f"mean={mean!r} and variance={variance!r}."
            )
        axes = () if axis is None else axis
        axes = tuple(axes) if isinstance(axes, (list, tuple)) else (axes,)
        self.axis = tuple(integer(self, "axis", each) for each in axes)
        self.input_mean, self.input_variance = mean, variance
        self.invert = bool(invert)
        self.__moments: Moments | None = None

    def build(self, input_shape: Any) -> None:
        """Make mean, variance and count, for the entries of `axis`."""
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(
                f"Normalization {self.name!r}: `axis` is {self.axis}, but inputs have {rank} axes: {input_shape}."
            )
        kept = sorted(axis % rank for axis in self.axis)
        sizes = tuple(input_shape[axis] for axis in kept)
        if None in sizes:
            raise ValueError(
                f"Normalization {self.name!r}: axis {kept[sizes.index(None)]} of {tuple(input_shape)} has no size, but "
                "its entries have a mean each. Give `axis=None` for one mean of all values, or add an axis: x[:, None]."
            )
        self.kept_axes, self.kept_sizes = kept, sizes
        self.adapt_mean: Any
        self.adapt_variance: Any
        self.reduced_axes = tuple(axis for axis in range(rank) if axis not in kept)
        if self.input_mean is not None:
            self.adapt_mean, self.adapt_variance = (
                self.__given(self.input_mean),
                self.__given(self.input_variance),
            )
            return
        options: dict[str, Any] = {"trainable": False, "autocast": False}
        self.adapt_mean = self.add_weight(sizes, "zeros", name="mean", **options)
        self.adapt_variance = self.add_weight(sizes, "ones", name="variance", **options)
        self.count = self.add_weight((), "zeros", dtype="int32", name="count", **options)

    def __given(self, values: Any) -> np.ndarray:
        """Return what the constructor was given, for the entries of `axis`."""
        array = host_values(values).astype(np.float32)
        if array.size > 1 and array.ndim > len(self.kept_sizes):
            array = array.reshape(self.kept_sizes)
        return np.ascontiguousarray(
            np.broadcast_to(array.reshape(()) if array.size == 1 else array, self.kept_sizes)
        )

    @property
    def mean(self) -> Any:
        """The mean, in a shape that goes together with inputs; `None` before the layer is built."""
        return self.__over_inputs(self.adapt_mean) if self.built else None

    @property
    def variance(self) -> Any:
        """The variance, in a shape that goes together with inputs; `None` before the layer is built."""
        return self.__over_inputs(self.adapt_variance) if self.built else None

    def __over_inputs(self, statistic: Any) -> Any:
        rank = len(self.kept_axes) + len(self.reduced_axes)
        sizes = dict(zip(self.kept_axes, self.kept_sizes, strict=True))
        return ops.reshape(statistic, tuple(sizes.get(axis, 1) for axis in range(rank)))

    def call(self, inputs: Any) -> Any:
        """Return the normalized values, or with `invert` those that were normalized."""
        dtype = self.compute_dtype
        x, mean, variance = (ops.cast(t, dtype) for t in (inputs, self.mean, self.variance))
        deviation = ops.maximum(ops.sqrt(variance), settings.epsilon())
        if self.invert:
            return ops.add(mean, ops.multiply(x, deviation))
        return ops.divide(ops.subtract(x, mean), deviation)

    # Learning.

    @property
    def learns(self) -> bool:
        """Whether mean and variance are learned by `adapt`."""
        return self.input_mean is None

    def reset_state(self) -> None:
        """Forget what was learned from data."""
        self.__moments = None
        if self.built and self.learns:
            self.__set(np.zeros(self.kept_sizes), np.ones(self.kept_sizes), 0)

    def update_state(self, data: Any) -> None:
        """Count a batch in; `finalize_state` makes the weights of all."""
        values = host_values(data)
        if values.dtype.kind not in "biuf" and values.dtype.name != "bfloat16":
            raise ValueError(
                f"Normalization {self.name!r} takes numbers, not an array of {values.dtype}."
            )
        rank = len(self.kept_axes) + len(self.reduced_axes)
        sizes = (
            tuple(values.shape[axis] for axis in self.kept_axes) if values.ndim == rank else None
        )
        if sizes != self.kept_sizes:
            expected = ["any"] * rank
            for axis, size in zip(self.kept_axes, self.kept_sizes, strict=True):
                expected[axis] = str(size)
            raise ValueError(
                f"Normalization {self.name!r} was built for the shape ({', '.join(expected)}), but the data have "
                f"{values.shape}."
            )
        if values.size:
            self.__moments = Moments.of(values, self.reduced_axes).merged(self.__moments)

    def finalize_state(self) -> None:
        """Set mean, variance and count to those of all batches."""
        if self.__moments is not None and self.learns:
            moments = self.__moments
            self.__set(moments.mean, moments.variance, min(moments.count, _MOST))

    def __set(self, mean: np.ndarray, variance: np.ndarray, count: int) -> None:
        with using("numpy"):  # so that no other engine is imported for it
            self.adapt_mean.assign(mean)
            self.adapt_variance.assign(variance)
            self.count.assign(count)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; numbers of an array as a list."""
        given = {"mean": self.input_mean, "variance": self.input_variance}
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": registry.serialize(self.dtype_policy),
            "axis": self.axis,
            "invert": self.invert,
            **{n: None if x is None else host_values(x).tolist() for n, x in given.items()},
        }
