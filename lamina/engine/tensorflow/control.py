"""Flow that depends on values: Python's where values are known, TensorFlow's own within a graph."""

from typing import Any

import optree
import tensorflow as tf

from lamina.engine import stepwise
from lamina.engine.abstractly import is_abstract
from lamina.engine.tensorflow.abstract import abstract
from lamina.engine.tensorflow.convert import asarray
from lamina.engine.tensorflow.dtypes import DTYPES


def _in_python():
    return is_abstract() or tf.executing_eagerly()


def _flatten(tree):
    """Leaves as tensors, and the structure."""
    leaves, structure = optree.tree_flatten(tree)
    return [asarray(leaf) for leaf in leaves], structure


def cond(predicate, when_true, when_false):
    if _in_python():
        return stepwise.cond(predicate, when_true, when_false)
    structure: Any = None

    def branch(fn):
        nonlocal structure
        leaves, structure = _flatten(fn())
        return leaves or [tf.constant(0)]  # TensorFlow wants at least one result

    leaves = tf.cond(predicate, lambda: branch(when_true), lambda: branch(when_false))
    return optree.tree_unflatten(structure, leaves[: structure.num_leaves])


def while_loop(condition, body, state):
    if _in_python():
        return stepwise.while_loop(condition, body, state)
    leaves, structure = _flatten(tuple(state))

    def unflatten(leaves):
        return optree.tree_unflatten(structure, leaves)

    result = tf.while_loop(
        lambda *leaves: condition(*unflatten(leaves)),
        lambda *leaves: _flatten(tuple(body(*unflatten(leaves))))[0],
        leaves,
    )
    return unflatten(result)


def scan(fn, init, xs, length):
    if _in_python() or (length is not None and length < 2):
        return stepwise.scan(fn, init, xs, length, tf.unstack)
    xs_leaves, xs_structure = _flatten(xs)
    carry_leaves, carry_structure = _flatten(init)
    count = tf.shape(xs_leaves[0])[0] if length is None else length

    def rows(i):
        return optree.tree_unflatten(xs_structure, [x.read(i) for x in inputs])

    def body(i, carry, outputs):
        new, y = fn(optree.tree_unflatten(carry_structure, carry), rows(i))
        outputs = [out.write(i, leaf) for out, leaf in zip(outputs, _flatten(y)[0], strict=True)]
        return i + 1, _flatten(new)[0], outputs

    # The shape of a result is needed before the loop; abstractly it costs a fraction of a trace.
    one: Any = optree.tree_map(lambda x: x[0], xs)
    y = abstract(lambda: fn(init, one)[1])
    specs, y_structure = optree.tree_flatten(y)
    inputs = [_array_of(x.dtype, x.shape[1:], count).unstack(x) for x in xs_leaves]
    outputs = [_array_of(DTYPES[spec.dtype], spec.shape, count) for spec in specs]
    _, carry, outputs = tf.while_loop(
        lambda i, carry, outputs: i < count,
        body,
        (tf.constant(0), carry_leaves, outputs),
        maximum_iterations=count,
    )
    stacked = [out.stack() for out in outputs]
    for leaf, spec in zip(stacked, specs, strict=True):
        leaf.set_shape((length, *spec.shape))
    results = optree.tree_unflatten(y_structure, stacked)
    return optree.tree_unflatten(carry_structure, carry), results


def _array_of(dtype, shape, length):
    return tf.TensorArray(dtype, length, element_shape=shape, clear_after_read=False)


def vmap(fn):
    def run(xs):
        leaves, structure = _flatten(xs)
        if leaves[0].shape[0] == 0 or is_abstract():
            return stepwise.vmap(fn, tf.unstack)(xs)
        y_structure: Any = None

        def flat(row):
            nonlocal y_structure
            results, y_structure = _flatten(fn(optree.tree_unflatten(structure, row)))
            return results

        results = tf.vectorized_map(flat, leaves)
        return optree.tree_unflatten(y_structure, results)

    return run
