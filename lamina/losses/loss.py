"""`Loss`: one number that says how far predictions are from their targets."""

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.core import naming, policy, settings, tree
from lamina.core.choices import one_of
from lamina.core.configurable import Configurable, from_fields, own_fields, without_unset
from lamina.core.masks import both_masks, get_mask, set_mask
from lamina.core.tracebacks import shortened
from lamina.engine.current import engine, on_one_engine
from lamina.losses.facts import Takes
from lamina.losses.pairing import of_one_rank, refuse_crossed
from lamina.losses.weighting import REDUCTIONS, reduce_weighted


class Loss(Configurable):
    """The base of losses; a subclass writes `call(y_true, y_pred)`, which gives a value per sample.

    A mask that the predictions carry leaves the masked time steps out.

    Args:
        name: for the logs.
        reduction: how the values become one number: `"sum_over_batch_size"` (their mean), `"mean"`
            (the same), `"sum"`, `"mean_with_sample_weight"` (weighted sum over the sum of weights),
            `"none"` or `None` (all values).
        dtype: that targets and predictions are cast to; `floatx` unless given, so that half
            precision predictions are compared in float32.

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import lamina
        >>> class Largest(lamina.Loss):
        ...     def call(self, y_true, y_pred):
        ...         return lamina.ops.max(lamina.ops.abs(y_true - y_pred), axis=-1)
        >>> float(Largest()(np.array([[1.0, 2.0]]), np.array([[1.0, 5.0]])))
        3.0
    """

    takes: Takes | None = None
    """The kinds of targets and predictions, for checks before training; see `losses.facts`."""
    reads_mask = False  # True where `call` itself asks for the mask of the predictions

    __slots__ = ("__given_dtype",)

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ):
        one_of(type(self).__name__, "reduction", reduction, REDUCTIONS)
        self.name = name or naming.auto_name(naming.to_snake_case(type(self).__name__))
        self.reduction = reduction
        self.dtype = settings.floatx() if dtype is None else policy.get(dtype).compute_dtype
        self.__given_dtype = dtype is not None

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one value per sample (and time step), not reduced yet."""
        raise NotImplementedError(f"{type(self).__name__} must write `call(y_true, y_pred)`.")

    @shortened
    @on_one_engine
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the loss of a batch: a scalar, or with reduction `"none"` a value per sample.

        Targets and predictions whose ranks differ by a last axis of 1 get the same rank first: the
        difference of `(batch,)` and `(batch, 1)` would be a table of every sample with every other.

        Args:
            y_true, y_pred: tensors, or trees of them if `call` takes trees.
            sample_weight: `(batch,)`, or a weight for each value that `call` returns.

        Raises:
            TypeError: `call` returns None.
            ValueError: weights or a mask of another shape, or a value for every pair of samples.
        """
        mask = get_mask(y_pred)
        y_pred, y_true = _each(self._cast, y_pred), _each(self._take_target, y_true)
        y_true, y_pred = of_one_rank(y_true, y_pred)
        if self.reads_mask:
            set_mask(y_pred, mask)  # a cast has made another tensor of it
        values = self.call(y_true, y_pred)
        if values is None:
            raise TypeError(f"The loss {self.name!r} returned None; is a `return` missing?")
        if self.takes is None:  # of the user's own
            refuse_crossed(values, y_true, y_pred, f"The loss {self.name!r}")
        mask = both_masks(None if self.reads_mask else mask, get_mask(values))
        return reduce_weighted(self._cast(values), sample_weight, mask, self.reduction)

    def _cast(self, x: Any) -> Any:
        e = engine()
        if isinstance(x, e.array_types):
            return x if e.dtype(x) == self.dtype else e.cast(x, self.dtype)
        return ops.convert_to_tensor(x, self.dtype)

    def _take_target(self, x: Any) -> Any:
        # Half precision could not count classes.
        classes = self.takes is not None and self.takes.counts_classes
        return ops.convert_to_tensor(x) if classes else self._cast(x)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; the dtype only if one was given, as in Keras."""
        config = {"name": self.name, "reduction": self.reduction, **super().get_config()}
        if not self.__given_dtype:
            config.pop("dtype", None)
        return config


def _each(fn: Callable, x: Any) -> Any:
    """Apply `fn` to every tensor in the tree `x`; nested lists of numbers are one tensor written out."""
    if not tree.is_nested(x) or all(
        isinstance(leaf, (bool, int, float)) for leaf in tree.flatten(x)
    ):
        return fn(x)
    return tree.map_structure(fn, x)


class LossFunctionWrapper(Loss):
    """A loss made of a function `(y_true, y_pred, **kwargs) -> a value per sample`.

    A subclass may have the function as its class attribute `fn`, and the arguments as fields; see
    `core.configurable.from_fields`.

    Args:
        fn: the function.
        reduction, name, dtype: see `Loss`.
        kwargs: further arguments of `fn`.

    Example:
        >>> import lamina
        >>> loss = LossFunctionWrapper(lamina.losses.mean_squared_error, reduction="sum")
        >>> float(loss(np.array([[1.0], [2.0]]), np.array([[0.0], [0.0]])))
        5.0
    """

    __slots__ = ("__options",)
    __load_schema__ = {"fn": "functions", "**": "data"}  # noqa: RUF012
    fn: Any  # of a subclass: staticmethod(function)

    def __init__(
        self,
        fn: Callable,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name, reduction, dtype)
        self.fn = fn
        vars(self).update(kwargs)  # each is an attribute, as a configuration wants them
        self.__options = tuple(kwargs)

    def __post_init__(self) -> None:
        """Take the arguments from the fields of a class that has its `fn` as a class attribute."""
        super().__init__(self.name, self.reduction, self.dtype)
        self.__options = own_fields(self, LossFunctionWrapper)

    @property
    def options(self) -> dict[str, Any]:
        """Further arguments of `fn`; each is an attribute, too."""
        return {name: getattr(self, name) for name in self.__options}

    @property
    def takes(self) -> Takes | None:  # type: ignore[override]
        """What `fn` states."""
        return getattr(self.fn, "takes", None)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return what `fn` returns."""
        return self.fn(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return without_unset(type(self), {**super().get_config(), **self.options})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, reduction={self.reduction}>"


@from_fields
class FunctionLoss(LossFunctionWrapper):
    """A loss whose function, the class attribute `fn`, has no further arguments."""

    reduction: str | None = "sum_over_batch_size"
    name: str | None = None
    dtype: Any = None
