"""Every op's gradient beside finite differences, which the NumPy engine takes in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lamina import ops
from lamina.core import dtypes, tree
from lamina.engine.current import using
from tests.ops.rows import CASES, NOT_SMOOTH, namespace

STEP = 1e-5


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.name in ("float32", "float64")


def weighted(name: str, args: Any, kwargs: dict, wide: bool) -> Any:
    """One number: the op's floating results, summed with fixed weights."""
    total = 0.0
    for found in tree.flatten(getattr(namespace(name, ops), name)(*args, **kwargs)):
        if dtypes.is_float(dtypes.standardize(found.dtype)):
            weights = np.cos(np.arange(found.size if wide else ops.size(found)) * 1.7)
            weights = weights.reshape(tuple(found.shape))
            total = total + ops.sum(found * (weights if wide else ops.cast(weights, found.dtype)))
    return total


def smooth_cases(name: str) -> list:
    """Calls with finite floating inputs."""
    return [
        (args, kwargs)
        for args, kwargs in CASES[name]
        if any(is_float(x) for x in tree.flatten(args))
        and all(np.isfinite(x).all() for x in tree.flatten(args) if is_float(x))
    ]


def filled(args: Any, new: list) -> Any:
    """`args` with its floating arrays replaced by `new`, in order."""
    left = iter(new)
    return tree.map_structure(lambda x: next(left) if is_float(x) else x, args)


@pytest.mark.parametrize("name", sorted(set(CASES) - NOT_SMOOTH))
def test_gradients_are_those_of_finite_differences(name, trains):
    for args, kwargs in smooth_cases(name):
        values = [x for x in tree.flatten(args) if is_float(x)]
        rng = np.random.default_rng(0)
        directions = [rng.normal(size=x.shape) for x in values]

        def objective(new: list, args: Any = args, kwargs: dict = kwargs) -> tuple:
            return weighted(name, filled(args, new), kwargs, wide=False), None

        with using("numpy"):
            ahead, behind = (
                weighted(
                    name,
                    filled(
                        args,
                        [
                            x.astype("float64") + s * d
                            for x, d in zip(values, directions, strict=True)
                        ],
                    ),
                    kwargs,
                    wide=True,
                )
                for s in (STEP, -STEP)
            )
        if isinstance(ahead, float):
            continue  # no floating result
        expected = (ahead - behind) / (2 * STEP)
        _, gradients = trains.value_and_grad(objective)([trains.asarray(x) for x in values])
        parts = [
            float(np.sum(ops.convert_to_numpy(g).astype("float64") * d))
            for g, d in zip(gradients, directions, strict=True)
        ]
        scale = sum(
            float(np.abs(ops.convert_to_numpy(g) * d).sum())
            for g, d in zip(gradients, directions, strict=True)
        )
        assert abs(sum(parts) - expected) <= 1e-3 * (scale + 1), (name, args, kwargs)
