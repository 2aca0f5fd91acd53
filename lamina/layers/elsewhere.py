"""Layers called where the engine in force does not compute: in the graph of a `tf.data` map, in a worker.

A layer that prepares data is called in a pipeline as well as in a model. There

- a symbolic tensor of TensorFlow is computed with on the tensorflow engine, whichever is in force. The
  graph runs many times, so keys of random draws come from a counter in the graph;
- a process that was started for work on data (by a DataLoader, Grain, `multiprocessing`) computes on
  NumPy what is given as NumPy arrays, and imports no other engine. Its draws are its own.
"""

from __future__ import annotations

import multiprocessing
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lamina.core import tree
from lamina.core.scope import StatelessScope, stateless
from lamina.core.seeds import SeedGenerator, key_source
from lamina.engine.current import PROCESS, engine, using
from lamina.layers.call_context import current
from lamina.layers.signatures import facts_of
from lamina.layers.weights import flatten_layers, sublayers

# Counters of keys in graphs, and processes that generators belong to.
_counters: WeakKeyDictionary[SeedGenerator, Any] = WeakKeyDictionary()
_processes: WeakKeyDictionary[SeedGenerator, str] = WeakKeyDictionary()


class PreparesData:
    """What a layer is that makes data ready, and learns nothing by gradients."""


def elsewhere(layer: Any, args: tuple, kwargs: dict) -> AbstractContextManager | None:
    """Return what puts the engine in force that computes an outermost call of `layer` with these arguments.

    `None` if that is the one in force already.
    """
    if current.get() is not None or stateless.get() is not None:
        return None
    in_worker = multiprocessing.parent_process() is not None and engine() is PROCESS
    if not in_worker and "tensorflow" not in sys.modules:
        return None
    leaves = [x for x in tree.flatten([args, kwargs]) if hasattr(x, "dtype")]
    if any(map(is_in_graph, leaves)):
        # A model that learns within a `tf.function` has its state in variables of TensorFlow.
        learns = engine().name == "tensorflow" and not _prepares_data(layer)
        return None if learns else _in_graph()
    if in_worker and leaves and all(isinstance(x, (np.ndarray, np.generic)) for x in leaves):
        return _in_worker() if _prepares_data(layer) else None
    return None


def _prepares_data(layer: Any) -> bool:
    """Tell whether a layer, or a model of such layers, has nothing to learn."""
    parts = [part for part in flatten_layers(layer) if not sublayers(part)]
    return all(isinstance(p, PreparesData) or facts_of(type(p)).weightless for p in parts)


def is_in_graph(x: Any) -> bool:
    """Tell whether `x` is a tensor in a graph of TensorFlow, without a value."""
    return type(x).__module__.startswith("tensorflow.") and sys.modules[
        "tensorflow"
    ].is_symbolic_tensor(x)


def in_pipeline() -> bool:
    """Tell whether the graph of a pipeline is being made, and not that of a model's step."""
    return key_source.get() is _counted


@contextmanager
def _in_graph() -> Iterator[None]:
    token = key_source.set(_counted)
    try:
        if engine().name == "tensorflow":  # weights are variables of its own
            yield
        else:  # weights are constants of the graph
            with using("tensorflow"), StatelessScope():
                yield
    finally:
        key_source.reset(token)


def _counted(generator: SeedGenerator) -> Any:
    """Return the key of one run of a graph: no two runs draw the same one, not even at once."""
    import tensorflow as tf

    if generator not in _counters:
        with tf.init_scope():
            _counters[generator] = tf.random.Generator.from_seed(generator.seed, "philox")
    return _counters[generator].uniform_full_int((2,), tf.uint32)


@contextmanager
def _in_worker() -> Iterator[None]:
    token = key_source.set(_of_process)
    try:
        with using("numpy"):
            yield
    finally:
        key_source.reset(token)


def _of_process(generator: SeedGenerator) -> Any:
    """Return the generator's next key, from a sequence that this process alone draws."""
    process = multiprocessing.current_process().name
    if _processes.get(generator) != process:
        _processes[generator] = process
        own = np.array([zlib.crc32(process.encode()), 0], "uint32")
        generator.state.assign(generator.state.numpy() ^ own)
    return generator.advance()
