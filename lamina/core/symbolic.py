"""`KerasTensor`: a tensor that has a shape and a dtype, and a place in a graph, but no value."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, naming


class KerasTensor:
    """A symbolic tensor: what `Input` returns and what layers and ops make of it.

    Args:
        shape: sizes; `None` where a size is not known yet (the batch, most often).
        dtype: name of the dtype.
        name: for messages and summaries.

    Example:
        >>> import lamina
        >>> x = lamina.Input((784,))
        >>> (x * 2 + 1).shape
        (None, 784)
    """

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
    ):
        if sparse or ragged:
            raise NotImplementedError("lamina has no sparse or ragged tensors.")
        self.shape: tuple[int | None, ...] = tuple(shape)
        self.dtype = dtypes.standardize(dtype)
        self.name = name or naming.auto_name("keras_tensor")
        self.sparse = sparse
        self.ragged = ragged
        self.record_history = record_history
        self.node: Any = None  # the `graph.Node` that made it, as its output number `index`
        self.index = 0

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def _refuse(self, what: str) -> TypeError:
        return TypeError(
            f"A KerasTensor is symbolic and {what}: {self!r}. It stands for a value that is only known "
            "when the model runs. Use lamina's ops and layers on it (`lamina.ops.*`), or put the code "
            "into the `call` method of a Layer."
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._refuse("has no value to convert to NumPy")

    def __jax_array__(self) -> Any:
        raise self._refuse("cannot be used by a function of JAX")

    def __bool__(self) -> bool:
        raise self._refuse("is neither true nor false")

    def __float__(self) -> float:
        raise self._refuse("is no number")

    def __int__(self) -> int:
        raise self._refuse("is no number")

    def __iter__(self) -> Any:
        raise self._refuse("cannot be iterated over")

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise self._refuse("has no length")
        return self.shape[0]
