"""Trying something out: a model learns, and afterwards all is as it was before."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lamina.core import seeds
from lamina.core.variable import assign_all, to_arrays
from lamina.metrics.exact import Exact


@contextmanager
def as_before(model: Any) -> Iterator[None]:
    """Let `model`, compiled and built, learn within; afterwards it and all random draws are as before.

    Put back are weights, the optimizer's state, metrics, the history, and where random draws stand: those
    of lamina, of Python and of NumPy. What was kept lies on the host, so the device's memory is as usual.
    """
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    collected = [(metric, [*metric.collected]) for metric in model.metrics if _is_exact(metric)]
    attributes = {n: getattr(model, n) for n in ("history", "stop_training", "steps_per_execution")}
    position, of_python, of_numpy = seeds.position(), random.getstate(), np.random.get_state()
    values = to_arrays(variables)
    try:
        yield
    finally:
        assign_all(variables, values)
        for metric, batches in collected:
            metric.collected[:] = batches
        for name, value in attributes.items():
            setattr(model, name, value)
        seeds.set_position(position)
        random.setstate(of_python)
        np.random.set_state(of_numpy)


def _is_exact(metric: Any) -> bool:
    return isinstance(metric, Exact)
