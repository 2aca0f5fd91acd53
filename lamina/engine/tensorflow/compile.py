"""A pure function of trees as TensorFlow graphs, one per signature, or one for many."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import optree
import tensorflow as tf
from tensorflow.python.eager import context, execute  # nothing public names a function's executor
from tensorflow.python.ops import (
    control_flow_util,  # nor tells what XLA will compile
    gradients_util,  # nor whether a tape follows
)

from lamina.engine.tensorflow.devices import place
from lamina.engine.thoroughly import is_thorough
from lamina.engine.warning import warn

_EXACT = 4  # so many shapes are traced as they are before sizes that differ are left open
_KEPT = 64  # programs; a trace is some megabytes
_Shape: Any = tf.TensorShape  # whose stubs lack methods


def by_xla() -> bool:
    """Tell whether XLA, which does not know every kernel, will compile what is traced."""
    if tf.executing_eagerly():
        return False
    return control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


class Traced(NamedTuple):
    """A function of flat tensors that was traced."""

    run: Callable[[list[Any]], list[Any]]
    results: Any  # the structure of what it returns
    graph: Any
    together: Any = None  # how a step runs whose state lies in vectors


class Program:
    """`fn`, a pure function of trees of arrays, traced once for each set of shapes and dtypes.

    After a few sets it is traced once more with the sizes open in which they differ. That program
    serves all further shapes, if on the arrays at hand it gives what one of their own shapes gives:
    Python above may decide by a size, and then each shape needs its own.
    """

    def __init__(self, fn: Callable, xla: bool = False):
        self._fn, self._xla = fn, xla
        self._traced: dict[Any, Traced] = {}
        self._shapes: dict[Any, list[list[Any]]] = {}  # traced as they are, by kind
        self._open: dict[Any, tuple[list[Any], Traced] | None] = {}
        self._lock = threading.Lock()

    def __call__(self, *args: Any) -> Any:
        if not tf.executing_eagerly():
            return self._fn(*args)  # within another trace
        tree: Any = args
        leaves, structure = optree.tree_flatten(tree)
        leaves = [leaf if isinstance(leaf, tf.Tensor) else place(leaf) for leaf in leaves]
        key = (structure, *kinds(leaves))
        traced = self._traced.get(key)
        if traced is None:
            with self._lock:
                traced = self._traced.get(key) or self._for(key, leaves, structure)
        return optree.tree_unflatten(traced.results, traced.run(leaves))

    def _for(self, key: Any, leaves: list[Any], structure: Any) -> Traced:
        kind = (structure, *[(x.shape.rank, x.dtype) for x in leaves])
        shapes = [x.shape for x in leaves]
        general = self._open.get(kind)
        if general and all(map(_Shape.is_compatible_with, general[0], shapes)):
            traced = general[1]
        else:
            traced = self._trace(shapes, leaves, structure)
            seen = self._shapes.setdefault(kind, [])
            seen.append(shapes)
            if len(seen) > _EXACT and kind not in self._open and not self._xla:
                self._open[kind] = self._with_open_sizes(seen, leaves, structure, traced)
        while len(self._traced) >= _KEPT:
            del self._traced[next(iter(self._traced))]
        self._traced[key] = traced
        return traced

    def _trace(self, shapes: list[Any], leaves: list[Any], structure: Any) -> Traced:
        results: Any = None

        def flat(*given: Any) -> list[Any]:
            nonlocal results
            tree: Any = self._fn(*optree.tree_unflatten(structure, given))
            leaves, results = optree.tree_flatten(tree)
            return [tf.identity(place(x)) for x in leaves]

        concrete = traced_as(flat, specs_of(shapes, leaves), self._xla)
        return Traced(straight(concrete), results, concrete.graph)

    def _with_open_sizes(
        self, seen: list[list[Any]], leaves: list[Any], structure: Any, exact: Traced
    ) -> tuple[list[Any], Traced] | None:
        shapes = [
            functools.reduce(_Shape.most_specific_compatible_shape, column)
            for column in zip(*seen, strict=True)
        ]
        try:
            traced = self._trace(shapes, leaves, structure)
            alike = all(map(_alike, traced.run(leaves), exact.run(leaves)))
        except Exception:  # something above needs to know a size
            return None
        return (shapes, traced) if alike and traced.results == exact.results else None

    def uses(self, operations: tuple[str, ...]) -> bool:
        """Tell whether a program kept has an operation whose name begins with one of these."""
        for traced in list(self._traced.values()):
            definition = traced.graph.as_graph_def()
            bodies = [definition.node, *(fn.node_def for fn in definition.library.function)]
            if any(node.op.startswith(operations) for body in bodies for node in body):
                return True
        return False


# Methods that the public properties call. These make objects for every new array: for the 130 of a small network
# they take 190 us, half as long as the step itself; the methods 30.
_shape_of, _dtype_of = (
    getattr(tf.__internal__.EagerTensor, name, None) for name in ("_shape_tuple", "_datatype_enum")
)


def kinds(leaves: list[Any]) -> Any:
    """Return what a program is traced for."""
    if _shape_of is None or _dtype_of is None:
        return [(tuple(x.shape), x.dtype) for x in leaves]
    return [*map(_shape_of, leaves), *map(_dtype_of, leaves)]


def _alike(x: Any, y: Any) -> bool:
    x, y = (np.asarray(z).astype(np.complex128) for z in (x, y))
    return x.shape == y.shape and np.allclose(x, y, rtol=1e-3, atol=1e-5, equal_nan=True)


class ByXla(Program):
    """A program that XLA compiles since the user asked for it; a plain one, with a warning, where it cannot."""

    def __init__(self, fn: Callable):
        super().__init__(fn, xla=True)

    def _trace(self, shapes: list[Any], leaves: list[Any], structure: Any) -> Traced:
        try:
            traced = super()._trace(shapes, leaves, structure)
            traced.run(leaves)
        except tf.errors.OpError as error:
            if not self._xla:
                raise
            reason = error.message.strip().partition("\n")[0]
            warn(
                "jit_compile=True: XLA does not compile this step, so it runs as with jit_compile='auto': "
                f"{type(error).__name__}: {reason}"
            )
            self._xla = False
            traced = super()._trace(shapes, leaves, structure)
        return traced


def compile(fn: Callable) -> Program:
    """The contract's `compile`."""
    return ByXla(fn) if is_thorough(fn) else Program(fn)


def specs_of(shapes: list[Any], leaves: list[Any]) -> list[Any]:
    """Return what arguments of these shapes and of the dtypes of `leaves` are."""
    return [tf.TensorSpec(shape, x.dtype) for shape, x in zip(shapes, leaves, strict=True)]


def traced_as(flat: Callable[..., list[Any]], specs: list[Any], xla: bool = False) -> Any:
    """Return a function of flat tensors, traced for arguments like `specs`."""
    return tf.function(flat, autograph=False, jit_compile=xla).get_concrete_function(*specs)


def is_traced(x):
    return tf.is_symbolic_tensor(x)


def straight(concrete: Any, executor: str = "") -> Callable[[list[Any]], list[Any]]:
    """Call a traced function of flat tensors without the public way's checks of its arguments and results.

    They cost more than a small network's step: 540 us against 80 for 30 tensors. Where this version of
    TensorFlow has no such way, the public one serves; and where a tape follows, which that way passes by.

    Args:
        executor: the name of what runs the kernels; TensorFlow's own choice by default. An error that it raises does
            not say where in the user's code the operation was made.
    """
    call = with_captured(concrete)
    if call is None:
        return lambda leaves: concrete(*leaves)
    captured = concrete.captured_inputs
    followed = gradients_util.PossibleTapeGradientTypes
    in_force: Any = context.context()
    try:
        name, count = concrete.inference_fn.name.decode(), len(concrete.outputs)
        options = in_force.function_call_options.as_attrs()
    except AttributeError:  # another version of TensorFlow
        return lambda leaves: concrete(*leaves) if followed(leaves) else call(*leaves, *captured)
    if executor:
        options["executor_type"] = executor
    attributes = (*chain(*options.items()),)

    def run(leaves: list[Any]) -> list[Any]:
        if followed(leaves):
            return concrete(*leaves)
        try:
            return execute.execute(name, count, [*leaves, *captured], attributes, in_force)
        except tf.errors.OpError:
            if executor:
                raise
            return call(*leaves, *captured)  # says in the error which operation that is

    return run


def with_captured(concrete: Any) -> Callable[..., Any] | None:
    """Return a traced function of its arguments and of what it has captured, if this version of TensorFlow has it."""
    return getattr(getattr(concrete, "_inference_function", None), "call_flat", None)
