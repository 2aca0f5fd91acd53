"""`KerasTensor`: a tensor that has a shape and a dtype, and a place in a graph, but no value."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes, naming, tree


def refuse_ragged(name: str, flag: Any) -> None:
    """Refuse ragged tensors, which lamina does not have.

    Raises:
        NotImplementedError: `flag` is true.
    """
    if flag:
        raise NotImplementedError(f"{name}: lamina has no ragged tensors. Leave `ragged` out.")


class KerasTensor:
    """A symbolic tensor: what `Input` returns and what layers and ops make of it.

    Args:
        shape: sizes; `None` where a size is not known yet (the batch, most often).
        dtype: name of the dtype.
        sparse: whether values are sparse along the last axis (`docs/sparse.md`).
        name: for messages and summaries.
        kwargs: `ragged_rank` and `row_splits_dtype`, of ragged tensors.

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
        **kwargs: Any,
    ):
        if unknown := kwargs.keys() - {"ragged_rank", "row_splits_dtype"}:
            raise TypeError(f"KerasTensor does not take {sorted(unknown)}.")
        if ragged:  # spares the usual case a call
            refuse_ragged("KerasTensor", True)
        self.shape: tuple[int | None, ...] = tuple(shape)
        self.dtype = dtypes.standardize(dtype)
        self.name = name or naming.auto_name("keras_tensor")
        self.sparse = bool(sparse)
        self.ragged = ragged
        self.record_history = record_history
        self.node: Any = None  # the `graph.Node` that made it, as its output number `index`
        self.index = 0

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __repr__(self) -> str:
        sparse = ", sparse=True" if self.sparse else ""
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}{sparse}, name={self.name}>"

    # A symbolic tensor has no value. What needs one says so, and what to do instead.

    def __getattr__(self, name: str) -> Any:
        if name == "__jax_array__":  # JAX looks for it, and replaces TypeErrors by its own
            raise ValueError(_no_value(self, "A function of JAX was given", _USE_OPS))
        if name.startswith("__"):  # a protocol's, such as copying and pickling
            raise AttributeError(name)
        raise AttributeError(
            f"A symbolic tensor has no attribute {name!r}: {self!r}. Use the function of lamina.ops "
            "that does the same, such as lamina.ops.mean(x) or lamina.ops.cast(x, dtype)."
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise _no_value(self, "A NumPy array was to be made of", _USE_OPS)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = _OPERATORS.get(ufunc.__name__)
        if name is None or method != "__call__" or kwargs:
            raise _no_value(self, f"numpy.{ufunc.__name__} was given", _USE_OPS)
        return _operate(name, *inputs)  # array + x

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise _no_value(self, f"numpy.{func.__name__} was given", _USE_OPS)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take what PyTorch hands over when a tensor of its own meets a symbolic one."""
        name = _OPERATORS.get(func.__name__.strip("_"))
        if name is not None and len(args) == 2 and not kwargs:
            return _operate(name, *args)  # tensor + x
        symbolic = next(x for x in tree.flatten([args, kwargs]) if isinstance(x, cls))
        raise _no_value(symbolic, f"torch.{func.__name__} was given", _USE_OPS)

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        raise _no_value(self, "A function of TensorFlow was given", _USE_OPS)

    def __bool__(self) -> bool:
        raise _no_value(
            self,
            "An `if`, `while`, `and`, `or`, `not` or `assert` was given",
            "Use lamina.ops.where(condition, x, y) or lamina.ops.cond.",
        )

    def __float__(self) -> float:
        raise _no_value(self, "A Python number was to be made of", _USE_OPS)

    __int__ = __index__ = __complex__ = __float__

    def __iter__(self) -> Any:
        raise _no_value(
            self,
            "A loop, an unpacking or `in` was given",
            "Use lamina.ops.unstack(x, num) for a list of tensors, or lamina.ops.map or scan for a loop.",
        )

    def __contains__(self, _: Any) -> bool:
        return self.__iter__()

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise _no_value(self, "`len` was given", "Use lamina.ops.shape(x)[0] for a size.")
        return self.shape[0]


_USE_OPS = "Use the function of lamina.ops that does the same."
_METHODS = {  # of operators -> functions of NumPy and PyTorch that Python calls for them
    "add": ("add",),
    "sub": ("subtract", "sub"),
    "mul": ("multiply", "mul"),
    "truediv": ("divide", "true_divide", "div"),
    "floordiv": ("floor_divide", "floordiv"),
    "mod": ("remainder",),
    "pow": ("power", "pow"),
    "matmul": ("matmul",),
    "lt": ("less", "lt"),
    "le": ("less_equal", "le"),
    "gt": ("greater", "gt"),
    "ge": ("greater_equal", "ge"),
    "ne": ("not_equal", "ne"),
    "and": ("bitwise_and", "and"),
    "or": ("bitwise_or", "or"),
    "xor": ("bitwise_xor", "xor"),
}
_OPERATORS = {name: method for method, names in _METHODS.items() for name in names}
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "ne": "ne"}


def _operate(method: str, left: Any, right: Any) -> Any:
    if isinstance(left, KerasTensor):
        return getattr(left, f"__{method}__")(right)
    return getattr(right, f"__{_MIRRORED.get(method, f'r{method}')}__")(left)


def _no_value(x: Any, what: str, fix: str) -> TypeError:
    return TypeError(
        f"{what} a symbolic tensor, {x!r}, which has no value before the model runs. {fix} Code that "
        "needs values goes into the `call` method of a Layer."
    )
