"""Models on the Hugging Face Hub, against a stand-in that serves real bytes and records requests."""

from __future__ import annotations

import os
import re
import sys
import zipfile

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.cli import main
from lamina.core.file_errors import FormatError, PolicyError
from lamina.saving import hub
from lamina.saving.hub import WEIGHTS, WHOLE
from tests.saving.hub_server import TOKEN, Hub


@pytest.fixture
def server(monkeypatch, tmp_path):
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("LAMINA_HOME", str(tmp_path / "home"))
        yield server
        server.shutdown()


def _model():
    return lamina.Sequential([layers.Dense(2, input_shape=(3,), name="out")], name="net")


def _upload(address, data=b"bytes", **options):
    with hub.uploading(address, _model(), **options) as path:
        path.write_bytes(data)


# Addresses.


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hf://me/net", ("me/net", None, None)),
        ("hf://me/net@v1.0", ("me/net", "v1.0", None)),
        ("hf://me/net@refs%2Fpr%2F1/a/b.keras", ("me/net", "refs/pr/1", "a/b.keras")),
        ("HF://me/net/m.keras", ("me/net", None, "m.keras")),
    ],
)
def test_addresses(text, parts):
    address = hub.address_of(text)
    assert (address.repository, address.revision, address.file) == parts
    assert hub.address_of(str(address)) == address


@pytest.mark.parametrize("path", ["m.keras", "/a/m.keras", r"C:\m.keras", "a:b/m.keras", None, 3])
def test_paths_of_this_machine_come_back_as_they_are(path):
    assert hub.address_of(path) is None
    assert hub.local_path(path) is path
    with hub.uploading(path, None) as target:
        assert target is path


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/m.keras", "https://x/m.keras", "gs://x/m", "s3://x/m", "file:///m"],
)
@pytest.mark.parametrize("use", [hub.local_path, lambda a: hub.uploading(a, None).__enter__()])
def test_other_schemes_are_refused_with_advice(address, use):
    with pytest.raises(PolicyError, match=r"not a path on this machine.*get_file"):
        use(address)


@pytest.mark.parametrize(
    "address",
    [
        "hf://",
        "hf://me",
        "hf://me/net/../x",
        "hf://me/net//x",
        "hf://../net",
        "hf://me/net@/x",
        "hf://me/n\n",
    ],
)
def test_addresses_that_are_none(address):
    with pytest.raises(ValueError, match="not an address of the Hub"):
        hub.address_of(address)


# Downloads.


@pytest.mark.parametrize(
    ("files", "suffixes", "chosen"),
    [
        (["model.keras", "pickle.pkl", "config.json"], WHOLE, "model.keras"),
        (["model.safetensors", "net.keras"], WHOLE, "net.keras"),
        (["a.keras", "model.keras"], WHOLE, "model.keras"),
        (["model.weights.h5", "model.safetensors"], WHOLE, "model.safetensors"),
        (["model.weights.h5", "model.keras"], WEIGHTS, "model.weights.h5"),
        (["x/model.keras", "model.h5"], WHOLE, "model.h5"),
    ],
)
def test_only_the_file_to_load_is_downloaded(server, files, suffixes, chosen):
    server.add("me/net", {name: name.encode() for name in [*files, "README.md", "code.py"]})
    path = hub.local_path("hf://me/net", suffixes)
    assert path.read_bytes() == chosen.encode() and path.name == chosen
    assert server.downloads() == [chosen]


@pytest.mark.parametrize(
    ("index", "parts"),
    [
        ("model.weights.json", ["model_00000.weights.h5", "model_00001.weights.h5"]),
        ("model.safetensors.index.json", ["model-00001-of-00001.safetensors"]),
    ],
)
@pytest.mark.parametrize("address", ["hf://me/net", "hf://me/net/{index}"])
def test_files_of_an_index_come_along_without_links(server, index, parts, address):
    names = [index, *parts, "other-00001-of-00001.safetensors", "model_00000.weights.pkl"]
    server.add("me/net", {name: name.encode() for name in names})
    path = hub.local_path(address.format(index=index), WEIGHTS)
    assert sorted(server.downloads()) == sorted([index, *parts])
    for name in (index, *parts):
        assert path.with_name(name).read_bytes() == name.encode()
        assert not path.with_name(name).is_symlink()
    hub.local_path(address.format(index=index), WEIGHTS)
    assert len(server.downloads()) == 1 + len(parts)


def test_the_cache_serves_the_second_time(server):
    server.add("me/net", {"model.keras": b"bytes"})
    assert hub.local_path("hf://me/net") == hub.local_path("hf://me/net")
    assert server.downloads() == ["model.keras"]


def test_revisions(server):
    server.add("me/net", {"model.keras": b"new"})
    server.add("me/net", {"model.keras": b"old"}, branch="v1")
    assert hub.local_path("hf://me/net@v1").read_bytes() == b"old"
    assert hub.local_path("hf://me/net@v1/model.keras").read_bytes() == b"old"
    assert hub.local_path("hf://me/net").read_bytes() == b"new"


@pytest.mark.parametrize(
    "name", ["../x.keras", "\x1b[31m.keras", "..\\x.keras", ".keras", "a b.keras"]
)
def test_names_that_are_no_plain_paths_are_not_there(server, name):
    server.add("me/net", {name: b"x", "model.h5": b"h5"})
    assert hub.local_path("hf://me/net").read_bytes() == b"h5"
    assert server.downloads() == ["model.h5"]


@pytest.mark.parametrize(
    ("files", "suffixes", "message"),
    [
        (
            ["pytorch_model.bin", "code.py"],
            WHOLE,
            r"no file that lamina could load .*pytorch_model.bin",
        ),
        (["a.keras", "b.keras"], WHOLE, r"several files to load: 'a.keras', 'b.keras'"),
        (["model.weights.h5"], WHOLE, "no file that lamina could load"),
    ],
)
def test_nothing_to_load(server, files, suffixes, message):
    server.add("me/net", dict.fromkeys(files, b""))
    with pytest.raises(FileNotFoundError, match=message):
        hub.local_path("hf://me/net", suffixes)
    assert server.downloads() == []


def test_a_file_of_another_kind_is_not_downloaded(server):
    server.add("me/net", {"model.pkl": b""})
    with pytest.raises(PolicyError, match="nothing was downloaded"):
        hub.local_path("hf://me/net/model.pkl")
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("hf://me/nothing", FileNotFoundError, "no such repository.*hf auth login"),
        ("hf://me/net@v9", FileNotFoundError, "no revision 'v9'"),
        ("hf://me/net/b.keras", FileNotFoundError, "no such file"),
        ("hf://me/gated", PermissionError, "hf auth login"),
    ],
)
def test_what_is_not_there(server, address, error, message):
    server.add("me/net", {"model.keras": b""})
    server.add("me/gated", {"model.keras": b""})
    server.gated.add("me/gated")
    with pytest.raises(error, match=message) as caught:
        hub.local_path(address)
    assert address in str(caught.value)


def test_a_hub_that_cannot_be_reached(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ConnectionError, match=r"hf://me/net.*cannot be reached"):
        hub.local_path("hf://me/net")


@pytest.mark.skipif(os.name == "nt", reason="the cache has no links there")
def test_a_link_out_of_the_cache_is_refused(server, tmp_path):
    server.add("me/net", {"model.keras": b"bytes"})
    path = hub.local_path("hf://me/net")
    (tmp_path / "canary").write_bytes(b"canary")
    path.unlink()
    path.symlink_to(tmp_path / "canary")
    with pytest.raises(FormatError, match="leads out of the cache"):
        hub.local_path("hf://me/net")


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", None)
    for use in (lamina.saving.load_model, _model().save):
        with pytest.raises(ImportError, match=r"pip install 'lamina\[hub\]'"):
            use("hf://me/net")


# Uploads.


def test_a_file_and_its_card_are_uploaded_in_one_commit(server):
    _upload("hf://me/net")
    assert server.files("me/net").keys() == {".gitattributes", "model.keras", "README.md"}
    assert server.files("me/net")["model.keras"] == b"bytes"
    assert len([path for _, path in server.requests if "/commit/" in path]) == 1
    assert hub.local_path("hf://me/net").read_bytes() == b"bytes"


def test_models_go_there_and_back(server):
    one = _model()
    one.compile("adam", "mse", metrics=["accuracy"])
    one.save("hf://me/net")
    other = lamina.saving.load_model("hf://me/net")
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
    card = server.files("me/net")["README.md"].decode()
    assert (
        "optimizer: Adam(learning" in card and "loss: mse" in card and "metrics: accuracy" in card
    )
    assert server.downloads() == ["model.keras"]


def test_models_in_several_files_go_there_and_back(server):
    one = _model()
    one.save("hf://me/net/model.safetensors.index.json")
    other = lamina.saving.load_model("hf://me/net")
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
    assert len(server.downloads()) == 2


def test_a_model_that_keras_put_there_one_member_after_the_other(server, tmp_path):
    model = _model()
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members = {name: data for name, data in members.items() if not name.startswith("lamina")}
    server.add("me/net", {**members, "README.md": b"", "code.py": b""})
    for _ in range(2):
        other = lamina.saving.load_model("hf://me/net")
        np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])
    assert sorted(server.downloads()) == sorted(members)


def test_looking_needs_no_model_either(server):
    _model().save("hf://me/net")
    assert lamina.saving.inspect_model("hf://me/net").parameters == 8
    assert main(["inspect", "hf://me/net@main/model.keras"]) == 0


def test_weights_go_there_and_back(server):
    one, other = _model(), _model()
    one.save_weights("hf://me/net")
    other.load_weights("hf://me/net")
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
    assert 'model.load_weights("hf://me/net")' in server.files("me/net")["README.md"].decode()
    with pytest.raises(FileExistsError):
        one.save_weights("hf://me/net/model.weights.h5", overwrite=False)


def test_to_a_branch_and_a_folder(server):
    server.add("me/net", {"x": b""})
    _upload("hf://me/net@v2/small/a.keras")
    assert "small/a.keras" in server.files("me/net", "v2")
    assert server.files("me/net") == {"x": b""}


def test_overwrite(server):
    server.add("me/net", {"model.keras": b"old"})
    with pytest.raises(FileExistsError, match="overwrite=True"):
        _upload("hf://me/net", overwrite=False)
    assert server.files("me/net")["model.keras"] == b"old"
    _upload("hf://me/net", b"new")
    assert server.files("me/net")["model.keras"] == b"new"


def test_nothing_is_uploaded_if_writing_fails(server):
    server.add("me/net", {"x": b""})
    with pytest.raises(OSError, match="full"), hub.uploading("hf://me/net", _model()) as path:
        path.write_bytes(b"half")
        raise OSError("full")
    assert server.files("me/net") == {"x": b""}


def test_without_a_token(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(PermissionError, match="hf auth login"):
        _upload("hf://me/net")
    assert server.repositories == {}


# Cards.


def test_a_card_tells_of_use_layers_and_training():
    model = _model()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 3)), np.zeros((4, 2)), epochs=2, verbose=0)
    card = hub.model_card(model, hub.address_of("hf://me/net"), license="apache-2.0")
    assert card.startswith("---\nlibrary_name: lamina\nlicense: apache-2.0\ntags:\n- keras\n")
    assert 'lamina.saving.load_model("hf://me/net")' in card
    assert "out (Dense)" in card and "Epochs: 2" in card and "| loss | " in card


def test_names_cannot_break_out_of_a_card():
    model = lamina.Sequential([layers.Dense(2, input_shape=(3,), name="a```\n# b<script>")])
    card = hub.model_card(model, hub.address_of("hf://me/net"))
    fences = re.findall(r"^(`{3,})(\w*)$", card, re.MULTILINE)
    assert [fence for fence, _ in fences] == ["```", "```", "````", "````"]
    assert "\n# b" not in card


@pytest.mark.parametrize("license", ["", "MIT License", "mit\nx: y"])
def test_a_licence_is_a_name_of_the_hub(license):
    with pytest.raises(ValueError, match="a name as the Hub has them"):
        hub.model_card(_model(), hub.address_of("hf://me/net"), license=license)


def test_licence_and_privacy_are_said_when_sharing(server):
    lamina.saving.share_model(_model(), "hf://me/net", license="apache-2.0", private=True)
    assert "\nlicense: apache-2.0\n" in server.files("me/net")["README.md"].decode()
    assert server.private == {"me/net"}
    with pytest.raises(ValueError, match="a name as the Hub has them"):
        lamina.saving.share_model(_model(), "hf://me/other", license="My own")
    assert "me/other" not in server.repositories


def test_own_words_in_a_card_stay(server):
    _upload("hf://me/net")
    card = server.files("me/net")["README.md"].decode()
    server.add(
        "me/net", {"README.md": card.replace("# net", "# My net").replace("Dense", "?").encode()}
    )
    _upload("hf://me/net")
    again = server.files("me/net")["README.md"].decode()
    assert "# My net" in again and "Dense" in again and "?" not in again
    server.add("me/net", {"README.md": b"all mine"})
    _upload("hf://me/net")
    assert server.files("me/net")["README.md"] == b"all mine"
