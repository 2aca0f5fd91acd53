"""Every row of the table: values and dtypes against NumPy in float64; `abstract` against both."""

import pytest

from lamina.engine import current
from lamina.engine.contract import MissingCapabilityError, Spec
from lamina.engine.over_batches import over_batches
from lamina.testing.contract.checks import assert_same, covers, exact, take_in
from lamina.testing.contract.table import ALL, by_primitive

BY_PRIMITIVE = by_primitive(ALL)
covers(*BY_PRIMITIVE)


@pytest.mark.parametrize("primitive", BY_PRIMITIVE)
def test_values_and_dtypes_are_numpys(engine, primitive):
    for case in BY_PRIMITIVE[primitive]:
        for dtype in case.dtypes:
            arrays = take_in(engine, case.inputs, dtype)
            # Engines without 64-bit types take them in narrower: then it is that dtype which stays.
            kept = next(
                (engine.dtype(x) for x in arrays if engine.dtype(x) in ("float32", dtype)), dtype
            )
            expected = case.reference(*(exact(engine, x) for x in arrays))
            try:
                assert_same(engine, case.call(engine, *arrays), expected, kept)
            except Exception as error:
                error.add_note(f"in case {case} in {dtype}")
                raise


@covers("abstract")
@pytest.mark.parametrize("primitive", BY_PRIMITIVE)
def test_abstract_evaluation_equals_eager(engine, primitive):
    for case in BY_PRIMITIVE[primitive]:
        if case.label == "mask":
            continue  # its size depends on values
        arrays = take_in(engine, case.inputs, case.dtypes[0])
        specs = [Spec(engine.shape(x), engine.dtype(x)) for x in arrays]
        result = case.call(engine, *arrays)
        # The engine is asked for inside: an engine may lend another one for this.
        found = engine.abstract(lambda *xs, case=case: case.call(current.engine(), *xs), *specs)
        assert found == Spec(engine.shape(result), engine.dtype(result)), str(case)


@covers("compile", "untraced")
@pytest.mark.parametrize("primitive", [name for name in BY_PRIMITIVE if name != "argwhere"])
def test_a_program_computes_the_same_or_refuses_by_name(engine, primitive):
    """All rows in one program."""
    cases = [case for case in BY_PRIMITIVE[primitive] if case.label != "mask"]  # sizes by values
    inputs = [take_in(engine, case.inputs, case.dtypes[0]) for case in cases]

    @over_batches
    def compute(_, inputs):
        return [case.call(engine, *xs) for case, xs in zip(cases, inputs, strict=True)]

    run = engine.compile(compute)
    if primitive in engine.untraced:
        refused = "|".join(engine.untraced)  # its rows may need another one before it
        with pytest.raises(MissingCapabilityError, match=f"`({refused})` only where arrays have"):
            run([], inputs)
        return
    for case, xs, result in zip(cases, inputs, run([], inputs), strict=True):
        expected = case.reference(*(exact(engine, x) for x in xs))
        try:
            assert_same(engine, result, expected, case.dtypes[0])
        except Exception as error:
            error.add_note(f"in case {case}")
            raise
