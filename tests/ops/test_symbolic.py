"""Every op on symbolic tensors gives the shape and dtype that it has on values, whatever the shapes."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import lamina
from lamina import ops
from lamina.core import dtypes, tree
from lamina.core.symbolic import KerasTensor
from lamina.engine.current import engine
from tests.ops.rows import FIXED_SIZES, NAMESPACES, TABLE, WITHOUT_SYMBOLIC, namespace
from tests.ops.together import results


def test_every_op_is_in_the_table():
    places = ["lamina.ops", *(f"lamina.ops.{place}" for place in NAMESPACES.values())]
    public = {
        name
        for place in places
        for name, thing in vars(importlib.import_module(place)).items()
        if inspect.isfunction(thing) and thing.__module__.startswith("lamina.ops")
    }
    assert public == set(TABLE) | WITHOUT_SYMBOLIC


# They must know the channels of an image, the columns of windows, the elements that are repeated.
KNOWN_BEYOND_FIRST = {"rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb", "fold", "repeat"}


def symbolic(x: Any, unknown: int | None = None) -> Any:
    """A symbolic tensor like the array `x`, the size along the axis `unknown` not told."""
    if not isinstance(x, np.ndarray):
        return x
    shape = tuple(None if axis == unknown else n for axis, n in enumerate(x.shape))
    return KerasTensor(shape, dtypes.standardize(x.dtype))


def facts(found: Any) -> list:
    return [
        (tuple(x.shape), x.dtype if isinstance(x, KerasTensor) else engine().dtype(x))
        for x in tree.flatten(found)
    ]


@pytest.mark.parametrize("name", TABLE)
def test_symbolic_facts_are_those_of_values(name, backend):
    from lamina.engine.current import using

    op = getattr(namespace(name, ops), name)

    # JAX compiles each operation for each shape; and its abstract values come from the same code.
    count = 2 if backend == "jax" else 6

    @settings(
        max_examples=count, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def check(data: Any) -> None:
        args, kwargs = TABLE[name](data.draw)
        native = tree.map_structure(
            lambda x: engine().asarray(x) if isinstance(x, np.ndarray) else x, args
        )
        expected = facts(results(op, [(native, kwargs)], together=backend == "jax"))
        assert facts(op(*tree.map_structure(symbolic, args), **kwargs)) == expected
        shapes = {x.shape for x in tree.flatten(args) if isinstance(x, np.ndarray)}
        leaders, ranks = {shape[:1] for shape in shapes}, {len(shape) for shape in shapes}
        if name in FIXED_SIZES or len(leaders) != 1 or len(ranks) != 1 or leaders & {(), (1,)}:
            return
        last = 0 if len(shapes) > 1 or name in KNOWN_BEYOND_FIRST else max(ranks) - 1
        axis = data.draw(st.integers(0, last))
        found = facts(op(*tree.map_structure(lambda x: symbolic(x, axis), args), **kwargs))
        for (shape, dtype), (known, expected_dtype) in zip(found, expected, strict=True):
            assert dtype == expected_dtype and len(shape) == len(known)
            assert all(n in (None, m) for n, m in zip(shape, known, strict=True))

    with using(backend):
        check()


def test_an_index_beyond_the_end_is_refused(engine):
    x = lamina.Input((3,))
    assert x[5, ..., -3].shape == ()  # of samples there may be 6
    for key in ((slice(None), 3), (..., -4)):
        with pytest.raises(IndexError, match="for an axis of size 3"):
            x[key]
