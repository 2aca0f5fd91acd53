"""Files in folders: which, in which order and split, with which labels, as in Keras."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import lamina
from lamina.utils import image_dataset_from_directory, text_dataset_from_directory

QUIET = {"image_size": (4, 4), "verbose": False}
SPLIT = {"validation_split": 0.3, "seed": 3}


def both(folder, function="image_dataset_from_directory", **options):
    """The data sets of lamina and of Keras, each as a list."""
    made = [getattr(library.utils, function)(folder, **options) for library in (lamina, keras)]
    return [one if isinstance(one, list) else [one] for one in made]


@pytest.mark.parametrize(
    "options",
    [
        {"shuffle": False},
        {"shuffle": False, "labels": None},
        {"shuffle": False, "labels": list(range(15))},
        {"shuffle": False, "class_names": ["ape", "cat"]},
        {"shuffle": False, "label_mode": "binary", "class_names": ["cat", "ape"]},
        {"shuffle": False, "label_mode": "categorical"},
        {"shuffle": False, "label_mode": None},
        {"shuffle": False, "validation_split": 0.3, "subset": "validation"},
        {"seed": 3},
        {**SPLIT, "subset": "training"},
        {**SPLIT, "subset": "validation"},
        {**SPLIT, "subset": "both"},
        {"validation_split": 0.49, "seed": 7, "subset": "both", "batch_size": 2},
    ],
    ids=str,
)
def test_files_and_labels_are_those_of_keras(pictures, options):
    for ours, theirs in zip(*both(pictures, **QUIET, **options), strict=True):
        assert [Path(p) for p in ours.file_paths] == [Path(p) for p in theirs.file_paths]
        assert ours.class_names == theirs.class_names and len(ours) == len(theirs)
        if not options.get("shuffle", True) and isinstance(theirs.element_spec, tuple):
            for (_, y), (_, expected) in zip(ours, theirs, strict=True):
                assert y.dtype == expected.numpy().dtype
                assert y.tolist() == expected.numpy().tolist()


def test_a_shuffled_pass_has_each_file_with_its_label(pictures):
    plain = image_dataset_from_directory(pictures, shuffle=False, batch_size=None, **QUIET)
    expected = sorted((x.tobytes(), int(y)) for x, y in plain)
    for options in ({"seed": 5}, {}, {"batch_size": 5}):
        shuffled = image_dataset_from_directory(pictures, **QUIET, **options)
        rows = [(x.tobytes(), int(y)) for xs, ys in shuffled for x, y in zip(xs, ys, strict=True)]
        assert sorted(rows) == expected and rows != [(x.tobytes(), int(y)) for x, y in plain]


def test_passes_differ_and_follow_from_the_seed(pictures):
    def passes():
        lamina.utils.set_random_seed(1)
        dataset = image_dataset_from_directory(pictures, seed=2, **QUIET)
        return [np.concatenate([x.sum((1, 2, 3)) for x, _ in dataset]).tolist() for _ in range(3)]

    first = passes()
    assert len({tuple(x) for x in first}) == 3
    assert passes() == first


def test_what_is_found_is_told(pictures, capsys):
    image_dataset_from_directory(pictures, subset="both", **SPLIT, image_size=(4, 4))
    ours = capsys.readouterr().out
    keras.utils.image_dataset_from_directory(pictures, subset="both", **SPLIT, image_size=(4, 4))
    assert ours == capsys.readouterr().out != ""


@pytest.mark.parametrize("max_length", [None, 5])
@pytest.mark.parametrize("label_mode", ["int", "binary"])
def test_texts_are_those_of_keras(texts, max_length, label_mode):
    options = {"max_length": max_length, "label_mode": label_mode, "shuffle": False}
    (ours,), (theirs,) = both(texts, "text_dataset_from_directory", verbose=False, **options)
    ((x, y),), ((x_keras, y_keras),) = ours, theirs
    assert x.tolist() == x_keras.numpy().tolist()
    assert y.tolist() == y_keras.numpy().tolist()
    assert x[0].numpy() == x_keras[0].numpy()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": [0, 1]}, "2 `labels` are given for 15 files"),
        ({"labels": "x"}, "`labels` must be 'inferred'"),
        ({"labels": [0.5] * 15}, "integers"),
        ({"labels": [0, 5] * 7 + [0], "label_mode": "categorical"}, "without a gap"),
        ({"labels": None, "class_names": ["cat"]}, "`class_names` are the folders"),
        ({"class_names": ["cat", "cow"]}, r"no folders \['cow'\]"),
        ({"label_mode": "binary"}, "for two classes; there are 4"),
        ({"label_mode": "x"}, "label_mode"),
        ({"validation_split": 0.3, "subset": "training"}, "need a `seed`"),
        ({"validation_split": 0.3}, "together, or neither"),
        ({"subset": "training"}, "together, or neither"),
        ({"subset": "test", "validation_split": 0.3}, "subset"),
        ({"subset": "both", "validation_split": 1.3, "seed": 1}, "between 0 and 1"),
        ({"subset": "both", "validation_split": 0.01, "seed": 1}, "no file of 13 is left"),
        ({"batch_size": 0}, "batch_size"),
        ({"color_mode": "cmyk"}, "color_mode"),
        ({"interpolation": "best"}, "interpolation"),
        ({"image_size": (4, 4, 4)}, "image_size"),
        ({"format": "arrow"}, "format"),
        ({"on_error": "ignore"}, "on_error"),
        ({"pad_to_aspect_ratio": True, "crop_to_aspect_ratio": True}, "not both"),
        ({"data_format": "last"}, "data_format"),
    ],
)
def test_wrong_arguments_are_refused(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(pictures, **{**QUIET, **options})


def test_folders_without_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        image_dataset_from_directory(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"no files that end in \.txt"):
        text_dataset_from_directory(tmp_path)


@pytest.fixture
def damaged(tmp_path, pictures):
    """Three good images, one cut off, one that is a text."""
    (tmp_path / "a").mkdir()
    whole = (pictures / "cat" / "b.png").read_bytes()
    for name, content in {
        "1": whole,
        "2": whole[: len(whole) // 2],
        "3": whole,
        "4": b"x" * 99,
        "5": whole,
    }.items():
        (tmp_path / "a" / f"{name}.png").write_bytes(content)
    return tmp_path


def test_a_damaged_file_is_named(damaged):
    dataset = image_dataset_from_directory(damaged, shuffle=False, batch_size=1, **QUIET)
    running = iter(dataset)
    next(running)
    with pytest.raises(ValueError, match=r"2\.png' cannot be read as an image .*on_error='skip'"):
        next(running)
    model = lamina.Sequential([lamina.layers.Flatten()])
    with pytest.raises(ValueError, match=r"2\.png"):
        model.predict(dataset.map(lambda x, y: x), verbose=0)


def test_damaged_files_are_left_out_and_counted(damaged):
    options = {**QUIET, "on_error": "skip", "validation_split": 0.4, "seed": 1, "subset": "both"}
    with pytest.warns(match=r"leaves 2 damaged files out: '2\.png', '4\.png'"):
        train, validation = image_dataset_from_directory(damaged, **options)
    assert [Path(p).name for p in train.skipped] == ["2.png", "4.png"]
    names = sorted(Path(p).name for p in [*train.file_paths, *validation.file_paths])
    assert names == ["1.png", "3.png", "5.png"]
    assert sum(len(x) for x, _ in train) == 2


def test_without_a_whole_file_there_is_no_data_set(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"")
    with pytest.warns(match="1 damaged"), pytest.raises(ValueError, match="none of the 1 files"):
        image_dataset_from_directory(tmp_path, on_error="skip", **QUIET)
