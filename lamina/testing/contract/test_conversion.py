"""Arrays in and out: every dtype, odd memory layouts, scalars, lists."""

import ml_dtypes
import numpy as np
import pytest

from lamina.engine import names
from lamina.engine.contract import CAPABILITIES, MissingCapabilityError, members
from lamina.testing.contract.checks import covers, same

WIDE = {"int64", "uint64", "float64", "complex128"}  # an engine may take these in narrower
DTYPES = [name for name in names.DTYPES if name != "complex128" and "float8" not in name]


def host(values, dtype):
    return np.array(values).astype(getattr(ml_dtypes, dtype, dtype))


@covers("asarray", "to_numpy", "dtype", "shape", "sizes", "array_types")
@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_arrays_go_in_and_out(engine, dtype):
    for values in ([[0, 1, 2], [3, 4, 5]], 1, [], [[]]):
        given = host(values, dtype)
        array = engine.asarray(given)
        assert isinstance(array, engine.array_types)
        assert tuple(engine.shape(array)) == given.shape == tuple(engine.sizes(array))
        back = engine.to_numpy(array)
        assert engine.dtype(array) == back.dtype.name
        assert back.dtype.name == dtype or dtype in WIDE
        np.testing.assert_array_equal(back, given)


@covers("cast")
@pytest.mark.parametrize("dtype", DTYPES[:-1])
def test_cast_to_every_dtype_and_back(engine, dtype):
    array = engine.cast(engine.asarray([0.0, 1.0, 2.75]), dtype)
    assert engine.dtype(array) == dtype or dtype in WIDE
    expected = [0, 1, 1] if dtype == "bool" else [0, 1, 2.75 if "float" in dtype else 2]
    back = engine.cast(array, "float32")
    assert engine.dtype(back) == "float32"
    same(engine, back, expected)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (True, "bool"),
        (3, "int32"),
        (0.5, "float32"),
        ([], "float32"),
        ([1, 2], "int32"),
        ([[0.5], [1]], "float32"),
        ((1, 2.5), "float32"),
        ([True, False], "bool"),
        (np.float16(1.5), "float16"),
        (np.int8(3), "int8"),
    ],
)
def test_python_values_take_the_narrow_dtype(engine, given, dtype):
    array = engine.asarray(given)
    assert engine.dtype(array) == dtype
    same(engine, array, given)


@pytest.mark.parametrize("given", [3, 2.0, [1, 2], np.array([1.0, 2.0]), np.array([1, 2], "uint8")])
@pytest.mark.parametrize("dtype", ["float32", "int32", "bfloat16", "bool"])
def test_a_dtype_asked_for_is_given(engine, given, dtype):
    array = engine.asarray(given, dtype)
    assert engine.dtype(array) == dtype
    assert engine.dtype(engine.asarray(array, "float32")) == "float32"


def test_lists_of_native_arrays_are_stacked(engine):
    x = engine.asarray([1.0, 2.0])
    result = engine.asarray([x, x])
    assert engine.dtype(result) == "float32"
    same(engine, result, [[1, 2], [1, 2]])


def test_native_arrays_stay(engine):
    x = engine.asarray(host([1, 2], "bfloat16"))
    assert engine.dtype(engine.asarray(x)) == "bfloat16"


@covers("place", "synchronize")
@pytest.mark.filterwarnings("error")
def test_any_memory_layout_is_taken_without_a_warning(engine):
    base = np.arange(12.0, dtype="float32").reshape(3, 4)
    frozen = base.copy()
    frozen.flags.writeable = False
    layouts = [base.T, base[::-1], base[:, ::2], frozen, base.astype(">f4")]
    for given in (*layouts, np.broadcast_to(base[0], (3, 4))):
        for take_in in (engine.asarray, engine.place):
            array = take_in(given)
            engine.synchronize({"a": [array], "b": None})
            assert engine.dtype(array) == "float32"
            same(engine, array, given)


def test_placing_keeps_bytes_and_halves(engine):
    for dtype in ("uint8", "bfloat16", "uint32"):
        assert engine.dtype(engine.place(host([[1], [2]], dtype))) == dtype


@covers("name", "itself", "capabilities")
def test_an_engine_says_who_it_is_and_what_it_does(engine, backend):
    assert engine.name == backend
    assert engine.itself is engine
    assert engine.capabilities <= CAPABILITIES.keys()


def test_what_is_not_declared_has_a_fallback_or_says_so(engine):
    for name in CAPABILITIES.keys() - engine.capabilities:
        for member in members(CAPABILITIES[name]):
            if not hasattr(engine, member):
                with pytest.raises(MissingCapabilityError, match=f"does not {name[:-1]}"):
                    getattr(engine, member)


# Devices


@covers("device", "place")
def test_arrays_are_made_and_placed_on_the_host(engine):
    x = np.arange(3, dtype="float32")
    with engine.device("CPU:0"):
        made = engine.add(engine.asarray(x), 1.0)
    same(engine, made, x + 1)
    same(engine, engine.place(x, "cpu"), x)


@pytest.mark.parametrize("name", ["cpu:99", "abacus", "", None])
def test_a_device_that_is_not_there_is_refused(engine, name):
    with pytest.raises(ValueError, match=r"There is no device|A device is named"):
        engine.device(name).__enter__()


@covers("is_mismatch")
def test_an_engine_tells_arrays_that_do_not_fit(engine):
    with pytest.raises(Exception) as raised:
        engine.matmul(engine.full((2, 3), 1.0, "float32"), engine.full((4, 5), 1.0, "float32"))
    error = raised.value
    assert isinstance(error, (TypeError, ValueError, LookupError)) or engine.is_mismatch(error)
    assert not engine.is_mismatch(NotImplementedError("absent"))


@covers("memory")
def test_memory_is_counted_in_bytes_if_it_is_known(engine):
    for size in (engine.memory(), engine.memory("cpu")):
        assert size is None or size > 2**20


@covers("is_out_of_memory")
def test_an_engine_that_has_no_memory_left_says_so(engine):
    with pytest.raises(Exception) as raised:  # each engine has an error of its own
        engine.synchronize([engine.full((2**50,), 1.0, "float32")])
    assert engine.is_out_of_memory(raised.value)
    assert not engine.is_out_of_memory(ValueError("another"))
