"""Every smooth row of the table: gradients against finite differences in float64."""

import numpy as np
import pytest

from lamina.testing.contract.checks import (
    close,
    covers,
    draw_weights,
    is_float,
    numeric_gradients,
    take_in,
)
from lamina.testing.contract.table import ALL, by_primitive

SMOOTH = [
    case
    for case in ALL
    if case.smooth
    and case.dtypes[0] == "float32"
    and any(is_float(x) for x in case.inputs)
    and is_float(np.asarray(case.reference(*case.inputs)))
]
BY_PRIMITIVE = by_primitive(SMOOTH)


@covers("value_and_grad")
@pytest.mark.parametrize("primitive", BY_PRIMITIVE)
def test_gradients_are_the_slopes(engine, primitive):
    for case in BY_PRIMITIVE[primitive]:
        weights = draw_weights(np.shape(case.reference(*case.inputs)))
        arrays = take_in(engine, case.inputs, "float32")
        floating = [i for i, x in enumerate(case.inputs) if is_float(x)]

        def loss(values, case=case, arrays=arrays, floating=floating, weights=weights):
            given = list(arrays)
            for i, value in zip(floating, values, strict=True):
                given[i] = value
            return engine.sum(
                engine.multiply(case.call(engine, *given), engine.asarray(weights, "float32"))
            ), None

        # Compiled, as in training: one program instead of one per primitive and its slope.
        _, gradients = engine.compile(engine.value_and_grad(loss))([arrays[i] for i in floating])
        for result, expected in zip(
            gradients, numeric_gradients(case.reference, case.inputs, weights), strict=True
        ):
            close(engine, result, expected, rtol=2e-3, atol=2e-4, err_msg=str(case))
