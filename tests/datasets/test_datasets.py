"""The data sets, in small files of exactly the published formats."""

import gzip
import importlib
import inspect
import io
import json
import struct
import tarfile

import numpy as np
import pytest
from sklearn.datasets import load_digits

from lamina.core import settings
from lamina.datasets import digits
from lamina.datasets.fashion_mnist import read_idx


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def cifar_batch(images: np.ndarray, labels: list[int], key: bytes = b"labels") -> bytes:
    """As Python 2's cPickle wrote the batches: protocol 2, byte strings."""
    rows = images.reshape(len(images), -1)

    def text(value: bytes) -> bytes:
        return b"T" + struct.pack("<I", len(value)) + value

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    dtype = b"cnumpy\ndtype\n(" + text(b"u1") + number(0) + number(1) + b"tR("
    dtype += number(3) + text(b"|") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
    shape = b"(" + number(len(rows)) + number(rows.shape[1]) + b"t"
    data = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + number(0) + b"t"
    data += text(b"b") + b"tR(" + number(1) + shape + dtype + b"\x89" + text(rows.tobytes()) + b"tb"
    listed = b"](" + b"".join(map(number, labels)) + b"e"
    pairs = text(b"data") + data + text(key) + listed + text(b"batch_label") + text(b"a batch")
    return b"\x80\x02}(" + pairs + b"u."


CIFAR10 = [
    f"cifar-10-batches-py/{n}" for n in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
]


def cifar_archive(batch: bytes, names=CIFAR10) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as bundle:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(batch)
            bundle.addfile(info, io.BytesIO(batch))
    return buffer.getvalue()


def lists(*rows: list[int]) -> np.ndarray:
    array = np.empty(len(rows), object)
    array[:] = [list(row) for row in rows]
    return array


def test_digits_are_scikit_learns_and_split_evenly():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert {x_train.dtype, y_train.dtype, x_test.dtype, y_test.dtype} == {np.dtype("uint8")}
    assert x_train.shape == (1442, 8, 8) and x_test.shape == (355, 8, 8)
    assert x_train.max() == 16 and set(y_test) == set(range(10))
    share = np.bincount(y_test) / (np.bincount(y_test) + np.bincount(y_train))
    assert share.min() > 0.19 and share.max() < 0.21
    source = load_digits()
    ours = np.concatenate([x_train, x_test]).reshape(-1, 64), np.concatenate([y_train, y_test])
    order, expected = np.lexsort((*ours[0].T, ours[1])), np.lexsort((*source.data.T, source.target))
    np.testing.assert_array_equal(ours[0][order], source.data[expected])
    np.testing.assert_array_equal(ours[1][order], source.target[expected])


def test_digits_are_the_same_on_every_call_and_may_be_changed():
    (first, _), _ = digits.load_data()
    expected = first.copy()
    first += 1
    (second, _), _ = digits.load_data()
    np.testing.assert_array_equal(second, expected)


def test_mnist(keras_site, home):
    mnist = keras_site.modules["mnist"]
    x, y = np.arange(5 * 28 * 28, dtype="uint8").reshape(5, 28, 28), np.arange(5, dtype="uint8")
    content = npz(x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    keras_site.publish(mnist, "mnist.npz", content, "_SHA256")
    for _ in range(2):
        (x_train, y_train), (x_test, _y_test) = mnist.load_data()
        np.testing.assert_array_equal(x_train, x)
        np.testing.assert_array_equal(y_train, y)
        assert x_test.shape == (2, 28, 28)
    assert keras_site.requests == ["/mnist.npz"] and (home / "datasets" / "mnist.npz").is_file()


def test_mnist_with_pickled_objects_is_refused(keras_site):
    mnist = keras_site.modules["mnist"]
    hostile = npz(**dict.fromkeys(("x_train", "y_train", "x_test", "y_test"), lists([1])))
    keras_site.publish(mnist, "mnist.npz", hostile, "_SHA256")
    with pytest.raises(ValueError, match="allow_pickle"):
        mnist.load_data()


def test_fashion_mnist(keras_site, home):
    fashion = keras_site.modules["fashion_mnist"]
    x, y = np.arange(3 * 28 * 28, dtype="uint8").reshape(3, 28, 28), np.arange(3, dtype="uint8")
    for part, count in (("train", 3), ("t10k", 2)):
        keras_site.publish(fashion, f"{part}-images-idx3-ubyte.gz", idx(x[:count]), "_MD5")
        keras_site.publish(fashion, f"{part}-labels-idx1-ubyte.gz", idx(y[:count]), "_MD5")
    (x_train, y_train), (x_test, y_test) = fashion.load_data()
    np.testing.assert_array_equal(x_train, x)
    np.testing.assert_array_equal(y_test, y[:2])
    assert x_test.shape == (2, 28, 28) and y_train.dtype == "uint8" and x_train.flags.writeable
    assert len(list((home / "datasets" / "fashion-mnist").iterdir())) == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\x09\1" + bytes(8),
        b"\0\0\x08\1\0\0\0\5abc",
        b"\0\0\x08\1\0\0\0\1abc",
        b"\0\0\x08\xff" + b"\xff" * 1020,
    ],
)
def test_malformed_idx_files_are_refused(tmp_path, content):
    (tmp_path / "a.gz").write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match="not an IDX file"):
        read_idx(str(tmp_path / "a.gz"))


def test_cifar10(keras_site, home):
    cifar10 = keras_site.modules["cifar10"]
    images = np.arange(2 * 3072, dtype="uint32").astype("uint8").reshape(2, 3, 32, 32)
    archive = cifar_archive(cifar_batch(images, [3, 9]))
    keras_site.publish(cifar10, "cifar-10-python.tar.gz", archive, "_SHA256")
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (
        x_train.shape == (10, 32, 32, 3) and y_train.shape == (10, 1) and y_train.dtype == "uint8"
    )
    np.testing.assert_array_equal(x_test, images.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(y_test, [[3], [9]])
    assert (home / "datasets" / "cifar-10-batches-py-target").is_dir()
    settings.set_image_data_format("channels_first")
    try:
        (x_train, _), _ = cifar10.load_data()
    finally:
        settings.set_image_data_format("channels_last")
    np.testing.assert_array_equal(x_train[:2], images)
    assert keras_site.requests == ["/cifar-10-python.tar.gz"]


def test_cifar10_without_labels_is_refused(keras_site):
    cifar10 = keras_site.modules["cifar10"]
    keras_site.publish(cifar10, "cifar-10-python.tar.gz", cifar_archive(b"\x80\x02}."), "_SHA256")
    with pytest.raises(ValueError, match="not a batch of CIFAR"):
        cifar10.load_data()


@pytest.mark.parametrize("mode", ["fine", "coarse"])
def test_cifar100(keras_site, home, mode):
    cifar100 = keras_site.modules["cifar100"]
    images = np.arange(2 * 3072, dtype="uint32").astype("uint8").reshape(2, 3, 32, 32)
    batch = cifar_batch(images, [3, 99], f"{mode}_labels".encode())
    archive = cifar_archive(batch, ["cifar-100-python/train", "cifar-100-python/test"])
    keras_site.publish(cifar100, "cifar-100-python.tar.gz", archive, "_SHA256")
    (x_train, y_train), (x_test, y_test) = cifar100.load_data(mode)
    np.testing.assert_array_equal(x_train, images.transpose(0, 2, 3, 1))
    assert y_train.tolist() == y_test.tolist() == [[3], [99]] and len(x_test) == 2
    assert (home / "datasets" / "cifar-100-python-target").is_dir()
    with pytest.raises(ValueError, match=r"is not a batch of CIFAR|label_mode"):
        cifar100.load_data("coarse" if mode == "fine" else "all")


@pytest.mark.parametrize("version", ["large", "small"])
def test_california_housing_is_split_as_in_keras(keras_site, of_keras, monkeypatch, version):
    housing = keras_site.modules["california_housing"]
    x, y = np.arange(1400.0).reshape(700, 2), np.arange(700.0)
    keras_site.publish(housing, "california_housing.npz", npz(x=x, y=y), "_SHA256")
    arguments = {"version": version, "test_split": 0.3, "seed": 5}
    ours = housing.load_data(**arguments)
    _assert_equal(ours, _theirs(of_keras, "california_housing", monkeypatch, housing, **arguments))
    for wrong in ({"version": "tiny"}, {"test_split": 1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            housing.load_data(**wrong)


def test_boston_housing_is_split_as_in_keras(keras_site, of_keras, monkeypatch):
    housing = keras_site.modules["boston_housing"]
    x, y = np.arange(20.0).reshape(10, 2), np.arange(10.0)
    keras_site.publish(housing, "boston_housing.npz", npz(x=x, y=y), "_SHA256")
    ours = housing.load_data(test_split=0.3, seed=5)
    theirs = _theirs(of_keras, "boston_housing", monkeypatch, housing, test_split=0.3, seed=5)
    _assert_equal(ours, theirs)
    with pytest.raises(ValueError, match="`test_split`"):
        housing.load_data(test_split=1.0)


REVIEWS = [[1, 5, 900], [2, 2, 3], [4], [7, 8, 9, 10], [30]]
VARIANTS = [
    {},
    {"num_words": 9},
    {"num_words": 12, "skip_top": 5, "oov_char": None},
    {"start_char": None, "index_from": 0},
    {"maxlen": 4, "seed": 7},
]


@pytest.mark.parametrize("arguments", VARIANTS)
def test_imdb_gives_what_keras_gives(keras_site, of_keras, monkeypatch, arguments):
    imdb = keras_site.modules["imdb"]
    x, y = lists(*REVIEWS), np.array([0, 1, 1, 0, 1])
    content = npz(x_train=x, y_train=y, x_test=x[:4], y_test=y[:4])
    keras_site.publish(imdb, "imdb.npz", content, "_SHA256")
    ours = imdb.load_data(**arguments)
    theirs = _theirs(of_keras, "imdb", monkeypatch, imdb, **arguments)
    _assert_equal(ours, theirs)
    assert ours[0][0].dtype == object and ours[0][0].ndim == 1 and type(ours[0][0][0]) is list


@pytest.mark.parametrize("arguments", [*VARIANTS, {"test_split": 0.5, "num_words": 8}])
def test_reuters_gives_what_keras_gives(keras_site, of_keras, monkeypatch, arguments):
    reuters = keras_site.modules["reuters"]
    content = npz(x=lists(*REVIEWS), y=np.array([0, 1, 45, 0, 1]))
    keras_site.publish(reuters, "reuters.npz", content, "_SHA256")
    ours = reuters.load_data(**arguments)
    _assert_equal(ours, _theirs(of_keras, "reuters", monkeypatch, reuters, **arguments))
    assert ours[0][0].dtype == object and type(ours[0][0][0]) is list


def test_reuters_names_and_refusals(keras_site, of_keras):
    reuters = keras_site.modules["reuters"]
    assert reuters.get_label_names() == of_keras("keras").datasets.reuters.get_label_names()
    content = json.dumps({"the": 1}).encode()
    keras_site.publish(reuters, "reuters_word_index.json", content, "_INDEX_MD5")
    assert reuters.get_word_index() == {"the": 1}
    with pytest.raises(ValueError, match="test_split"):
        reuters.load_data(test_split=1.0)


@pytest.mark.parametrize(
    "name",
    ["imdb", "reuters", "cifar10", "cifar100", "california_housing", "mnist", "boston_housing"],
)
def test_addresses_and_hashes_are_those_of_keras(of_keras, monkeypatch, name):
    """Each of Keras' loaders is asked for its file, and stopped there."""
    asked = {}

    def get_file(*names, **arguments):
        asked.update(arguments)
        raise InterruptedError

    monkeypatch.setattr(of_keras(f"keras.src.datasets.{name}"), "get_file", get_file)
    with pytest.raises(InterruptedError):
        of_keras(f"keras.src.datasets.{name}").load_data()
    ours = importlib.import_module(f"lamina.datasets.{name}")
    origin = getattr(ours, "_ORIGIN", None) or f"{ours.KERAS_DATASETS}{name}.npz"
    assert (origin, ours._SHA256) == (asked["origin"], asked["file_hash"])


def test_imdb_arguments_are_checked(keras_site):
    imdb = keras_site.modules["imdb"]
    x, y = lists([1], [1]), np.array([0, 1])
    keras_site.publish(imdb, "imdb.npz", npz(x_train=x, y_train=y, x_test=x, y_test=y), "_SHA256")
    with pytest.raises(TypeError, match="words_num"):
        imdb.load_data(words_num=3)
    with pytest.raises(ValueError, match="`maxlen`=1"):
        imdb.load_data(maxlen=1)
    with pytest.warns(UserWarning, match="num_words"):
        (x_train, _), _ = imdb.load_data(nb_words=100)
    assert x_train.tolist() == [[1, 4], [1, 4]]


def test_imdb_word_index(keras_site):
    imdb = keras_site.modules["imdb"]
    content = json.dumps({"the": 1, "café": 2}).encode()
    keras_site.publish(imdb, "imdb_word_index.json", content, "_INDEX_MD5")
    assert imdb.get_word_index() == {"the": 1, "café": 2}


def test_signatures_are_those_of_keras(of_keras):
    for name in (
        "mnist",
        "fashion_mnist",
        "cifar10",
        "cifar100",
        "imdb",
        "reuters",
        "boston_housing",
        "california_housing",
    ):
        ours = importlib.import_module(f"lamina.datasets.{name}")
        theirs = of_keras(f"keras.datasets.{name}")
        assert _parameters(ours.load_data) == _parameters(theirs.load_data)


def _parameters(function) -> list[tuple]:
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]


def _theirs(of_keras, name: str, monkeypatch, ours, **arguments):
    """What Keras makes of the file that is in our cache."""
    module = of_keras(f"keras.src.datasets.{name}")
    path = ours.get_file(f"{name}.npz", ours.KERAS_DATASETS + f"{name}.npz")
    monkeypatch.setattr(module, "get_file", lambda *_, **__: path)
    return module.load_data(**arguments)


def _assert_equal(ours, theirs) -> None:
    for (x, y), (expected_x, expected_y) in zip(ours, theirs, strict=True):
        assert x.tolist() == expected_x.tolist()
        np.testing.assert_array_equal(y, expected_y)
