"""Abstract evaluation on TensorFlow: a graph that is only built, and shapes that are known in it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import optree
import tensorflow as tf
from tensorflow.python.eager.graph_only_ops import graph_placeholder  # half of placeholder's time

from lamina.engine.abstractly import abstractly
from lamina.engine.stepwise import spec
from lamina.engine.tensorflow.dtypes import DTYPES


def abstract(fn, *specs):
    tree: Any = specs
    # A graph that is only built: a function traced in full costs ten times as much.
    needs_value = r"symbolic `?tf\.Tensor|SymbolicTensor"
    with abstractly(needs_value=needs_value), tf.__internal__.FuncGraph("abstract").as_default():
        inputs = optree.tree_map(
            lambda spec: graph_placeholder(DTYPES[spec.dtype], tf.TensorShape(spec.shape)), tree
        )
        return optree.tree_map(spec, fn(*inputs))


@contextmanager
def outside_trace():
    with abstractly(False), tf.init_scope():
        yield
