"""The table of `summary()`: its figures, its width, and models of every style."""

import re
import sys

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.core import naming
from lamina.training.summary import print_summary


@pytest.fixture(autouse=True)
def names_from_the_start():
    """Let the ops of each test's graph be `add`, `add_1`, ..."""
    naming.reset()


def text_of(model, **kwargs):
    shown = []
    assert print_summary(model, print_fn=shown.append, **kwargs) is None
    assert len(shown) == 1
    return shown[0]


def cells(text):
    """The table's cells, row by row; lines that go on are joined again."""
    rows = []
    for line in text.splitlines():
        if line[:1] not in "│┃":
            rows += [None] if line[:1] in "├┏└┡" else []
            continue
        found = [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]
        rows.append(found)
    return [row for row in rows if row]


def note():
    return lamina.Sequential(
        [
            layers.Dense(32, activation="relu", input_shape=(784,), name="hidden"),
            layers.Dense(10, name="out"),
        ],
        name="note",
    )


def branched():
    x = lamina.Input((3,), name="in")
    shared = layers.Dense(4, name="shared")
    left, right = shared(x), shared(layers.Dense(3, name="before")(x))
    return lamina.Model(
        {"in": x}, [layers.Dense(2, name="top")(left + right), left * right], name="net"
    )


def test_a_sequential_model():
    text = text_of(note())
    assert text.splitlines()[0] == 'Model: "note"'
    assert cells(text) == [
        ["Layer (type)", "Output Shape", "Param #"],
        ["hidden (Dense)", "(None, 32)", "25,120"],
        ["out (Dense)", "(None, 10)", "330"],
    ]
    assert text.splitlines()[-3:] == [
        " Total params: 25,450 (99.41 KB)",
        " Trainable params: 25,450 (99.41 KB)",
        " Non-trainable params: 0 (0.00 B)",
    ]


def test_it_is_printed_where_standard_output_is_now(capsys):
    note().summary()
    shown = capsys.readouterr().out
    assert shown == text_of(note())
    assert max(map(len, shown.splitlines())) <= 80


def test_a_functional_chain_shows_its_input_and_no_connections():
    x = lamina.Input((3,), name="in")
    table = cells(text_of(lamina.Model(x, layers.Dense(2, name="d")(x) + 1)))
    assert table == [
        ["Layer (type)", "Output Shape", "Param #"],
        ["in (InputLayer)", "(None, 3)", "0"],
        ["d (Dense)", "(None, 2)", "8"],
        ["add (op)", "(None, 2)", "0"],
    ]


def test_a_graph_shows_what_leads_where():
    table = cells(text_of(branched()))
    assert table[0] == ["Layer (type)", "Output Shape", "Param #", "Connected to"]
    assert sorted(table[1:]) == sorted(
        [
            ["in (InputLayer)", "(None, 3)", "0", "-"],
            ["before (Dense)", "(None, 3)", "12", "in[0][0]"],
            ["shared (Dense)", "(None, 4)", "16", "in[0][0], before[0][0]"],
            ["add (op)", "(None, 4)", "0", "shared[0][0], shared[1][0]"],
            ["top (Dense)", "(None, 2)", "10", "add[0][0]"],
            ["multiply (op)", "(None, 4)", "0", "shared[0][0], shared[1][0]"],
        ]
    )


def test_two_calls_of_one_op_are_two_rows():
    x = lamina.Input((3,), name="in")
    names = [row[0] for row in cells(text_of(lamina.Model(x, x + 1 + 2)))]
    assert names[2:] == ["add (op)", "add_1 (op)"]


def test_frozen_layers_and_the_optimizer_are_counted():
    model = note()
    model.get_layer("hidden").trainable = False
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    text = text_of(model, show_trainable=True)
    assert [row[-1] for row in cells(text)] == ["Trainable", "N", "Y"]
    figures = dict(re.findall(r"^ (.*): ([\d,]+) \(", text, re.M))
    slots = sum(int(np.prod(v.shape)) for v in model.optimizer.variables)
    assert figures == {
        "Total params": f"{25_450 + slots:,}",
        "Trainable params": "330",
        "Non-trainable params": "25,120",
        "Optimizer params": f"{slots:,}",
    }


class Mine(lamina.Model):
    def __init__(self):
        super().__init__(name="mine")
        self.inner = layers.Dense(2, name="inner")

    def call(self, x):
        return self.inner(x)


def test_models_that_are_not_built_yet():
    assert cells(text_of(lamina.Sequential([layers.Dense(3, name="d")])))[1] == [
        "d (Dense)",
        "?",
        "0 (unbuilt)",
    ]
    model = Mine()
    assert cells(text_of(model))[1] == ["inner (Dense)", "?", "0 (unbuilt)"]
    model(np.ones((1, 3), "float32"))
    row = next(row for row in cells(text_of(model)) if row[0] == "inner (Dense)")
    assert row[1:3] == ["(None, 2)", "8"]  # a call shows the graph of a subclass, too
    assert text_of(lamina.Sequential()).endswith(" Non-trainable params: 0 (0.00 B)\n")


def test_models_within_models():
    x = lamina.Input((784,), name="in")
    model = lamina.Model(x, layers.Dense(3, name="last")(note()(x)))
    assert [row[0] for row in cells(text_of(model))[2:]] == ["note (Sequential)", "last (Dense)"]
    names = [row[0] for row in cells(text_of(model, expand_nested=True))[2:]]
    assert names == ["note (Sequential)", "└ hidden (Dense)", "└ out (Dense)", "last (Dense)"]
    assert " Total params: 25,483 (99.54 KB)" in text_of(model, expand_nested=True)


def test_layer_range():
    model = lamina.Sequential([layers.Dense(1, name=f"d{i}", input_shape=(1,)) for i in range(5)])
    names = [row[0] for row in cells(text_of(model, layer_range=("d1", "d[23]")))[1:]]
    assert names == ["d1 (Dense)", "d2 (Dense)", "d3 (Dense)"]
    with pytest.raises(ValueError, match=r"'e', but no layer is called so. Layers: \['d0'"):
        text_of(model, layer_range=("d1", "e"))
    with pytest.raises(ValueError, match="a pair of names"):
        text_of(model, layer_range="d1")
    with pytest.raises(ValueError, match="comes after"):
        text_of(model, layer_range=("d3", "d1"))


def test_line_length_and_positions():
    lines = text_of(note(), line_length=70).splitlines()
    assert len(lines[1]) == 70
    lines = text_of(note(), line_length=100, positions=[0.5, 0.8, 1.0]).splitlines()
    assert [i + 1 for i, c in enumerate(lines[1]) if c == "┳"] == [51, 81] and len(lines[1]) == 100
    with pytest.raises(ValueError, match="`positions` must be 3 rising numbers"):
        text_of(note(), positions=[0.5, 0.4, 1.0])


def wide():
    x = lamina.Input((28, 28, 1), name="an_input_with_quite_a_long_name_that_nobody_shortens")
    y = layers.Dense(1234, name="the_first_dense_layer_of_the_left_branch_of_the_network")(x)
    z = layers.Dense(1234, name="the_other_[bold]branch")(x)
    return lamina.Model([x], [y + z, y], name="a_model_of_long_names")


@pytest.mark.parametrize("width", [80, 60, 40])
@pytest.mark.parametrize("trainable", [False, True])
def test_nothing_is_longer_than_the_line_and_nothing_is_cut(width, trainable):
    text = text_of(wide(), line_length=width, show_trainable=trainable)
    table = [line for line in text.splitlines() if line[:1] in "│┃├┏└┡"]
    assert max(map(len, table)) <= width
    assert "…" not in text
    columns = zip(*cells(text), strict=True)
    together = ["".join(cell for cell in column).replace(" ", "") for column in columns]
    for name in ("an_input_with_quite_a_long_name_that_nobody_shortens", "the_other_[bold]branch"):
        assert (name in together[0] and f"{name}[0][0]" in together[3]) or name.startswith(
            "the_other"
        )
    assert "(None,28,28,1234)" in together[1]
    assert "2,468" in together[2]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_terminals_of_every_encoding(monkeypatch, encoding):
    import io

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    x = lamina.Input((784,), name="in")
    print_summary(lamina.Model(x, note()(x)), expand_nested=True)
    sys.stdout.flush()
    assert "hidden (Dense)" in raw.getvalue().decode(encoding)
