"""Names from elsewhere do no harm where they are shown (case A06 of what files must survive)."""

from __future__ import annotations

import csv

import pytest

import lamina
from lamina import layers
from lamina.core import screen
from lamina.core.shown import printable
from lamina.core.tabular import Tabular

HOSTILE = "=a\x1b[31m<b>\r\n\u202e|`c"
RAW = ("\x1b", "\r", "\u202e")  # the terminal obeys these


@pytest.mark.parametrize(
    "letter", ["\x1b", "\r", "\n", "\x9b", "\u202e", "\u2066", "\u200b", "\ud800"]
)
def test_what_a_terminal_obeys_is_written_out(letter):
    assert not letter.isprintable()  # the control
    shown = printable(f"a{letter}b")
    assert shown.isprintable() and shown.startswith("a\\") and shown.endswith("b")


@pytest.mark.parametrize("text", ["dense_1", "층 1", "épaisseur", "層", "a/b[0]"])
def test_names_of_all_languages_stay(text):
    """The twin."""
    assert printable(text) == text


def test_long_names_are_cut():
    assert len(printable("x" * 10**6)) == 200


class Table(Tabular):
    def table(self):
        return "title", ["name", "n"], [[HOSTILE, "1"]]


def _model():
    model = lamina.Sequential(
        [layers.Dense(2, input_shape=(3,), name=HOSTILE), layers.Dense(2)], name=HOSTILE
    )
    x = lamina.Input((2,), name=HOSTILE)
    return lamina.Model(x, [model.layers[-1](x) + x], name=HOSTILE)


def _summary(tmp_path):
    shown = []
    _model().summary(print_fn=shown.append)
    return shown[0]


def _csv(tmp_path):
    logger = lamina.callbacks.CSVLogger(tmp_path / "log.csv")
    logger.on_train_begin()
    logger.on_epoch_end(0, {HOSTILE: 0.5, "val_loss": 0.5})
    text = (tmp_path / "log.csv").read_text("utf-8")
    assert len(list(csv.reader(text.splitlines()))) == 2
    assert not any(
        cell.startswith(tuple("=+-@")) for cell in next(csv.reader([text.split("\n")[0]]))
    )
    return text


def _history(tmp_path):
    history = lamina.callbacks.History()
    history.on_epoch_end(0, {HOSTILE: 0.5})
    return history._repr_html_()


SINKS = {
    "summary": _summary,
    "html of a model": lambda _: _model()._repr_html_(),
    "table": lambda _: str(Table()),
    "html of a table": lambda _: Table()._repr_html_(),
    "html of the history": _history,
    "a line of progress": lambda _: screen.Line(1, 2, 0.1, logs={HOSTILE: 0.5}).plain(),
    "csv": _csv,
}


@pytest.mark.parametrize("sink", SINKS)
def test_names_are_escaped(sink, tmp_path):
    text = SINKS[sink](tmp_path)
    assert "\\x1b[31m" in text
    assert not any(letter in text for letter in RAW)
    if "html" in sink:
        assert "<b>\\r" not in text and "&lt;b&gt;" in text
