"""N01-N08: `.npz` files made to do harm. What archives can do is tested in `test_zip.py`.

Each case has a live control (`numpy.load` without its guard obeys the file, or NumPy itself refuses it), and
a twin, the same file without the one detail, which loads.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import lamina
from lamina.saving import FormatError, LimitError, LoadError, PolicyError
from lamina.saving.weights import read_weights

KERNEL, BIAS = np.arange(4, dtype="<f4").reshape(2, 2), np.arange(2, dtype="<f4")
AT = "layers/dense/vars/"


def _model():
    return lamina.Sequential([lamina.layers.Dense(2, input_shape=(2,))])


def npy_bytes(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


VALUES = KERNEL.tobytes()


def with_header(text, data=VALUES, version=1, length=None):
    text = text if isinstance(text, bytes) else text.encode("latin-1")
    size = (len(text) if length is None else length).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def array_header(descr="'<f4'", shape="(2, 2)", fortran="False", more=""):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, {more}}}\n"


def npz_file(path, kernel, name=f"{AT}0.npy"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, kernel)
        archive.writestr(f"{AT}1.npy", npy_bytes(BIAS))
    return path


def _refuses(path, match, error=FormatError):
    model = _model()
    before = model.get_weights()
    with io.BytesIO(path.read_bytes()) as file:
        file.name = path.name
        for source in (path, file):
            with pytest.raises(error, match=match) as caught:
                read_weights(model, source, skip_mismatch=True, ending=".npz")
            assert path.name in str(caught.value) and len(str(caught.value)) < 4096
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.npz"


def _numpy_takes(path):
    try:
        with np.load(path) as arrays:
            return all(arrays[name] is not None for name in arrays.files)
    except Exception:
        return False


@pytest.mark.parametrize(
    "write", [np.savez, np.savez_compressed, zipfile], ids=["savez", "compressed", "zipfile"]
)
def test_the_twin_loads(path, write):
    if write is zipfile:
        npz_file(path, with_header(array_header()))
    else:
        write(path, **{f"{AT}0": KERNEL, f"{AT}1": BIAS})
    model = _model()
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], KERNEL)


class _Sentinel:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_n01_pickled_objects_are_not_loaded(path, tmp_path):
    sentinel = tmp_path / "sentinel"
    npz_file(path, npy_bytes(np.array([[_Sentinel(str(sentinel))] * 2] * 2)))
    _refuses(path, "pickled objects", PolicyError)
    assert not sentinel.exists()
    with np.load(path, allow_pickle=True) as arrays:
        arrays[f"{AT}0"]
    assert sentinel.exists(), "live control"


def test_n01_npz_of_keras_within_models_is_a_pickle(path):
    npz_file(
        path, npy_bytes(np.array({"0": KERNEL, "1": BIAS}, dtype=object)), "layers/dense/vars.npy"
    )
    _refuses(path, "pickled objects", PolicyError)


def test_n01_a_bare_pickle(path):
    path.write_bytes(pickle.dumps({"layers/dense/vars/0": KERNEL}))
    _refuses(path, "is refused")
    assert pickle.loads(path.read_bytes()), "live control"


# A match of `None` stands for any; NumPy takes, or refuses, the file by itself.
NPZ_CASES = {
    "N02 4 TiB that are not there": (with_header(array_header(shape="(1099511627776,)"), b""), "declares"),
    "N03 a size below zero": (with_header(array_header(shape="(-2, -2)")), "not plain"),
    "N03 zero times a huge size": (with_header(array_header(shape="(0, 9223372036854775808)")), "declares"),
    "N03 a product of 2**64 + 4": (with_header(array_header(shape="(4294967296, 4294967297)")), "declares"),
    "N03 sizes whose product overflows": (
        with_header(array_header(shape="(9223372036854775807, 9223372036854775807)")), "declares",
    ),
    "N03 a size of twenty digits": (with_header(array_header(shape="(12345678901234567890, 2)")), "not plain"),
    "N04 header of 1 MB": (
        with_header(array_header() + " " * 2**20, version=2), "header of .* bytes",
    ),
    "N04 header of deep parentheses": (with_header("(" * 2000), "not plain"),
    "N04 header that computes": (with_header(array_header(shape="(1+1, 2)")), "not plain"),
    "N04 header that calls": (with_header(array_header(shape="tuple((2, 2))")), "not plain"),
    "N04 header with an f-string": (with_header(array_header(descr="f'<f{4}'")), "not plain"),
    "N04 header without a key": (with_header("{'descr': '<f4', 'shape': (2, 2), }\n"), "not plain"),
    "N04 header with a key more": (with_header(array_header(more="'x': 1")), "not plain"),
    "N04 header with a key twice": (with_header(array_header(more="'shape': (4,)")), "not plain"),
    "N04 header that is a list": (with_header("[]\n"), "not plain"),
    "N04 header with a list for a shape": (with_header(array_header(shape="[2, 2]")), "not plain"),
    "N04 other digits than ASCII's": (
        with_header(array_header(shape="(2, \u0662)").encode("utf-8"), version=3), "not plain text",
    ),
    "N05 version 4": (with_header(array_header(), version=4), "not a file of an array"),
    "N05 version 0": (with_header(array_header(), version=0), "not a file of an array"),
    "N05 another beginning": (b"PICKLE" + npy_bytes(KERNEL)[6:], "not a file of an array"),
    "N05 header that ends past the file": (with_header(array_header(), b"", length=4000), "cut off"),
    "N05 four bytes": (b"\x93NUM", "not a file of an array"),
    "N05 header in Latin-1": (with_header(array_header(more="'\xe9': 1")), "not plain text"),
    "N06 a structure": (npy_bytes(np.zeros((2, 2), [("a", "f4")])), "not plain"),
    "N06 an array of arrays": (with_header(array_header(descr="('<f4', (1000000,))")), "not plain"),
    "N06 opaque bytes": (npy_bytes(np.zeros((2, 2), "V4")), "dtype"),
    "N06 dates": (npy_bytes(np.zeros((2, 2), "M8[s]")), "dtype"),
    "N06 text": (npy_bytes(np.zeros((2, 2), "U1")), "dtype"),
    "N06 text of a million letters": (with_header(array_header(descr="'<U1000000'")), "dtype"),
    "N06 bytes": (npy_bytes(np.zeros((2, 2), "S4")), "dtype"),
    "N06 long double": (npy_bytes(np.zeros((2, 2), np.longdouble)), "dtype"),
    "N08 data too short": (npy_bytes(KERNEL)[:-1], "declares"),
    "N08 data too long": (npy_bytes(KERNEL) + b"x", "declares"),
    "N08 no data": (npy_bytes(KERNEL)[:-16], "declares"),
    "truth values that are neither": (with_header(array_header(descr="'|b1'"), b"\1\0\2\1"), None),
}  # fmt: skip


@pytest.mark.parametrize(("member", "match"), NPZ_CASES.values(), ids=NPZ_CASES)
def test_members(path, member, match):
    npz_file(path, member)
    if match is None:  # it is a legal array, of another kind than the weight
        with pytest.raises(LoadError, match="dtype"):
            _model().load_weights(path)
    else:
        _refuses(path, match)


@pytest.mark.parametrize(
    "id", ["N06 a structure", "N06 text", "N06 dates", "N08 data too long", "N06 bytes"]
)
def test_the_live_control_numpy_takes_these(path, id):
    assert _numpy_takes(npz_file(path, NPZ_CASES[id][0]))


_HEADERS = """
import sys
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event in ("compile", "exec") and on else None)
on = False
import lamina, numpy as np
from lamina.saving import LoadError
from lamina.saving.weights import read_weights
model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(2,))])
try:
    read_weights(model, sys.argv[1], ending=".npz")
except LoadError:
    pass
on = True
try:
    read_weights(model, sys.argv[1], ending=".npz")
except LoadError as error:
    assert "not plain" in str(error)
assert not seen, seen
try:
    np.load(sys.argv[1])["layers/dense/vars/0"]
except ValueError:
    pass
assert "compile" in seen, "live control"
"""


def test_n04_nothing_is_compiled(path):
    npz_file(path, with_header(array_header(shape="(1+1, 2)")))
    child = subprocess.run(
        [sys.executable, "-c", _HEADERS, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]  # it has the control, too


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f2"])
def test_n06_orders_of_axes_and_bytes_are_legal(path, order, dtype):
    npz_file(path, npy_bytes(np.asarray(KERNEL, dtype, order=order)))
    model = _model()
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], KERNEL)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        (f"{AT}0", "do not belong there"),
        ("../0.npy", "not a plain path"),
        ("/etc/0.npy", "not a plain path"),
        (f"{AT}1.npy", "share a name"),
        (f"{AT}1.npy/0.npy", "within another member"),
        ("program.py", "do not belong there"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_n07_names(path, name, match):
    npz_file(path, npy_bytes(KERNEL), name)
    _refuses(path, match)


def test_numbers_of_arrays_and_axes_are_limited(path):
    from lamina.core.load_policy import Budget, Limits

    npz_file(path, npy_bytes(KERNEL.reshape((1,) * 30 + (2, 2))))
    with pytest.raises(LimitError, match="32 dimensions"):
        read_weights(_model(), path, True, Budget(Limits(rank=31)), ".npz")
    npz_file(path, npy_bytes(KERNEL))
    for limits, match in [
        (Limits(tensors=1), "2 tensors"),
        (Limits(max_bytes=20, base_bytes=0), "24 bytes of memory"),
    ]:
        with pytest.raises(LimitError, match=match):
            read_weights(_model(), path, True, Budget(limits), ".npz")
    read_weights(_model(), path, True, Budget(Limits(tensors=2, rank=2)), ".npz")
