"""JAX's own way of training: pure functions of trees of arrays."""

from contextlib import nullcontext

import jax


def admit(kind, value_of):
    jax.tree_util.register_pytree_node(
        kind, lambda x: ((value_of(x),), None), lambda _, values: values[0]
    )


records = follows = None  # a transformation sees what it is given, and nothing else


def _has_none(*arguments):
    raise NotImplementedError(
        "JAX has no variables: pass values to a pure function, and return them."
    )


native_variable = value_of = update = let_train = _has_none

recording = nullcontext


def watched(x):
    return x


def note_read(variable):
    pass
