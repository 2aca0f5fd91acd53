"""S01-S13: `.safetensors` files made to do harm. The reference library reads, or refuses, the same bytes.

Each case has a live control: a reader without checks takes the bytes for arrays, or dies of them; and a twin:
the same file without the one detail, which loads.
"""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest
import safetensors

import lamina
from lamina.core import tensor_file
from lamina.core.file_source import opened
from lamina.core.load_policy import Budget, Limits
from lamina.saving import FormatError, LimitError, LoadError
from lamina.saving.weights import read_weights

DATA = np.arange(6, dtype="<f4").tobytes()
KERNEL = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
BIAS = {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]}


def _model():
    return lamina.Sequential([lamina.layers.Dense(2, input_shape=(2,), name="d")], name="m")


K, B = (v.path for v in _model().weights)


def raw_file(header, data=DATA, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


GOOD = raw_file({K: KERNEL, B: BIAS})


def naive(raw):
    """Read without a check, as one would in ten lines."""
    length = int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    header.pop("__metadata__", None)
    kinds = {"F32": "<f4", "U8": "u1", "I64": "<i8", "F64": "<f8"}
    return {
        name: np.frombuffer(data[slice(*x["data_offsets"])], kinds.get(x["dtype"], "u1"))
        for name, x in header.items()
    }


def ours(raw):
    with opened(io.BytesIO(raw), None) as source:
        _, stored = tensor_file.read_header(source)
        return {each.name: each.read(source) for each in stored}


def reference(raw):
    return {
        name: (x["dtype"], x["shape"], bytes(x["data"])) for name, x in safetensors.deserialize(raw)
    }


@dataclass
class Case:
    raw: bytes
    match: str
    naive: bool = True  # whether the reader without checks takes it
    reference: bool = False  # whether the reference does
    error: type[Exception] = FormatError


def _text(text):
    return raw_file(text.encode("utf-8", "surrogatepass"))


_K, _B = (json.dumps({name: entry})[1:-1] for name, entry in ((K, KERNEL), (B, BIAS)))

CASES = {
    "S01 one range for two names": Case(
        raw_file({K: KERNEL, B: {**BIAS, "data_offsets": [0, 8]}}), "not where they should be"
    ),
    "S01 overlapping ranges": Case(
        raw_file({K: KERNEL, B: {**BIAS, "data_offsets": [12, 20]}}), "not where they should be"
    ),
    "S02 a hole at the start": Case(
        raw_file({K: {**KERNEL, "data_offsets": [8, 24]}, B: {**BIAS, "data_offsets": [24, 32]}},
             bytes(8) + DATA),
        "not where they should be",
    ),
    "S02 a hole in the middle": Case(
        raw_file({K: KERNEL, B: {**BIAS, "data_offsets": [24, 32]}}, DATA[:16] + bytes(8) + DATA[16:]),
        "not where they should be",
    ),
    "S02 a second file behind the first": Case(GOOD + b"#!/bin/sh\n", "belong to nothing"),
    "S03 header of no bytes": Case(raw_file(b"", length=0), "does not begin as", naive=False),
    "S03 header of one byte": Case(raw_file(b"{"), "does not begin as", naive=False),
    "S03 header longer than the file": Case(
        raw_file({K: KERNEL, B: BIAS}, length=10**6), "does not begin as", naive=False
    ),
    "S03 header of 2**64-1 bytes": Case(
        raw_file({K: KERNEL, B: BIAS}, length=2**64 - 1), "does not begin as", naive=False
    ),
    "S03 cut off within the length": Case(GOOD[:5], "does not begin as", naive=False),
    "S04 a list": Case(raw_file([1]), "not a table", naive=False),
    "S04 leading blanks": Case(_text(f"  {{{_K}, {_B}}}"), "not a table", reference=True),
    "S05 one name twice": Case(_text(f"{{{_K}, {_B}, {_B}}}"), "twice", reference=True),
    "S05 metadata twice": Case(
        _text(f'{{"__metadata__": {{}}, {_K}, {_B}, "__metadata__": {{}}}}'), "twice"
    ),
    "S05 a key of an array twice": Case(
        _text(f"{{{_K}, {_B}}}".replace('"shape": [2]', '"shape": [8], "shape": [2]')), "twice"
    ),
    "S06 shape larger than the bytes": Case(
        raw_file({K: {**KERNEL, "shape": [2, 3]}, B: BIAS}), "not where they should be"
    ),
    "S06 shape smaller than the bytes": Case(
        raw_file({K: {**KERNEL, "shape": [2, 1]}, B: BIAS}), "not where they should be"
    ),
    "S06 end before start": Case(
        raw_file({K: {**KERNEL, "data_offsets": [16, 0]}, B: BIAS}), "not where they should be"
    ),
    "S06 begin below zero": Case(
        raw_file({K: {**KERNEL, "data_offsets": [-16, 0]}, B: BIAS}), "not where they should be"
    ),
    "S07 a product of 2**64 + 4": Case(
        raw_file({K: {**KERNEL, "shape": [2**32, 2**32]}, B: BIAS}), "not where they should be"
    ),
    "S07 an end past 2**64": Case(
        raw_file({K: {**KERNEL, "data_offsets": [0, 2**64 + 16]}, B: BIAS}), "not where they should be"
    ),
    "S07 4 TiB that are not there": Case(
        raw_file({K: {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}, B: BIAS}),
        "not where they should be",
    ),
    "S07 a size below zero": Case(
        raw_file({K: {**KERNEL, "shape": [-2, -2]}, B: BIAS}), "dtype or a shape"
    ),
    "S07 a size that is true": Case(
        raw_file({K: {**KERNEL, "shape": [True, 4]}, B: BIAS}), "dtype or a shape"
    ),
    "S07 a size with a point": Case(
        raw_file({K: {**KERNEL, "shape": [2.0, 2]}, B: BIAS}), "dtype or a shape"
    ),
    "S08 an unknown dtype": Case(raw_file({K: {**KERNEL, "dtype": "O"}, B: BIAS}), "dtype or a shape"),
    "S08 half bytes, an odd number of them": Case(
        raw_file({K: {"dtype": "F4", "shape": [31], "data_offsets": [0, 16]}, B: BIAS}),
        "dtype or a shape",
    ),
    "S09 metadata with a number": Case(
        raw_file({"__metadata__": {"a": 1}, K: KERNEL, B: BIAS}), "not a table of texts"
    ),
    "S09 metadata with a table": Case(
        raw_file({"__metadata__": {"a": {"b": "c"}}, K: KERNEL, B: BIAS}), "not a table of texts"
    ),
    "S09 metadata that is a list": Case(
        raw_file({"__metadata__": [], K: KERNEL, B: BIAS}), "not a table of texts"
    ),
    "S10 bytes that are not UTF-8": Case(
        GOOD.replace(B.encode(), b"\xff" * len(B)), "not JSON", naive=False
    ),
    "S10 half a surrogate pair": Case(raw_file({K: KERNEL, "\ud800": BIAS}), "surrogates not allowed"),
    "S10 an escape sequence in a name": Case(
        raw_file({K: KERNEL, "\x1b[2J": BIAS}), "cannot be shown", reference=True
    ),
    "S10 a name that runs from right to left": Case(
        raw_file({K: KERNEL, "\u202ekernel": BIAS}), "cannot be shown", reference=True
    ),
    "S10 NUL in a name": Case(raw_file({K: KERNEL, "a\0b": BIAS}), "cannot be shown", reference=True),
    "a description with something more": Case(
        raw_file({K: {**KERNEL, "path": "/etc/passwd"}, B: BIAS}), "not described", reference=True
    ),
    "nested too deeply": Case(raw_file(b'{"a":' * 100_000), "nesting", naive=False, error=LimitError),
    "a number of 10,000 digits": Case(
        raw_file(json.dumps({K: KERNEL, B: BIAS}).replace("24", "9" * 10_000).encode()), "characters for one number",
        naive=False, error=LimitError,
    ),
}  # fmt: skip


def _takes(read, raw):
    try:
        read(raw)
    except (
        ValueError,
        RecursionError,
        MemoryError,
        TypeError,
        AttributeError,
        safetensors.SafetensorError,
    ):
        return False
    return True


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused(case, tmp_path):
    path, model = tmp_path / "m.safetensors", _model()
    path.write_bytes(case.raw)
    assert _takes(naive, case.raw) == case.naive, "live control"
    assert _takes(reference, case.raw) == case.reference
    before = model.get_weights()
    for source in (path, _named(case.raw, path.name)):
        with pytest.raises(LoadError, match=case.match) as caught:
            read_weights(model, source, skip_mismatch=True, ending=".safetensors")
        assert caught.type is case.error
        assert path.name in str(caught.value) and len(str(caught.value)) < 4096
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    path.write_bytes(GOOD)  # the twin
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[1], [4, 5])


def _named(raw, name):
    file = io.BytesIO(raw)
    file.name = name  # type: ignore[attr-defined]
    return file


_LEGAL = {
    "as it is": GOOD,
    "S04 trailing blanks": _text(f"{{{_K}, {_B}}}     "),
    "the header in another order than the bytes": raw_file({B: BIAS, K: KERNEL}),
    "metadata of others": raw_file({"__metadata__": {"format": "pt"}, K: KERNEL, B: BIAS}),
    "S11 empty arrays and rank 0": raw_file(
        {
            K: KERNEL,
            B: BIAS,
            "e": {"dtype": "F32", "shape": [3, 0], "data_offsets": [24, 24]},
            "s": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]},
            "f": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]},
        },
        DATA + b"\x80\x3f",
    ),
    "S11 nothing at all": raw_file({}, b""),
}


@pytest.mark.parametrize("raw", _LEGAL.values(), ids=_LEGAL)
def test_no_false_refusals(raw):
    """The twins of what is refused."""
    arrays, theirs = ours(raw), reference(raw)
    assert {name: (list(x.shape), x.tobytes()) for name, x in arrays.items()} == {
        name: (shape, data) for name, (_, shape, data) in theirs.items()
    }


def test_s12_very_many_empty_arrays_are_a_matter_of_limits():
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    few = raw_file({f"{i}": entry for i in range(1000)}, b"")
    assert len(ours(few)) == 1000
    with (
        opened(io.BytesIO(few), Budget(Limits(tensors=999), len(few))) as source,
        pytest.raises(LimitError, match=r"1,000 tensors; the limit is 999"),
    ):
        tensor_file.read_header(source)
    one = json.dumps({"x": entry})[1:-1].encode()
    many = b"{" + b", ".join(one.replace(b"x", b"%d" % i) for i in range(300_000)) + b"}"
    assert len(many) > 16 * 2**20
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="bytes of configuration"):
            ours(raw_file(many, b""))
        assert tracemalloc.get_traced_memory()[1] < 3 * len(many)
    finally:
        tracemalloc.stop()


def test_a_layout_that_is_not_one(tmp_path):
    """lamina's own texts in the header are not believed either."""
    model = _model()
    for layout, match in [
        ("[]", "not a table of places"),
        ('{"a": 1}', "not a table of places"),
        ("{", "not JSON"),
        (json.dumps({K: "layers/dense/vars/0", B: "layers/dense/vars/0"}), "not a place of its own"),
        (json.dumps({K: "layers/dense/vars/0", B: "layers/dense/vars/0/1"}), "not a place of its own"),
        (json.dumps({K: "layers/dense/vars/0", B: "layers/dense/vars/../1"}), None),
        (json.dumps({K: "layers/dense/vars/0", B: "/1"}), "not a place of its own"),
    ]:  # fmt: skip
        (tmp_path / "m.safetensors").write_bytes(_with_layout(layout))
        with pytest.raises(LoadError, match=match):
            model.load_weights(tmp_path / "m.safetensors")
    good = json.dumps({K: "layers/dense/vars/0", B: "layers/dense/vars/1"})
    (tmp_path / "m.safetensors").write_bytes(_with_layout(good))
    model.load_weights(tmp_path / "m.safetensors")


def _with_layout(layout):
    file, values = io.BytesIO(), np.arange(6, dtype="float32")
    entries = [
        tensor_file.Entry(K, "float32", (2, 2), lambda: values[:4].reshape(2, 2)),
        tensor_file.Entry(B, "float32", (2,), lambda: values[4:]),
    ]
    tensor_file.write_to(file, {"format": "lamina", "layout": layout}, entries)
    return file.getvalue()


def test_texts_of_others_mean_nothing(tmp_path):
    for texts in (
        {"layout": "NCHW"},
        {"format": "pt", "layout": "[]"},
        {"set": "x", "config": "y"},
    ):
        (tmp_path / "m.safetensors").write_bytes(
            raw_file({"__metadata__": texts, K: KERNEL, B: BIAS})
        )
        model = _model()
        model.load_weights(tmp_path / "m.safetensors")
        np.testing.assert_array_equal(model.get_weights()[1], [4, 5])


def test_a_file_of_lamina_without_checksums_was_changed(tmp_path):
    """Else damage to the name of that entry would switch the checks off."""
    path = tmp_path / "m.safetensors"
    path.write_bytes(raw_file({"__metadata__": {"format": "lamina"}, K: KERNEL, B: BIAS}))
    with pytest.raises(FormatError, match="checksums are not there"):
        _model().load_weights(path)


def _mutated(raw, rng):
    spoilt = bytearray(raw)
    kind = rng.integers(4)
    at = int(rng.integers(len(raw)))
    if kind == 0:
        spoilt[at] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        spoilt[at : at + 1] = bytes(
            rng.choice(list(b'0123456789[]{},:"- \x00\xff'), int(rng.integers(3)))
        )
    elif kind == 2:
        del spoilt[at : at + int(rng.integers(1, 9))]
    else:
        spoilt[at:at] = spoilt[: int(rng.integers(1, 9))]
    if rng.integers(2):  # let the length be right again
        end = raw.index(b"\0\0\x80\x3f") if b"\0\0\x80\x3f" in raw else len(raw)
        spoilt[:8] = max(0, end - 8 + len(spoilt) - len(raw)).to_bytes(8, "little")
    return bytes(spoilt)


@pytest.mark.parametrize("seed", range(4))
def test_s13_on_mutated_files_ours_accepts_what_the_reference_does_or_less(seed):
    rng = np.random.default_rng(seed)
    accepted = refused = 0
    for _ in range(2000):
        raw = _mutated(list(_LEGAL.values())[int(rng.integers(5))], rng)
        try:
            arrays = ours(raw)
        except LoadError:
            refused += 1
            continue
        theirs = reference(raw)  # raises where it takes less than ours
        assert {name: x.tobytes() for name, x in arrays.items()} == {
            name: data for name, (_, _, data) in theirs.items()
        }
        accepted += 1
    assert accepted and refused  # the control: both are met
