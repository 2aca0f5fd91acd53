"""Archives made to do harm, or damaged: each is refused before anything in it is parsed.

Ids are those of the specification. A live control shows that the danger is real: Python's `zipfile` takes
the archive, or the hostile bytes are what it gives. Each case has a benign twin: without the detail it is read.
"""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

import lamina
from lamina.core.file_errors import FormatError, LimitError
from lamina.core.load_policy import Budget, Limits
from lamina.saving.archive import ArchiveReader, in_model
from tests.hostile.zips import WIDE, Part, build, extra, zeros, zip64

METADATA = Part("metadata.json", b'{"keras_version": "3.15.1"}')
CONFIG = Part("config.json", b'{"class_name": "Sequential", "config": {"layers": []}}')
WEIGHTS = Part("model.weights.h5", bytes(range(256)) * 8)
HONEST = [METADATA, CONFIG, WEIGHTS]


def read_all(raw: bytes, limits: Limits | None = None) -> dict[str, bytes]:
    """Read every member of an archive, as a load of a model does."""
    file = io.BytesIO(raw)
    found = ArchiveReader(file, Budget(limits, len(raw)), in_model)
    return {name: found.read(name, "config_bytes") for name in found.members}


def zipfile_takes(raw: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.testzip() is None


def zipfile_lists(raw: bytes) -> bool:
    return bool(zipfile.ZipFile(io.BytesIO(raw)).namelist())


def zipfile_refuses(raw: bytes) -> bool:
    """Damage that `zipfile` sees, too: here the control is that the twin is read."""
    try:
        zipfile_takes(raw)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        zlib.error,
        EOFError,
        ValueError,
    ):
        return True
    return not zipfile_takes(raw)


@dataclass
class Case:
    """An archive, what is said of it, and what `zipfile` makes of it."""

    raw: bytes
    match: str
    error: type[Exception] = FormatError
    control: Callable[[bytes], bool] = zipfile_takes
    twin: bytes = field(default_factory=lambda: build(HONEST))


def with_member(name: str | bytes, match: str, twin: str | None = "assets/a.txt", **more) -> Case:
    control, content = more.pop("control", zipfile_takes), more.pop("content", b"x")
    good = build([*HONEST, Part(twin, b"x")]) if twin else build(HONEST)
    return Case(build([*HONEST, Part(name, content, **more)]), match, control=control, twin=good)


def changed(match: str, control=zipfile_takes, **details) -> Case:
    """The honest archive with one detail of its middle member changed."""
    return Case(build([METADATA, replace(CONFIG, **details), WEIGHTS]), match, control=control)


PATHS = {
    "above": "../x",
    "absolute": "/etc/x",
    "drive": "C:\\w",
    "backslashes": "a\\..\\b",
    "dot": "assets/./b",
    "empty component": "assets//b",
    "above within": "assets/../../b",
    "slash of another alphabet": "assets/a\u2215b",
    "device": "con",
    "stream": "config.json:ads",
    "right to left": "assets/\u202etxt.exe",
    "newline": "assets/a\nb",
    "escape": "assets/\x1b[31m",
    "long": "assets/" + "x" * 300,
    "70 KB": "assets/" + "x" * 60_000,
}
CASES = {
    f"Z01 {what}": with_member(name, "name|members that do not|header of", control=zipfile_lists)
    for what, name in PATHS.items()
}

CASES |= {
    "Z01 not ASCII, and no flag": with_member(
        "assets/ä".encode("cp437"), "is not text", control=zipfile_lists, plain_name=True
    ),
    "Z01 not UTF-8": with_member(b"assets/\xff\xfe", "is not text", control=zipfile_refuses),
    "Z02 link": with_member("assets/a.txt", "link or a device", mode=stat.S_IFLNK | 0o777),
    "Z02 device": with_member("assets/a.txt", "link or a device", mode=stat.S_IFCHR | 0o666),
    "Z02 pipe": with_member("assets/a.txt", "link or a device", mode=stat.S_IFIFO | 0o666),
    "Z02 folder without a slash": with_member("assets/a", "link or a device", mode=stat.S_IFDIR | 0o755),
    "Z02 folder of DOS": changed("a folder by its attributes", central={"external": 0x10}),
    "Z03 hostile last": Case(
        build([*HONEST, Part("config.json", b"hostile")]),
        "share a name",
        control=lambda raw: zipfile.ZipFile(io.BytesIO(raw)).read("config.json") == b"hostile",
    ),
    "Z03 hostile first": Case(
        build([Part("config.json", b"hostile"), *HONEST]),
        "share a name",
        control=lambda raw: raw.index(b"hostile") < raw.index(CONFIG.content),
    ),
    "Z04 other case": with_member("Config.json", "share a name"),
    "Z04 other case of an asset": Case(
        build([*HONEST, Part("assets/a"), Part("assets/A")]),
        "share a name",
        twin=build([*HONEST, Part("assets/a"), Part("assets/b")]),
    ),
    "Z04 two forms of a letter": Case(
        build([*HONEST, *(Part("assets/" + unicodedata.normalize(f, "ä")) for f in ("NFC", "NFD"))]),
        "share a name",
    ),
    "Z07 smaller than it is": Case(
        build([METADATA, WEIGHTS, replace(CONFIG, method=8, content=b"\x20" * 1026, central={"size": 5}, local={"size": 5})]),
        "does not inflate to the size",
        control=lambda raw: len(zipfile.ZipFile(io.BytesIO(raw)).infolist()) == 3,
    ),
    "Z07 smaller in the list": changed("says something else", zipfile_refuses, method=8, central={"size": 5}),
    "Z07 larger than it is": changed("does not inflate to the size", zipfile_lists, method=8, central={"size": 99}, local={"size": 99}),
    "Z07 another name": changed("says something else", zipfile_refuses, local={"name": b"Config.json"}),
    "Z07 another checksum": changed("says something else", local={"crc": 7}),
    "Z07 another method": changed("says something else", local={"method": 8}),
    "Z07 another size": changed("says something else", local={"size": 7, "packed": 7}),
    "Z07 other flags": changed("says something else", local={"flags": 0x800}),
    "Z07 sizes of a stored member differ": changed("impossible size", zipfile_lists, central={"size": 9}, local={"size": 9}),
    "Z07 an extra field with another name": changed(
        "extra field 0x7075", central_extra=extra(0x7075, b"\x01" + bytes(4) + b"setup.py"),
    ),
    "Z07 a descriptor that disagrees": changed(
        "disagrees with its header", flags=8, local={"crc": 0, "size": 0, "packed": 0}, after=b"PK\x07\x08" + bytes(12),
    ),
    "Z07 bytes after a compressed member": changed(
        "does not inflate to the size",
        method=8, packed=Part("", CONFIG.content, method=8).bytes + b"hidden",
    ),
    "Z09 a script in front": Case(build(HONEST, prefix=b"#!/bin/sh\nexit\n"), "first 15 bytes belong to nothing|list of members is not"),
    "Z09 a picture in front, offsets from there": Case(
        b"GIF89a" + bytes(20) + build(HONEST), "list of members is not where"
    ),
    "Z09 bytes behind": Case(build(HONEST, suffix=b"%PDF-1.4"), "does not end as", control=zipfile_lists),
    "Z09 a comment": Case(build(HONEST, end={"comment_length": 3}, suffix=b"abc"), "does not end as"),
    "Z09 an archive within the comment": Case(
        build(HONEST, end={"comment_length": len(build([WEIGHTS]))}, suffix=build([WEIGHTS])),
        "list of members is not where",
        control=lambda raw: zipfile.ZipFile(io.BytesIO(raw)).namelist() == ["model.weights.h5"],
    ),
    "Z09 bytes between members": Case(
        build([replace(METADATA, after=b"hidden"), CONFIG, WEIGHTS]), "does not end where the next"
    ),
    "Z09 bytes before the list": Case(build(HONEST, before_directory=b"hidden"), "does not end where the next"),
    "Z09 bytes behind the list": Case(build(HONEST, before_end=b"hidden"), "list of members is not where", control=zipfile_refuses),
    "Z09 a member that is not listed": Case(
        build(HONEST, end={"count": 2, "here": 2}), "not as long as it says",
    ),
    "Z10 encrypted": changed("encrypted", zipfile_refuses, flags=1),
    "Z10 strongly encrypted": changed("encrypted", zipfile_refuses, flags=0x41),
    "Z10 headers encrypted": changed("encrypted", flags=0x2000),
    "Z10 a patch": changed("encrypted, or has flags", zipfile_refuses, flags=0x20),
    "Z10 an extra field of AES": changed("extra field 0x9901", central_extra=extra(0x9901, bytes(7))),
    "Z15 a program": with_member("setup.py", "do not belong there: 'setup.py'"),
    "Z15 a project": with_member("pyproject.toml", "do not belong there: 'pyproject.toml'"),
    "Z15 an archive": with_member("model.zip", "do not belong there: 'model.zip'"),
    "Z15 other weights": with_member("other.h5", "do not belong there: 'other.h5'"),
    "Z16 a folder named as a file": with_member("config.json/", "share a name", twin="assets/a", mode=0, content=b""),
    "Z16 a file named as a folder": with_member("assets", "do not belong there: 'assets'"),
    "Z16 a file within a file": Case(build([*HONEST, Part("assets/a"), Part("assets/a/b")]), "within another member"),
    "Z16 a folder with content": with_member("assets/a/", "impossible size", mode=stat.S_IFDIR | 0o755),
    "Z17 the second disk": Case(build(HONEST, end={"disk": 1, "first": 1}), "one of several parts"),
    "Z17 members elsewhere": Case(build(HONEST, end={"here": 2}), "one of several parts"),
    "Z17 a member on the second disk": changed("list of members is damaged", central={"disk": 1}),
    "Z17 a comment of a member": Case(
        build([METADATA, CONFIG, replace(WEIGHTS, central={"comment_length": 3})], before_end=b"abc", end={"length": 0}),
        "list of members is not where|damaged",
    ),
}  # fmt: skip
for number, method in {"bzip2": 12, "lzma": 14, "deflate64": 9, "zstd": 93, "unknown": 99}.items():
    CASES[f"Z11 {number}"] = changed(f"compressed by method {method}", zipfile_lists, method=method)

twice = replace(WEIGHTS, name="assets/a", central={"offset": 0})
CASES |= {
    "Z08 two names, one place (CVE-2024-0450)": Case(
        build([WEIGHTS, replace(WEIGHTS, name="assets/aaaaaaaaa", central={"offset": 0})]),
        "not end where|says something else", control=zipfile_lists,
    ),
    "Z08 a member in the bytes of another": Case(
        build([METADATA, CONFIG, replace(WEIGHTS, content=build([Part("assets/a", b"x")]), central={"size": 1, "packed": 1}, local={"size": 1, "packed": 1})]),
        "does not end where", control=zipfile_lists,
    ),
    "Z08 a header within another member": Case(
        build([replace(METADATA, content=build([CONFIG])), replace(CONFIG, central={"offset": 30 + 13})]),
        "does not end where the next", control=lambda raw: zipfile.ZipFile(io.BytesIO(raw)).read("config.json") == CONFIG.content,
    ),
}  # fmt: skip

SIZES = {"all bits": 2**64 - 1, "negative": 2**63, "past the end": 2**40}
for what, number in SIZES.items():
    CASES[f"Z13 a size, {what}"] = changed(
        "says something else|does not end where|impossible size", zipfile_lists,
        central={"size": WIDE, "packed": WIDE}, local={"size": WIDE, "packed": WIDE},
        central_extra=extra(1, struct.pack("<2Q", number, number)),
        local_extra=extra(1, struct.pack("<2Q", number, number)),
    )  # fmt: skip
    CASES[f"Z13 a place, {what}"] = changed(
        "not end where the next", zipfile_lists,
        central={"offset": WIDE}, central_extra=extra(1, struct.pack("<Q", number)),
    )  # fmt: skip
    CASES[f"Z13 the list's place, {what}"] = Case(
        build(HONEST, end={"begin": WIDE}, before_end=zip64(HONEST, begin=number)),
        "list of members is not where", control=zipfile_lists, twin=build(HONEST, before_end=zip64(HONEST)),
    )  # fmt: skip
CASES |= {
    "Z13 too few numbers": changed("numbers of ZIP64", zipfile_refuses, central={"size": WIDE, "packed": WIDE}, central_extra=extra(1, bytes(8))),
    "Z13 too many numbers": changed("numbers of ZIP64", central_extra=extra(1, bytes(24))),
    "Z13 numbers nobody asked for": changed("numbers of ZIP64", local_extra=extra(1, bytes(16))),
    "Z13 no numbers": changed("numbers of ZIP64", zipfile_lists, central={"size": WIDE, "packed": WIDE}),
    "Z13 numbers twice": changed("damaged header", zipfile_lists, central={"offset": WIDE}, central_extra=extra(1, bytes(8)) * 2),
    "Z13 an extra field past its end": changed("damaged header", zipfile_refuses, central_extra=struct.pack("<2H", 1, 99)),
    "Z17 the locator points elsewhere (CVE-2025-8291)": Case(
        build(HONEST, before_end=zip64(HONEST, place=7)), "of ZIP64 disagree", twin=build(HONEST, before_end=zip64(HONEST)),
    ),
    "Z17 the records disagree": Case(
        build(HONEST, before_end=zip64(HONEST, count=2, here=2)), "of ZIP64 disagree", twin=build(HONEST, before_end=zip64(HONEST)),
    ),
    "Z17 many disks": Case(
        build(HONEST, before_end=zip64(HONEST, disks=2)), "of ZIP64 disagree", control=zipfile_refuses, twin=build(HONEST, before_end=zip64(HONEST)),
    ),
    "Z17 more in the record": Case(
        build(HONEST, before_end=zip64(HONEST, rest=60)), "of ZIP64 disagree", twin=build(HONEST, before_end=zip64(HONEST)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_hostile_archives(case):
    read_all(case.twin)
    assert case.control(case.raw)
    with pytest.raises(case.error, match=case.match) as caught:
        read_all(case.raw)
    assert type(caught.value) is case.error
    assert len(str(caught.value)) < 1000 and str(caught.value).isprintable()


def parts_of_a_model() -> list[Part]:
    file = io.BytesIO()
    lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))]).save(file)
    with zipfile.ZipFile(file) as archive:
        return [Part(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_hostile_archives_as_models(case, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(case.raw)
    for source in (path, io.BytesIO(case.raw)):
        with pytest.raises(case.error, match=case.match) as caught:
            lamina.saving.load_model(source)
        assert "is refused; nothing was loaded" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


# Names of the same lengths, so that an archive of a model becomes one of arrays, with all that is wrong in it.
AS_ARRAYS = {
    b"metadata.json": b"metadata0.npy",
    b"config.json": b"layer/0.npy",
    b"model.weights.h5": b"model.weight.npy",
    b"assets/a.txt": b"assets/a.npy",
}
# What else is wrong with such an archive as one of arrays, which is looked at first.
OTHERWISE = "members that do not belong there|not a file of an array"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_hostile_archives_as_weights(case, tmp_path):
    """Through `load_weights`; `conftest.py` holds that `inspect_model` says the same."""
    raw = case.raw
    for name, other in AS_ARRAYS.items():
        raw = raw.replace(name, other)
    (tmp_path / "m.npz").write_bytes(raw)
    model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
    before = model.get_weights()
    with pytest.raises(case.error, match=f"{case.match}|{OTHERWISE}") as caught:
        model.load_weights(tmp_path / "m.npz")
    assert caught.type is case.error
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_hostile_archives_looked_into(case, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(case.raw)
    for look in (lamina.saving.inspect_model, lamina.saving.KerasFileEditor):
        with pytest.raises(case.error, match=case.match):
            look(path)


def test_the_twins_of_hostile_models_load():
    honest = parts_of_a_model()
    lamina.saving.load_model(io.BytesIO(build(honest)))
    more = build([*honest, Part("setup.py", b"x")])
    with pytest.raises(FormatError, match=r"do not belong there: 'setup\.py'.*ignore_members=True"):
        lamina.saving.load_model(io.BytesIO(more))
    policy = lamina.saving.LoadPolicy(ignore_members=True)
    lamina.saving.load_model(io.BytesIO(more), policy=policy)


GIB = 2**30
BOMB = zeros(GIB)  # about 1 MiB


def refused_within(megabytes: int, read: Callable[[], object], error: type, match: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(error, match=match):
            read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * 2**20


def bomb(name: str, says: int, parts: list[Part] = ()) -> bytes:
    sizes = {"size": says, "packed": len(BOMB), "crc": 0}
    part = Part(name, b"", method=8, packed=BOMB, local=sizes, central=sizes)
    return build([*(p for p in parts if p.name != name), part])


@pytest.mark.parametrize("name", ["config.json", "metadata.json", "model.weights.h5", "assets/a"])
def test_z05_z06_bombs_that_say_so(name):
    """The control: that many bytes come out of it."""
    raw = bomb(name, GIB)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(name) as file:
        assert len(file.read(64 * 2**20)) == 64 * 2**20
    refused_within(8, lambda: read_all(raw), LimitError, "1,073,741,824 bytes")
    found = ArchiveReader(io.BytesIO(raw), Budget(None, len(raw)), in_model)
    refused_within(8, lambda: found.open(name), LimitError, "when it is decompressed")


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_z05_z06_bombs_that_lie(name):
    """No more comes out than the headers say, whatever is within."""
    refused_within(8, lambda: read_all(bomb(name, 1000)), FormatError, "does not inflate")


READERS = {
    "load_model": lamina.saving.load_model,
    "inspect_model": lamina.saving.inspect_model,
    "editor": lamina.saving.KerasFileEditor,
}


@pytest.mark.parametrize("name", ["config.json", "metadata.json", "model.weights.h5"])
@pytest.mark.parametrize("says", [GIB, 1000])
@pytest.mark.parametrize("reader", READERS)
def test_z05_z06_bombs_in_models(reader, name, says, tmp_path):
    (tmp_path / "m.keras").write_bytes(bomb(name, says, parts_of_a_model()))
    error, match = (LimitError, "limits=Limits") if says == GIB else (FormatError, "not inflate")
    refused_within(8, lambda: READERS[reader](tmp_path / "m.keras"), error, match)


@pytest.mark.parametrize("says", [GIB, 1000])
def test_z06_bombs_in_weights(says, tmp_path):
    model, path = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))]), tmp_path / "m.npz"
    path.write_bytes(bomb("layers/dense/vars/0.npy", says))
    error, match = (LimitError, "limits=Limits") if says == GIB else (FormatError, "not inflate")
    refused_within(8, lambda: model.load_weights(path), error, match)


@pytest.mark.parametrize("limit", ["config_bytes", "metadata_bytes"])
def test_z05_every_size_has_its_own_limit(limit):
    found = ArchiveReader(io.BytesIO(build(HONEST)), Budget(Limits(**{limit: 20})), in_model)
    with pytest.raises(LimitError, match=rf"limit is 20.*{limit}=\.\.\."):
        found.read("config.json", limit)


@pytest.mark.parametrize("count", [10_001, 50_000])
def test_z12_very_many_members(count):
    """They are counted before the first is looked at."""
    raw = build([Part(f"assets/{i}") for i in range(count)])
    refused_within(1, lambda: read_all(raw), LimitError, f"{count:,} members; the limit is 10,000")


def test_z12_a_million_members_of_zip64():
    end = zip64(HONEST, count=10**6, here=10**6, length=46 * 10**6, begin=0)
    raw = bytes(46 * 10**6) + end + build([])
    raw = raw.replace(
        (len(build(HONEST)) - 22).to_bytes(8, "little"), (46 * 10**6).to_bytes(8, "little")
    )
    raw = raw[:-22] + build(
        [], end={"here": 2**16 - 1, "count": 2**16 - 1, "length": WIDE, "begin": WIDE}
    )
    refused_within(1, lambda: read_all(raw), LimitError, "1,000,000 members; the limit is 10,000")


def test_z14_cut_off_anywhere():
    raw = build([replace(METADATA, method=8), CONFIG, WEIGHTS])
    boundaries = {i + n for mark in (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")
                  for i in range(len(raw)) if raw.startswith(mark, i) for n in (-1, 0, 1, 4, 30)}  # fmt: skip
    read_all(raw)
    for end in sorted(boundaries | set(range(0, len(raw), 61))):
        if 0 <= end < len(raw):
            with pytest.raises(FormatError, match=r"not a zip archive|does not end as"):
                read_all(raw[:end])


@pytest.mark.parametrize("method", [0, 8])
def test_z14_a_byte_of_the_content_is_wrong(method):
    raw = build([METADATA, replace(CONFIG, method=method), WEIGHTS])
    read_all(raw)
    at = raw.index(replace(CONFIG, method=method).bytes)
    for i in range(at, at + 20):
        spoilt = bytearray(raw)
        spoilt[i] ^= 16
        with pytest.raises(FormatError, match=r"checksum|damaged|inflate|cut off"):
            read_all(bytes(spoilt))


def test_z14_every_flipped_bit_is_refused_or_harmless():
    raw = build([METADATA, replace(CONFIG, method=8), replace(WEIGHTS, content=b"weights")])
    good, refused = read_all(raw), 0  # the twin
    for bit in range(8 * len(raw)):
        spoilt = bytearray(raw)
        spoilt[bit // 8] ^= 1 << bit % 8
        try:
            assert read_all(bytes(spoilt)) == good
        except FormatError:
            refused += 1
    # The control: damage is seen. What does no harm: times, versions, attributes.
    assert refused > 6 * len(raw)


def test_z18_many_members_under_one_budget():
    """Each is within the limit of one; together they are not."""
    parts = [Part(f"assets/{i}", bytes(60_000), method=8) for i in range(300)]
    assert zipfile_takes(build(parts[:2]))  # the control
    read_all(build(parts[:200]))  # the twin
    with pytest.raises(LimitError, match="when it is decompressed; the limit is 16,777,216"):
        read_all(build(parts))
