"""Abstract evaluation on TensorFlow: a graph that is only built, and shapes that are known in it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import optree
import tensorflow as tf

from lamina.engine.contract import Spec
from lamina.engine.tensorflow.dtypes import DTYPES

_SCALARS = {bool: "bool", int: "int32", float: "float32", complex: "complex64"}
_abstract: ContextVar[bool] = ContextVar("lamina_tensorflow_abstract", default=False)
is_abstract = _abstract.get


def abstract(fn, *specs):
    tree: Any = specs
    token = _abstract.set(True)
    try:
        # A graph that is only built: a function traced in full costs ten times as much.
        with tf.__internal__.FuncGraph("abstract").as_default():
            inputs = optree.tree_map(
                lambda spec: tf.compat.v1.placeholder(DTYPES[spec.dtype], spec.shape), tree
            )
            return optree.tree_map(_spec, fn(*inputs))
    finally:
        _abstract.reset(token)


def _spec(x):
    if isinstance(x, tf.Tensor):
        return Spec(tuple(x.shape), x.dtype.name)
    return Spec((), _SCALARS[type(x)])


@contextmanager
def outside_trace():
    token = _abstract.set(False)
    try:
        with tf.init_scope():
            yield
    finally:
        _abstract.reset(token)
