"""Weights files made to do harm, or damaged: each is refused, and the model stays as it was."""

from __future__ import annotations

import functools
import io
import os
import shutil
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

import lamina
from lamina.saving import FormatError, LoadError, load_model
from lamina.saving.weights import read_weights

CANARY = np.arange(100, 112, dtype="float32").reshape(4, 3)


def small_model():
    return lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(2)])


@pytest.fixture
def model():
    return small_model()


@pytest.fixture
def path(tmp_path):
    """A good file, to be spoilt; a canary lies beside it."""
    small_model().save_weights(tmp_path / "m.weights.h5")
    shutil.copy(tmp_path / "m.weights.h5", tmp_path / "canary.h5")
    with h5py.File(tmp_path / "canary.h5", "r+") as file:
        file["layers/dense/vars/0"][...] = CANARY
    return tmp_path / "m.weights.h5"


def _refuses(model, path, match, error=FormatError, skip_mismatch=True):
    """Refused with a short message that names the file; no weight is touched.

    H25: by a path, as an open file, as bytes in memory, which do not protect by themselves, and within
    the file of a model.
    """
    before = model.get_weights()
    with path.open("rb") as file:
        for source in (path, file, _Named(file.read(), path.name)):
            with pytest.raises(error, match=match) as caught:
                read_weights(model, source, skip_mismatch)
            assert path.name in str(caught.value)
            assert len(str(caught.value)) < 4096
        with pytest.raises(LoadError, match=match if error is FormatError else None):
            load_model(_as_model(path))
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@functools.cache
def _config():
    file = io.BytesIO()
    small_model().save(file)
    with zipfile.ZipFile(file) as archive:
        return archive.read("config.json")


def _as_model(path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", _config())
        archive.writestr("model.weights.h5", path.read_bytes())
    return file


class _Named(io.BytesIO):
    def __init__(self, content, name):
        super().__init__(content)
        self.name = name


def _control(file):
    """The live control: whoever opens the file with h5py gets what lies elsewhere."""
    np.testing.assert_array_equal(file["layers/dense/vars/0"], CANARY)


_PLACES = ["layers", "layers/dense", "layers/dense/vars", "layers/dense/vars/0", "unasked"]


def test_the_good_file_loads(model, path):
    """The twin of every case here and in `test_hdf5_structure.py`."""
    model.load_weights(path)
    read_weights(model, _Named(path.read_bytes(), "good"))
    loaded = load_model(_as_model(path))
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize("place", _PLACES)
def test_h01_cve_2026_1669_external_links(model, path, place):
    with h5py.File(path, "r+") as file:
        if place in file:
            del file[place]
        file[place] = h5py.ExternalLink("canary.h5", f"/{place}")
        if place != "unasked":
            _control(file)
    _refuses(model, path, "link to another place")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("place", _PLACES)
def test_h07_external_link_to_a_pipe_does_not_wait(model, path, place):
    os.mkfifo(path.parent / "pipe.h5")
    with h5py.File(path, "r+") as file:
        if place in file:
            del file[place]
        file[place] = h5py.ExternalLink("pipe.h5", "/")
    _refuses(model, path, "link to another place")


@pytest.mark.parametrize(
    "target", ["/layers/dense_1", "/nowhere", "/layers/dense"], ids=["sibling", "dangling", "loop"]
)
def test_h02_soft_links(model, path, target):
    with h5py.File(path, "r+") as file:
        del file["layers/dense"]
        file["layers/dense"] = h5py.SoftLink(target)
    _refuses(model, path, "link to another place")


def test_h08_one_object_in_two_places(model, path):
    with h5py.File(path, "r+") as file:
        del file["layers/dense_1"]
        file["layers/dense_1"] = file["layers/dense"]
        assert file["layers/dense_1/vars/0"].shape == (4, 3)
    _refuses(model, path, "more than one place")


def test_h09_group_that_contains_itself(model, path):
    with h5py.File(path, "r+") as file:
        file["layers/dense/again"] = file["layers/dense"]
    _refuses(model, path, "more than one place")


def _replace(path, make, place="layers/dense/vars/0"):
    with h5py.File(path, "r+") as file:
        del file[place]
        make(file, place)


def test_h03_external_storage(model, path):
    canary = path.parent / "canary.bin"
    canary.write_bytes(CANARY.tobytes())
    _replace(
        path,
        lambda file, at: file.create_dataset(at, (4, 3), "f4", external=[(str(canary), 0, 48)]),
    )
    with h5py.File(path) as file:
        _control(file)
    with h5py.File(io.BytesIO(path.read_bytes())) as file:
        _control(file)
    _refuses(model, path, "from another file")


@pytest.mark.parametrize("source", ["canary.h5", "."])
def test_h04_cve_2026_12480_virtual_datasets(model, path, source):
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[...] = h5py.VirtualSource(source, "layers/dense/vars/0", (4, 3))
    _replace(path, lambda file, at: file.create_virtual_dataset(at, layout))
    if source != ".":
        with h5py.File(path) as file:
            _control(file)
            assert not file["layers/dense/vars/0"].external
    _refuses(model, path, "from another file")


@pytest.mark.parametrize("shape", [(4, 3), (2**20, 2**20)], ids=["of the right shape", "of 4 TiB"])
def test_h10_cve_2026_0897_values_that_are_not_in_the_file(model, path, shape):
    """A shape costs nothing to declare; the bytes must be there before memory is taken."""

    def declare(file, at):
        h5py.h5d.create(file.id, at.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(shape))

    _replace(path, declare)
    with h5py.File(path) as file:
        # The control: HDF5 believes the declaration.
        assert file["layers/dense/vars/0"].shape == shape and path.stat().st_size < 20_000
    _refuses(model, path, "declares .* bytes")


def test_h12_hundreds_of_large_declarations(model, path):
    with h5py.File(path, "r+") as file:
        for i in range(200):
            h5py.h5d.create(
                file.id, f"d{i}".encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2**28,))
            )
    _refuses(model, path, "declares .* bytes")


@pytest.mark.parametrize(
    "how",
    [
        {"chunks": (4, 3)},
        {"compression": "gzip"},
        {"shuffle": True},
        {"fletcher32": True},
        {"maxshape": (None, 3)},
    ],
    ids=str,
)
def test_h15_chunks_and_filters(model, path, how):
    _replace(path, lambda file, at: file.create_dataset(at, data=np.ones((4, 3), "f4"), **how))
    _refuses(model, path, "chunked or compressed")


def test_h14_unknown_filter(model, path):
    def declare(file, at):
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_chunk((4, 3))
        how.set_filter(32100, h5py.h5z.FLAG_OPTIONAL)
        h5py.h5d.create(
            file.id, at.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4, 3)), how
        )

    _replace(path, declare)
    _refuses(model, path, "chunked or compressed")


def _odd_float():
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_ebias(99)
    return kind


_TYPES = {
    "text": h5py.string_dtype(),
    "lists": h5py.vlen_dtype("f4"),
    "references": h5py.ref_dtype,
    "regions": h5py.regionref_dtype,
    "compound": np.dtype([("a", "f4")]),
    "array": np.dtype(("f4", (2,))),
    "opaque": np.dtype("V5"),
    "bytes": np.dtype("S1000000"),
    "complex": np.dtype("c8"),
    "enum": h5py.enum_dtype({"A": 0, "B": 7}, basetype="i4"),
    "long double": np.dtype(np.longdouble),
}


@pytest.mark.parametrize("dtype", _TYPES.values(), ids=_TYPES)
def test_h13_types_that_are_no_plain_numbers(model, path, dtype):
    _replace(path, lambda file, at: file.create_dataset(at, (4, 3), dtype))
    _refuses(model, path, "not hold plain numbers|declares .* bytes")


def test_h13_float_of_another_format(model, path):
    _replace(
        path,
        lambda file, at: h5py.h5d.create(
            file.id, at.encode(), _odd_float(), h5py.h5s.create_simple((4, 3))
        ),
    )
    _refuses(model, path, "not hold plain numbers")


@pytest.mark.parametrize("dtype", ["i4", "u2", "bool"])
def test_h21_other_kinds_of_numbers_are_not_reinterpreted(model, path, dtype):
    _replace(path, lambda file, at: file.create_dataset(at, data=np.ones((4, 3), dtype)))
    _refuses(model, path, "has dtype", LoadError, skip_mismatch=False)


@pytest.mark.parametrize("dtype", ["f8", ">f4", "f2"])
def test_h21_other_floats_are_converted(model, path, dtype):
    _replace(path, lambda file, at: file.create_dataset(at, data=CANARY.astype(dtype)))
    model.load_weights(path)  # the twin
    np.testing.assert_array_equal(model.get_weights()[0], CANARY)


@pytest.mark.parametrize("shape", [(3, 4), (1,), (), (4, 3, 1), (0, 3)])
def test_h22_other_shapes_do_not_broadcast(model, path, shape):
    _replace(path, lambda file, at: file.create_dataset(at, data=np.ones(shape, "f4")))
    _refuses(model, path, r"'kernel' has shape", LoadError, skip_mismatch=False)


def test_h19_null_dataspace(model, path):
    _replace(path, lambda file, at: file.create_dataset(at, data=h5py.Empty("f4")))
    _refuses(model, path, "null dataspace")


def test_h19_groups_and_datasets_in_each_others_place(model, path):
    _replace(path, lambda file, at: file.create_group(at))
    _refuses(model, path, "a dataset is expected")
    _replace(path, lambda file, at: file.create_dataset(at, data=1.0), "layers/dense")
    _refuses(model, path, "a group is expected")


def test_h19_committed_type(model, path):
    _replace(path, lambda file, at: file.__setitem__(at, np.dtype("f4")))
    _refuses(model, path, "a dataset is expected|neither a group nor a dataset")


def test_h20_odd_names_are_escaped_and_cut(model, path):
    with h5py.File(path, "r+") as file:
        file.create_dataset("\x1b[31m" + "x" * 60000, data=1.0)
    _refuses(model, path, r"x1b\[31mxxx", LoadError, skip_mismatch=False)


def test_very_many_members(model, path):
    with h5py.File(path, "r+") as file:
        for i in range(3000):
            file.create_dataset(f"d{i}", data=1.0)
    _refuses(model, path, "and 9.. more", LoadError, skip_mismatch=False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89HDF",
        b"PK\x03\x04" + bytes(200),
        b"\x80\x04K\x01." * 50,
        bytes(512) + b"\x89HDF\r\n\x1a\n",
    ],
)
def test_other_formats(model, path, content):
    path.write_bytes(content)
    _refuses(model, path, "not an HDF5 file")


def test_h18_cut_off_at_every_64_bytes(model, path):
    whole = path.read_bytes()
    for end in range(8, len(whole) - 1, 64):
        path.write_bytes(whole[:end])
        _refuses(model, path, "damaged or cut off")


_FLIP = """
import sys, warnings, numpy as np, h5py, lamina
from lamina.saving import LoadError
warnings.simplefilter("ignore")
target = sys.argv[1]
model = lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(2)])
model.load_weights(target)
good, whole = model.get_weights(), open(target, "rb").read()
with h5py.File(target) as file:
    paths = [f"layers/{layer}/vars/{i}" for layer in ("dense", "dense_1") for i in (0, 1)]
    data = [(file[path].id.get_offset(), file[path].nbytes) for path in paths]
refused = 0
for bit in np.random.default_rng(int(sys.argv[2])).choice(8 * min(len(whole), 12000), 1000, replace=False):
    if any(begin <= bit // 8 < begin + size for begin, size in data):
        continue
    spoilt = bytearray(whole)
    spoilt[bit // 8] ^= 1 << (bit % 8)
    open(target, "wb").write(spoilt)
    try:
        model.load_weights(target)
    except LoadError:
        refused += 1
    for a, b in zip(good, model.get_weights()):
        assert (a == b).all(), bit
assert refused
"""


@pytest.mark.slow
def test_h18_flipped_bits_are_refused_or_harmless(path):
    """In a child, since libhdf5 is C: not even it may crash."""
    child = subprocess.run(
        [sys.executable, "-c", _FLIP, str(path), "1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]


def move_data(path, onto, by=0):
    """Let the header of the first kernel say that its bytes lie where another dataset's do."""
    with h5py.File(path) as file:
        own = file["layers/dense/vars/0"].id.get_offset()
        other = onto(file) + by
    whole = path.read_bytes()
    said = own.to_bytes(8, "little")
    assert whole.count(said) == 1
    path.write_bytes(whole.replace(said, other.to_bytes(8, "little")))


@pytest.mark.parametrize("by", [0, 8, -8])
@pytest.mark.parametrize("other", ["layers/dense/vars/1", "layers/dense_1/vars/0"])
def test_h26_a_dataset_in_the_bytes_of_another(model, path, other, by):
    move_data(path, lambda file: file[other].id.get_offset(), by)
    _refuses(model, path, "lies in the bytes of")


@pytest.mark.parametrize("other", ["layers", "layers/dense_1", "layers/dense_1/vars/0"])
def test_h26_a_dataset_in_the_bytes_of_a_header(model, path, other):
    move_data(path, lambda file: h5py.h5o.get_info(file[other].id).addr)
    _refuses(model, path, "lies in the bytes of")


def test_h26_a_dataset_at_the_beginning_of_the_file(model, path):
    move_data(path, lambda file: 4)
    _refuses(model, path, "lies in the bytes of")


@pytest.mark.parametrize("name", [None, "float16", "bfloat16 "])
def test_opaque_bytes_are_bfloat16_only_if_an_attribute_says_so(tmp_path, name):
    model = lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,), dtype="bfloat16")])
    path = tmp_path / "m.weights.h5"
    model.save_weights(path)
    model.load_weights(path)
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"].attrs["dtype"]
        if name is not None:
            file["layers/dense/vars/0"].attrs["dtype"] = name
    _refuses(model, path, "opaque bytes")


def test_nothing_is_loaded_if_the_last_tensor_does_not_fit(model, path):
    _replace(
        path,
        lambda file, at: file.create_dataset(at, data=np.ones(5, "f4")),
        "layers/dense_1/vars/1",
    )
    _refuses(model, path, r"\(5,\)", LoadError, skip_mismatch=False)
