"""`KerasFileEditor`: files of weights are edited without a model, beside Keras' editor of the same name."""

import h5py
import keras
import numpy as np
import pytest

import lamina
from lamina.saving import FormatError, KerasFileEditor, LimitError, Limits, LoadPolicy

NEW = {"0": np.ones((2, 2), "float32"), "1": np.zeros(2, "float32")}


def _model(units=3, last=2, compiled=True):
    model = lamina.Sequential(
        [
            lamina.Input((4,)),
            lamina.layers.Dense(units),
            lamina.layers.BatchNormalization(),
            lamina.layers.Bidirectional(lamina.layers.GRU(1))
            if last is None
            else lamina.layers.Dense(last),
        ]
    )
    if compiled:
        model.compile("adam", "mse")
        model.train_on_batch(np.ones((2, 4)), np.ones((2, last)))
    return model


@pytest.fixture
def path(tmp_path):
    lamina.utils.set_random_seed(1)
    _model().save_weights(tmp_path / "m.weights.h5")
    return tmp_path / "m.weights.h5"


def _contents(path):
    """Return all arrays of a file."""
    held = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda n, x: held.update({n: x[()]}) if isinstance(x, h5py.Dataset) else None
        )
    return held


EDITS = {
    "nothing": lambda e: None,
    "rename": lambda e: e.rename_object("layers/dense", "renamed"),
    "delete": lambda e: e.delete_object("layers/batch_normalization"),
    "delete the optimizer": lambda e: e.delete_object("optimizer"),
    "add": lambda e: e.add_object("layers/new", NEW),
    "add at the top": lambda e: e.add_object("new", NEW),
    "delete a weight": lambda e: e.delete_weight("layers/dense_1", "1"),
    "add weights": lambda e: e.add_weights("layers/dense_1", {"2": NEW["0"]}),
    "replace weights": lambda e: e.add_weights("layers/dense", NEW),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edits_give_the_file_that_keras_gives(path, tmp_path, edit):
    for editor, target in ((KerasFileEditor, "ours"), (keras.saving.KerasFileEditor, "theirs")):
        edited = editor(str(path))
        EDITS[edit](edited)
        edited.resave_weights(str(tmp_path / f"{target}.weights.h5"))
    ours, theirs = (_contents(tmp_path / f"{t}.weights.h5") for t in ("ours", "theirs"))
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name])


def test_an_object_may_be_added_within_another(path):
    """Keras fails on this when it writes the file."""
    editor = KerasFileEditor(path)
    editor.add_object("layers/dense/inner", NEW)
    editor.save(path)
    np.testing.assert_array_equal(_contents(path)["layers/dense/inner/vars/0"], NEW["0"])


def test_objects_keep_their_names(path):
    model = _model()
    model.layers[1].name, model.layers[2].name = "norm", "last"
    model.save_weights(path)
    editor = KerasFileEditor(path)
    editor.rename_object("layers/dense", "renamed")
    editor.save(path)
    with h5py.File(path) as file:
        names = {name: x["vars"].attrs.get("name") for name, x in file["layers"].items()}
    assert names == {"renamed": None, "dense_1": "last", "batch_normalization": "norm"}


def test_an_object_is_called_by_its_name_if_there_is_one_of_it(path):
    editor = KerasFileEditor(path)
    editor.rename_object("batch_normalization", "norm")
    editor.add_object("layers/dense/norm", NEW)
    with pytest.raises(ValueError, match=r"several objects 'norm'.*layers/norm, layers/dense/norm"):
        editor.delete_object("norm")
    editor.delete_object("layers/norm")
    assert list(editor.weights_dict["layers"]) == ["dense", "dense_1"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda e: e.rename_object("dens", "x"), "no object 'dens'.*layers/dense"),
        (lambda e: e.rename_object("layers/dense", "layers/x"), "`new_name` must end with a name"),
        (lambda e: e.rename_object("layers/dense", "dense_1"), "there is an object 'dense_1'"),
        (lambda e: e.delete_object("layers"), None),
        (lambda e: e.add_object("layers/dense", NEW), "is there; delete it first"),
        (lambda e: e.add_object("a/b", NEW), "no object 'a'"),
        (lambda e: e.add_object("a", {"kernel": NEW["0"]}), "'kernel' is not a number"),
        (lambda e: e.add_object("a", {"0": "text"}), "numbers and truth values only"),
        (lambda e: e.delete_weight("layers/dense", "7"), r"no weight '7'; it has \['0', '1'\]"),
        (lambda e: e.save("m.txt"), "must end with"),
    ],
)
def test_mistakes_change_nothing(path, edit, message):
    editor = KerasFileEditor(path)
    before = str(editor.weights_dict)
    if message is None:
        edit(editor)
        return
    with pytest.raises((ValueError, TypeError), match=message):
        edit(editor)
    assert str(editor.weights_dict) == before


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.safetensors", "m.npz"])
def test_every_format_may_be_edited_in_place(tmp_path, name):
    model = _model()
    (model.save if name == "m.keras" else model.save_weights)(tmp_path / name)
    editor = KerasFileEditor(tmp_path / name)
    zeros = np.zeros((4, 3), "float32")
    editor.add_weights("layers/dense", {"0": zeros})
    target = tmp_path / (name if name != "m.keras" else "m.weights.h5")
    editor.save(target)
    model.load_weights(target)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), zeros)


@pytest.mark.parametrize(
    ("reference", "errors", "matches"),
    [
        (lambda: _model(), 0, 22),
        (lambda: _model(compiled=False), 1, 8),
        (lambda: _model(5, compiled=False), 8, 1),
        (
            lambda: lamina.Sequential([lamina.Input((4,)), lamina.layers.Dense(3, use_bias=False)]),
            4,
            1,
        ),
    ],
)
def test_comparison_with_a_model(path, capsys, reference, errors, matches):
    result = KerasFileEditor(path).compare(reference())
    status = "error" if errors else "success"
    assert result == {"status": status, "error_count": errors, "match_count": matches}
    assert capsys.readouterr().out.count("...") == errors


def test_comparison_agrees_with_keras(path):
    def made(units):
        return keras.Sequential(
            [
                keras.layers.Input((4,)),
                keras.layers.Dense(units),
                keras.layers.BatchNormalization(),
                keras.layers.Dense(2),
            ]
        )

    theirs, ours = keras.saving.KerasFileEditor(str(path)), KerasFileEditor(path)
    for editor in (theirs, ours):
        editor.delete_object("optimizer")
    for units in (3, 5):
        status = theirs.compare(made(units))["status"]
        assert ours.compare(_model(units, compiled=False))["status"] == status


def test_summary(path, capsys):
    editor = KerasFileEditor(path)
    editor.delete_object("optimizer")
    editor.delete_object("layers/batch_normalization")
    editor.summary()
    assert capsys.readouterr().out.splitlines() == [
        "Weights structure",
        "└─ layers",
        "    ├─ dense",
        "    │   ├─ 0: shape=(4, 3), dtype=float32",
        "    │   └─ 1: shape=(3,), dtype=float32",
        "    └─ dense_1",
        "        ├─ 0: shape=(3, 2), dtype=float32",
        "        └─ 1: shape=(2,), dtype=float32",
    ]


def test_links_are_not_followed(path):
    with h5py.File(path, "r+") as file:
        file["layers/linked"] = h5py.ExternalLink("other.h5", "/")
    with pytest.raises(FormatError, match="Links are not followed"):
        KerasFileEditor(path)


def test_cve_2026_0897_a_tensor_without_bytes(path):
    with h5py.File(path, "r+") as file:
        file.create_dataset("layers/huge/vars/0", (2**40,), "float32")
    with pytest.raises(FormatError, match="does not hold them"):
        KerasFileEditor(path)


def test_the_budget_counts(path):
    with pytest.raises(LimitError, match="tensors"):
        KerasFileEditor(path, LoadPolicy(limits=Limits(tensors=3)))
