"""`Variable`: one native array with a name, which follows the engine in force."""

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from operator import index
from typing import Any

import numpy as np

from lamina.core import dtypes, naming, registry, scope, tree
from lamina.core.choices import one_of
from lamina.core.dtypes import numpy_dtype as numpy_dtype
from lamina.engine.current import admit, engine, load, to_host

_AGGREGATIONS = ("none", "mean", "sum", "only_first_replica")
_numbers = itertools.count()
# Owners of what no engine has used yet: an array that lies in NumPy, and a function that draws one.
_HOST, _UNDRAWN = "host", "undrawn"
# Owner of a function that computes what this and other variables are to hold, and lets them hold it.
WAITING = "waiting"
# Ends the owner's name where a variable of the engine's library (`tf.Variable`, ...) holds the value.
NATIVE = " variable"
together = threading.RLock()  # held while a variable is written, or many are read as one


class Variable:
    """A value that outlives a step: a weight, a moving average, a counter.

    A variable's array lies where it was last used; when another engine is in force it moves over
    on first use. Random initial values are drawn on first use, too: which ones was settled when the
    variable was made, and a value that is assigned before makes the draw needless. Within a
    `StatelessScope` a variable is read from and written to the scope.

    Args:
        initializer: an initial value (array, number, nested list), a callable
            `(shape, dtype) -> array`, or the name or configuration of an initializer.
        shape: of the value; needed with a callable, else taken from the value.
        dtype: name of the dtype; `None` takes that of an array given, else `floatx`.
        trainable: whether `fit` may change it.
        autocast: whether a mixed-precision layer sees it in the compute dtype.
        aggregation: how replicas combine: none, mean, sum, only_first_replica.
        synchronization: accepted for Keras' sake.
        name: last part of `path`.
        layout: for distribution; kept, not used yet.
        kwargs: what another engine's variables take; not used, as in Keras.

    Attributes:
        held: the engine that owns the array, and the array (or what draws it); both change in one
            assignment, so that no thread sees a mixture.
        is_state: whether it is the state of a process (a key of random draws, the states of a
            recurrent layer) rather than a weight.

    Raises:
        ValueError: a callable without `shape`, a value of another shape, an unknown aggregation.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([[1.0, 2.0]], name="v")
        >>> v.assign_add([[1.0, 1.0]])
        >>> v.shape, v.dtype, v.numpy()
        ((1, 2), 'float32', array([[2., 3.]], dtype=float32))
    """

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        layout: Any = None,
        **kwargs: Any,
    ):
        self.name = name or naming.auto_name("variable")
        if "/" in self.name:
            raise ValueError(f"A variable's name must not contain '/': {self.name!r}.")
        one_of("Variable", "aggregation", aggregation, _AGGREGATIONS)
        self.path = scope.path(self.name)
        self.number = next(_numbers)  # in the order of creation, which is that of files
        self.__trainable = trainable
        self.autocast = autocast
        self.aggregation = aggregation
        self.synchronization = synchronization
        self.layout = layout
        self.regularizer: Callable | None = None
        self.constraint: Callable | None = None
        self.overwrite_with_gradient = False
        self.shape, self.dtype, first = _initial_value(initializer, shape, dtype, self.path)
        self.is_state = False
        self.is_float = dtypes.is_float(self.dtype)
        self.held: tuple[str, Any] = (_UNDRAWN if callable(first) else _HOST, first)

    @property
    def trainable(self) -> bool:
        """Whether `fit` may change the value."""
        return self.__trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.__trainable = value
        self.let_train(value)
        note_freezing()

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def value(self) -> Any:
        """The native array of the engine in force (in the compute dtype, under autocast)."""
        bound = scope.stateless.get()
        value = None if bound is None else bound.get_current_value(self)
        if value is None:
            owner, value = self.held
            e = engine()
            if owner != e.name:
                value = self._move(keep=bound is None)
            elif bound is None and e.records is not None and e.records():
                value = e.value_of(self.native())
        cast = scope.autocast.get()
        if cast is not None and self.is_float and self.autocast and cast != self.dtype:
            return engine().cast(value, cast)
        return value

    def drawn(self) -> tuple[str, Any]:
        """Return `held`; its array is drawn, or computed, now if it was not yet."""
        if self.held[0] in (_UNDRAWN, WAITING):
            with together:  # other threads wait, so that it is drawn once
                owner, draw = self.arrived()
                if owner == _UNDRAWN:
                    self.held = (_HOST, draw())
        return self.held

    def arrived(self) -> tuple[str, Any]:
        """Return `held`; what is waiting to be computed is computed now."""
        if self.held[0] == WAITING:
            with together:
                owner, compute = self.held
                if owner == WAITING:
                    compute()
        return self.held

    def _move(self, keep: bool) -> Any:
        e = engine().itself
        before = owner, value = self.drawn()
        if owner == e.name + NATIVE:
            return e.value_of(value)
        if owner == e.name and (e.records is None or not e.records()):
            return value
        if owner != _HOST:
            value = _to_numpy(owner, value)
        if not keep:  # within a scope: a trace's value must not outlive the trace
            return e.asarray(value, self.dtype)
        with e.outside_trace():  # the user's own `jax.jit`, say
            value = e.asarray(value, self.dtype)
        with together:
            if self.held is before:  # else another thread has assigned meanwhile
                self.held = (e.name, value)
        return e.value_of(self.native()) if e.records is not None and e.records() else value

    def native(self) -> Any:
        """Return the variable of the engine's library (a `tf.Variable`, a `torch.nn.Parameter`) that holds the value.

        It is made on first use, and holds the value from then on while the engine stays in force.
        """
        e = engine().itself
        with together:
            owner, value = self.drawn()
            if owner != e.name + NATIVE:
                with e.outside_trace():
                    if owner != e.name:
                        value = e.asarray(_to_numpy(owner, value), self.dtype)
                    trainable = self.trainable and self.is_float
                    value = e.native_variable(value, trainable, self.path)
                self.held = (e.name + NATIVE, value)
        return value

    def let_train(self, trains: bool) -> None:
        """Say whether the library is to take gradients by the native variable, if there is one."""
        owner, value = self.held
        if owner.endswith(NATIVE):
            load(owner.removesuffix(NATIVE)).let_train(value, trains and self.is_float)

    def adopt(self, engine_name: str, native: Any) -> None:
        """Let a variable of an engine's library, of the same shape and dtype, hold the value from now on."""
        with together:
            self.arrived()
            self.held = (engine_name + NATIVE, native)

    @property
    def handle(self) -> Any:
        """What a `tf.GradientTape` takes gradients by: the array in force here, or a `tf.Variable`'s handle."""
        bound = scope.stateless.get()
        value = None if bound is None else bound.bound_to(self)
        if value is None:
            owner, value = self.drawn()
            return value.handle if owner.endswith(NATIVE) else value
        return value

    def assign(self, value: Any) -> Any:
        """Replace the value; it is cast to the variable's dtype.

        Raises:
            ValueError: the shape differs, or the value belongs to a trace that it would outlive.
        """
        e = engine().itself
        if isinstance(value, Variable):
            value = value.value
        if isinstance(value, np.ndarray):
            value = np.array(value)  # an engine may take it in without a copy; it is the user's
        if not isinstance(value, e.array_types):
            value = e.asarray(to_host(value), self.dtype)
        if tuple(value.shape) != self.shape:
            raise ValueError(
                f"Variable {self.path!r} has shape {self.shape}; "
                f"a value of shape {tuple(value.shape)} cannot be assigned to it."
            )
        if e.dtype(value) != self.dtype:
            value = e.cast(value, self.dtype)
        bound = scope.stateless.get()
        if bound is not None:
            bound.add_update((self, value))
        elif self.held[0] == e.name + NATIVE:
            e.update(self.held[1], value)
        elif e.records is not None and e.records():
            e.update(self.native(), value)
        elif e.is_traced(value):
            raise ValueError(
                f"Variable {self.path!r} cannot keep a value computed within a trace such as jax.jit or "
                "tf.function: it would outlive the trace. Let the function take the state and return it: "
                "`layer.stateless_call(...)`, `metric.stateless_update_state(...)`, a StatelessScope."
            )
        else:
            with together:
                if self.held[0] == WAITING:  # assigning is frequent: no call where nothing waits
                    self.arrived()
                self.held = (e.name, value)

    def take(self, array: np.ndarray) -> None:
        """Take over an array of this shape and dtype that nobody else has; no copy is made.

        It stays on the host until it is used, as a first value does.
        """
        e = engine().itself
        records = e.records is not None and e.records()
        with together:
            owner, _ = self.arrived()
            if not (owner.endswith(NATIVE) or records or scope.stateless.get() is not None):
                self.held = (_HOST, array)
                return
        self.assign(array)

    def assign_add(self, value: Any) -> None:
        """Add `value`."""
        self.assign(engine().add(self._uncast(), engine().asarray(_read(value), self.dtype)))

    def assign_sub(self, value: Any) -> None:
        """Subtract `value`."""
        self.assign(engine().subtract(self._uncast(), engine().asarray(_read(value), self.dtype)))

    def _uncast(self) -> Any:
        token = scope.autocast.set(None)
        try:
            return self.value
        finally:
            scope.autocast.reset(token)

    def numpy(self) -> np.ndarray:
        """A copy of the value as a NumPy array."""
        return np.array(engine().to_numpy(self._uncast()))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __jax_array__(self) -> Any:
        return self.value

    def __mlx_array__(self) -> Any:
        return self.value

    def __complex__(self) -> complex:
        # Else MLX would take a variable without axes for a number of Python's, which has no slope.
        raise TypeError(f"Variable {self.path!r} is not a number of Python's: take `.numpy()`.")

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        return self.value if dtype is None else engine().cast(self.value, dtype.name)

    _should_act_as_resource_variable = True  # `tape.gradient` asks for the `handle` then

    def __getstate__(self) -> Any:
        self.arrived()
        return object.__getstate__(self)

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"

    def __bool__(self) -> bool:
        return bool(self.numpy())

    def __float__(self) -> float:
        return float(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())


_freezings = itertools.count(1)
_frozen_last = 0


def note_freezing() -> None:
    """Count a change of what is trainable, of a variable or a layer."""
    global _frozen_last
    _frozen_last = next(_freezings)


def freezings() -> int:
    """Return the number of such changes so far; while it stays, the same variables train."""
    return _frozen_last


def read(variables: Iterable[Variable]) -> list[Any]:
    """Return the values of `variables` on the engine in force, all from the same moment.

    This is the way into a compiled step: `write` of another thread comes before or after, never between.
    """
    if scope.stateless.get() is not None:
        return [v.value for v in variables]
    name, values = engine().name, []
    with together:
        for v in variables:
            owner, value = v.held
            values.append(value if owner == name else v.value)
    return values


def write(variables: Sequence[Variable], values: Sequence[Any]) -> None:
    """Let `variables` hold native `values`, unchecked: the way back from a compiled step.

    References only; nothing is copied.
    """
    name = engine().name
    with together:
        for v, value in zip(variables, values, strict=True):
            if v.held[0].endswith(NATIVE):  # no call of Python's, for it is the way of each step
                v.assign(value)
            else:
                v.held = (name, value)


def reset(variables: Iterable[Variable]) -> None:
    """Set `variables` to 0."""
    e = engine().itself
    name = e.name
    if scope.stateless.get() is not None or (e.records is not None and e.records()):
        name = ""  # `assign` knows where the values go
    for v in variables:
        zeros = e.full(v.shape, 0, v.dtype)
        if v.held[0] != name or e.is_traced(zeros):
            v.assign(zeros)
        else:  # they need no more checks, and every pass begins so
            with together:
                v.held = (name, zeros)


def snapshot(variables: Iterable[Variable]) -> list[tuple[str, Any]]:
    """Return what `variables` hold, all from the same moment; `restore` puts it back."""
    with together:
        held = [v.arrived() if v.held[0] == WAITING else v.held for v in variables]
        return [_kept(*each) if each[0].endswith(NATIVE) else each for each in held]


def restore(variables: Sequence[Variable], held: Sequence[tuple[str, Any]]) -> None:
    """Let `variables` hold again what `snapshot` returned."""
    with together:
        for v, (owner, value) in zip(variables, held, strict=True):
            if v.held[0] == WAITING:
                v.arrived()
            if v.held[0].endswith(NATIVE):
                v.assign(value)
            else:
                v.held = (owner, value)


def _kept(owner: str, value: Any) -> tuple[str, Any]:
    """Return what a variable holds; a copy of what would change in place."""
    return (_HOST, np.array(_to_numpy(owner, value))) if owner.endswith(NATIVE) else (owner, value)


def _to_numpy(owner: str, value: Any) -> np.ndarray:
    if owner == _HOST:
        return value
    e = load(owner.removesuffix(NATIVE))
    return e.to_numpy(e.value_of(value) if owner.endswith(NATIVE) else value)


def assign_all(variables: Sequence[Variable], values: Iterable[Any]) -> None:
    """Assign `values`, taken one after the other, to `variables`; if anything goes wrong, to none of them."""
    before = snapshot(variables)
    try:
        for v, value in zip(variables, values, strict=True):
            v.assign(value)
    except BaseException:
        restore(variables, before)
        raise


def to_arrays(variables: Sequence[Variable]) -> list[np.ndarray]:
    """Return copies of the values as NumPy arrays, all from the same moment."""
    if scope.stateless.get() is not None:
        return [v.numpy() for v in variables]
    with together:
        held = [_kept(*v.drawn()) for v in variables]
    return [*map(host_array, held)]


def host_view(variable: Variable) -> np.ndarray:
    """Return the value as a NumPy array to be read at once: what lies on the host is not copied."""
    if scope.stateless.get() is not None:
        return variable.numpy()
    owner, value = variable.drawn()
    return _to_numpy(owner, value)


def host_array(held: tuple[str, Any]) -> np.ndarray:
    """Return a NumPy copy of what a variable held when `snapshot` was taken; any thread may do so."""
    owner, value = held
    if owner == _UNDRAWN:
        return value()
    return np.array(_to_numpy(owner, value))


def values(structure: Any) -> Any:
    """Return a tree with each Variable replaced by its value; other leaves stay.

    A Variable that leaves a layer or a compiled step would be read outside, where it is older.
    """
    return tree.map_structure(_read, structure)


def _read(value: Any) -> Any:
    return value.value if isinstance(value, Variable) else value


def _initial_value(
    initializer: Any, shape: Any, dtype: Any, path: str
) -> tuple[tuple[int, ...], str, Any]:
    """Return shape, dtype, and the initial value on the host, or what draws it there.

    On the host it is equal on every engine, and there is no storm of compilations.
    """
    if isinstance(initializer, (str, dict)):
        initializer = registry.shelf("initializers").get(initializer)
    if callable(initializer) and not isinstance(initializer, Variable):
        if shape is None:
            raise ValueError(f"Variable {path!r}: an initializer needs `shape`.")
        shape, dtype = tuple(map(index, shape)), dtypes.standardize(dtype)
        settle = getattr(initializer, "settle", None)
        if settle is not None:
            value = settle(shape, dtype)
            if callable(value):
                return shape, dtype, value
        else:
            with engine().outside_trace():
                value = _to_host(initializer(shape, dtype=dtype))
    else:
        value = _to_host(initializer)
        if dtype is None:
            known = hasattr(initializer, "dtype")
            dtype = value.dtype.name if known else dtypes.standardize(None)
        dtype = dtypes.standardize(dtype)
    value = np.asarray(value, numpy_dtype(dtype))
    if shape is not None and value.shape != tuple(shape):
        raise ValueError(
            f"Variable {path!r} is to have shape {tuple(shape)}, but its initial value has {value.shape}."
        )
    return value.shape, dtype, value


def _to_host(value: Any) -> np.ndarray:
    if isinstance(value, Variable):
        return value.numpy()
    return np.array(to_host(value))


admit(Variable, lambda variable: variable.value)
