"""History: learning rates, its plot, and what a notebook shows of it; LivePlot."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

import lamina
from lamina.callbacks import Callback, History, LearningRateScheduler, LivePlot
from tests.training.callbacks import small


def _history(**series):
    history = History()
    for epoch in range(max(map(len, series.values()))):
        logs = {name: values[epoch] for name, values in series.items() if epoch < len(values)}
        history.on_epoch_end(epoch, logs)
    return history


# Learning rates


def test_a_rate_that_follows_a_schedule_is_in_the_history(trains):
    schedule = lamina.optimizers.schedules.PiecewiseConstantDecay([4], [0.5, 0.25])
    history = small.fit(small.model(lamina.optimizers.SGD(schedule)), epochs=3).history
    assert history["learning_rate"] == [0.5, 0.25, 0.25] or history["learning_rate"] == [
        0.5,
        0.5,
        0.25,
    ]


def test_a_rate_that_a_callback_sets_is_in_the_history_from_the_first_epoch():
    class Halves(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 0.25

    history = small.fit(small.model(lamina.optimizers.SGD(0.5)), Halves(), epochs=3).history
    assert history["learning_rate"] == [0.5, 0.5, 0.25]


def test_a_constant_rate_is_not_in_the_history():
    assert "learning_rate" not in small.fit(small.model()).history


def test_what_the_logs_say_of_the_rate_counts():
    scheduler = LearningRateScheduler(lambda epoch: 0.5**epoch)
    assert small.fit(small.model(), scheduler, epochs=3).history["learning_rate"] == [1, 0.5, 0.25]


def test_several_optimizers_have_several_rates():
    first = lamina.optimizers.SGD(
        lamina.optimizers.schedules.InverseTimeDecay(0.5, 4, 1.0), name="a"
    )
    rest = lamina.optimizers.SGD(0.1, name="b")
    by_path = lamina.optimizers.OptimizerMap(rest, {".*hidden.*": first})
    net = small.model(lamina.optimizers.MultiOptimizer(by_path))
    history = small.fit(net).history
    assert history["learning_rate_a"] == [0.5, 0.25] and "learning_rate_b" not in history


# Pictures


def test_each_log_is_drawn_beside_its_validation():
    history = _history(loss=[3.0, 2.0, 1.0], val_loss=[4.0, 3.0, 2.0], each=[[1, 2]] * 3)
    (axes,) = history.plot().axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}
    assert lines == {
        "loss": [[1, 3.0], [2, 2.0], [3, 1.0]],
        "val_loss": [[1, 4.0], [2, 3.0], [3, 2.0]],
    }


def test_a_log_of_the_last_epochs_stands_at_these():
    history = _history(loss=[3.0, 2.0])
    history.on_epoch_end(2, {"loss": 1.0, "late": 7.0})
    assert history.plot(["late"]).axes[0].get_lines()[0].get_xdata().tolist() == [3]


def test_a_log_that_is_not_there():
    with pytest.raises(ValueError, match=r"no log 'acc' to draw. There are: \['loss'\]"):
        _history(loss=[1.0]).plot(["acc"])


def test_a_notebook_shows_a_table_with_curves():
    history = _history(loss=[float(i) for i in range(40)], **{"<b>": [1.0]})
    tree = ElementTree.fromstring(history._repr_html_())
    head = ["".join(cell.itertext()) for cell in tree.iter("th")]
    assert head == ["epoch", "loss", "<b>"]
    rows = [[cell.text for cell in row] for row in tree.find("tbody")]
    assert rows[0] == ["1", "0.0000", None] and rows[-1] == ["40", "39.0000", "1.0000"]
    assert len(rows) == 13  # the first ones, a gap, the last ones
    assert len(list(tree.iter("polyline"))) == 1
    assert "no epoch" in History()._repr_html_()


def test_a_notebook_shows_a_model_as_its_table():
    text = small.model()._repr_html_()
    tree = ElementTree.fromstring(f"<x>{text}</x>")
    cells = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert cells[1:] == [["hidden (Dense)", "(None, 4)", "16"], ["out (Dense)", "(None, 1)", "5"]]
    assert "Total params: 21" in text


# LivePlot


@pytest.mark.parametrize(("every", "times"), [(1, 3), (2, 2), (5, 1)])
def test_a_picture_is_drawn_into_a_file(tmp_path, monkeypatch, every, times):
    path, drawn = tmp_path / "new" / "curves.png", []
    plot = History.plot
    monkeypatch.setattr(
        History, "plot", lambda self, names: drawn.append(len(self.epoch)) or plot(self, names)
    )
    small.fit(small.model(), LivePlot(["loss"], filename=path, every=every), epochs=3)
    assert len(drawn) == times and drawn[-1] == 3
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_notebook_sees_one_picture_that_changes(monkeypatch):
    shown = []

    class Handle:
        def update(self, picture):
            shown.append(("update", picture._repr_png_()[1:4]))

    def display(picture, display_id):
        shown.append(("display", picture._repr_png_()[1:4]))
        return Handle()

    module = type(sys)("IPython.display")
    module.display = display
    ipython = type(sys)("IPython")
    ipython.version_info = (9, 0)  # matplotlib looks at it before its first picture
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(lamina.core.screen, "in_notebook", lambda: True)
    small.fit(small.model(), LivePlot(), epochs=2)
    assert shown == [("display", b"PNG"), ("update", b"PNG")]


def test_nowhere_to_draw_is_said():
    with pytest.warns(UserWarning, match="not a notebook.*`filename`"):
        small.fit(small.model(), LivePlot(), epochs=1)
