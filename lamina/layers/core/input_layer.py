"""`Input`: where a functional model begins."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, graph, settings
from lamina.core.symbolic import KerasTensor, refuse_ragged
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class InputLayer(Layer):
    """The layer behind an `Input`: it hands on what the model is given.

    Args:
        shape: of one sample, without the batch axis; `None` for sizes not known.
        batch_size: if it is fixed.
        batch_shape: shape with the batch axis, instead of `shape` and `batch_size`.
        dtype: of the input; `floatx` by default.
        sparse: whether values are sparse along the last axis (`docs/sparse.md`).

    Raises:
        TypeError: there is no such argument.
        ValueError: neither or both of `shape` and `batch_shape` are given.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        # Names of Keras 2; and every layer takes `trainable`, though an input has nothing to train.
        of_sample, of_batch = kwargs.pop("input_shape", None), kwargs.pop("batch_input_shape", None)
        shape = shape if of_sample is None else of_sample
        batch_shape = batch_shape if of_batch is None else of_batch
        kwargs.pop("trainable", None)
        if kwargs:
            raise TypeError(f"InputLayer does not take the argument(s) {sorted(kwargs)}.")
        refuse_ragged("Input", ragged)
        if input_tensor is not None:
            raise ValueError(
                "Input: `input_tensor` is not supported; build the model on the tensor that Input returns."
            )
        if (shape is None) == (batch_shape is None):
            raise ValueError(
                "Input: give `shape` (of one sample) or `batch_shape` (with the batch axis), one of them."
            )
        if batch_shape is None:
            batch_shape = (batch_size, *_sizes(shape))
        super().__init__(name=name)
        self.batch_shape = tuple(_sizes(batch_shape))
        self._dtype = dtypes.standardize(dtype or settings.floatx())
        self.optional = optional
        self.sparse, self.ragged = bool(sparse), False
        self.built = True
        tensor = KerasTensor(self.batch_shape, self._dtype, self.sparse, name=self.name)
        graph.Node(self, (), {}, tensor)
        self.input_spec = InputSpec(
            shape=self.batch_shape, dtype=self._dtype, name=self.name, optional=optional
        )

    def call(self) -> Any:
        """Nothing: an input is given, not computed."""
        raise RuntimeError(
            f"The input {self.name!r} is not a layer to call; call the model on a value for it."
        )

    @property
    def dtype(self) -> str:  # type: ignore[override]  an input has one dtype and no weights
        """The dtype of the input."""
        return self._dtype

    def get_config(self) -> dict[str, Any]:
        """Shape, dtype and name."""
        return {
            "batch_shape": list(self.batch_shape),
            "dtype": self._dtype,
            "sparse": self.sparse,
            "ragged": False,
            "name": self.name,
            "optional": self.optional,
        }


def _sizes(shape: Any) -> tuple[int | None, ...]:
    sizes = (shape,) if isinstance(shape, int) else shape
    sizes = tuple(None if n is None else int(n) for n in sizes)
    if any(n is not None and n < 0 for n in sizes):
        raise ValueError(f"A shape holds non-negative integers and None, not {shape!r}.")
    return sizes


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor for what a model will be given.

    Args:
        shape: of one sample, without the batch axis; `None` for sizes not known.
        batch_size: if it is fixed.
        dtype: of the input; `floatx` by default.
        sparse: whether values are sparse along the last axis (`docs/sparse.md`); dense ones are taken, too.
        batch_shape: shape with the batch axis, instead of `shape` and `batch_size`.
        name: by which dictionaries of inputs bind.
        optional: whether `None` may be given.

    Raises:
        ValueError: neither or both of `shape` and `batch_shape` are given.

    Example:
        >>> Input(shape=(784,)).shape
        (None, 784)
    """
    options: Any = {"sparse": sparse, "ragged": ragged, "input_tensor": tensor}
    options |= {"batch_shape": batch_shape, "optional": optional, "name": name}
    return InputLayer(shape, batch_size, dtype, **options).output
