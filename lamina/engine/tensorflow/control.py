"""Flow that depends on values: Python's where values are known, TensorFlow's own within a graph."""

from __future__ import annotations

from typing import Any

import optree
import tensorflow as tf

from lamina.engine.tensorflow.abstract import abstract, is_abstract
from lamina.engine.tensorflow.convert import asarray
from lamina.engine.tensorflow.dtypes import DTYPES


def _flatten(tree):
    """Leaves as tensors, and the structure."""
    leaves, structure = optree.tree_flatten(tree)
    return [asarray(leaf) for leaf in leaves], structure


def cond(predicate, when_true, when_false):
    if is_abstract():  # the branches agree in shape, so either will do
        return when_true()
    if tf.executing_eagerly():
        return when_true() if predicate else when_false()
    structure: Any = None

    def branch(fn):
        def call():
            nonlocal structure
            leaves, structure = _flatten(fn())
            return leaves or [tf.constant(0)]  # TensorFlow wants at least one result

        return call

    leaves = tf.cond(predicate, branch(when_true), branch(when_false))
    return optree.tree_unflatten(structure, leaves[: structure.num_leaves])


def while_loop(condition, body, state):
    state = tuple(state)
    if is_abstract():
        return tuple(body(*state))
    if tf.executing_eagerly():
        while condition(*state):
            state = tuple(body(*state))
        return state
    leaves, structure = _flatten(state)

    def unflatten(leaves):
        return optree.tree_unflatten(structure, leaves)

    found = tf.while_loop(
        lambda *leaves: condition(*unflatten(leaves)),
        lambda *leaves: _flatten(tuple(body(*unflatten(leaves))))[0],
        leaves,
    )
    return unflatten(found)


def scan(fn, init, xs, length):
    if length == 0:
        return init, _no_results(fn, init, xs)
    if is_abstract():
        carry, y = fn(init, optree.tree_map(lambda x: x[0], xs))
        return carry, optree.tree_map(lambda x: tf.broadcast_to(x, (length, *x.shape)), y)
    if tf.executing_eagerly() or length == 1:
        return _scan_in_python(fn, init, xs, length)
    return _scan_in_graph(fn, init, xs, length)


def _scan_in_python(fn, init, xs, length):
    leaves, structure = optree.tree_flatten(xs)
    rows = [tf.unstack(x, length) for x in leaves]
    y: Any = None
    carry, results = init, []
    for i in range(length):
        carry, y = fn(carry, optree.tree_unflatten(structure, [row[i] for row in rows]))
        results.append(optree.tree_leaves(y))
    stacked = [tf.stack(column) for column in zip(*results, strict=True)]
    return carry, optree.tree_unflatten(optree.tree_structure(y), stacked)


def _scan_in_graph(fn, init, xs, length):
    xs_leaves, xs_structure = _flatten(xs)
    carry_leaves, carry_structure = _flatten(init)

    def rows(i):
        return optree.tree_unflatten(xs_structure, [x.read(i) for x in inputs])

    def body(i, carry, outputs):
        new, y = fn(optree.tree_unflatten(carry_structure, carry), rows(i))
        outputs = [out.write(i, leaf) for out, leaf in zip(outputs, _flatten(y)[0], strict=True)]
        return i + 1, _flatten(new)[0], outputs

    # The shape of a result is needed before the loop; abstractly it costs a fraction of a trace.
    one = optree.tree_map(lambda x: _zeros(x.shape[1:], x.dtype), xs)
    y = abstract(lambda: fn(init, one)[1])
    specs, y_structure = optree.tree_flatten(y)
    inputs = [_array_of(x.dtype, x.shape[1:], length).unstack(x) for x in xs_leaves]
    outputs = [_array_of(DTYPES[spec.dtype], spec.shape, length) for spec in specs]
    _, carry, outputs = tf.while_loop(
        lambda i, carry, outputs: i < length,
        body,
        (tf.constant(0), carry_leaves, outputs),
        maximum_iterations=length,
    )
    stacked = [out.stack() for out in outputs]
    for leaf, spec in zip(stacked, specs, strict=True):
        leaf.set_shape((length, *spec.shape))
    return optree.tree_unflatten(carry_structure, carry), optree.tree_unflatten(
        y_structure, stacked
    )


def _array_of(dtype, shape, length):
    return tf.TensorArray(dtype, length, element_shape=shape, clear_after_read=False)


def _zeros(shape, dtype):
    return tf.zeros(shape, dtype)


def _no_results(fn, init, xs):
    """What a scan of length 0 stacks: arrays of the right dtype and shape, without rows."""
    one = optree.tree_map(lambda x: _zeros(x.shape[1:], x.dtype), xs)
    specs = abstract(lambda: fn(init, one)[1])
    return optree.tree_map(lambda spec: _zeros((0, *spec.shape), DTYPES[spec.dtype]), specs)


def vmap(fn):
    def run(xs):
        leaves, structure = _flatten(xs)
        y_structure: Any = None
        length = leaves[0].shape[0]
        if length == 0 or is_abstract():
            return scan(lambda carry, x: (carry, fn(x)), (), xs, length)[1]

        def flat(row):
            nonlocal y_structure
            results, y_structure = _flatten(fn(optree.tree_unflatten(structure, row)))
            return results

        results = tf.vectorized_map(flat, leaves)
        return optree.tree_unflatten(y_structure, results)

    return run
