"""`@op` takes its arguments in: native arrays, Variables, NumPy's arrays, numbers, symbols."""

from __future__ import annotations

import numpy as np

import lamina
from lamina import ops
from lamina.core.op import op
from lamina.core.symbolic import KerasTensor
from tests.layers.checks import raises_with


@op(promote="x y")
def plus(x: Tensor, y: Tensor, times: int = 1) -> Tensor:  # noqa: F821
    return (x + y) * times


def test_everything_array_like_enters(engine):
    native, variable = ops.convert_to_tensor([1.0, 2.0]), lamina.Variable([1.0, 2.0])
    for x in (native, variable, [1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0], "float32")):
        for found in (
            plus(x, native),
            plus(native, x),
            plus(x=x, y=native),
            plus(native, y=x),
            plus(x, x),
        ):
            assert isinstance(found, engine.array_types)
            np.testing.assert_allclose(ops.convert_to_numpy(found), [2, 4])
    np.testing.assert_allclose(ops.convert_to_numpy(plus(native, 1, times=3)), [6, 9])
    np.testing.assert_allclose(ops.convert_to_numpy(plus(np.float64(1), native)), [2, 3])
    if (
        engine.name != "numpy"
    ):  # whose own scalar a numpy.float64 is; elsewhere it is a Python float
        assert engine.dtype(plus(np.float64(1), native)) == "float32"


def test_symbols_enter_by_keyword_and_position():
    x = KerasTensor((None, 2))
    for found in (
        plus(x, 1),
        plus(x=x, y=1),
        plus(1, x),
        plus(1, y=x),
        plus(x, y=x, times=2),
        plus([1.0, 2.0], x),
    ):
        assert found.shape == (None, 2)
    with raises_with(TypeError, "list of symbolic tensors", "ops.stack"):
        plus([x, x], 1)


def test_an_op_must_say_which_arguments_are_tensors():
    with raises_with(TypeError, "@op nothing", "Tensor"):

        @op
        def nothing(x):
            return x
