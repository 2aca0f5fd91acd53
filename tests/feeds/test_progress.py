"""Progress: what is on the screen, what it costs, and what it leaves behind."""

import contextlib
import functools
import io
import itertools
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from lamina.core import screen, settings
from lamina.feeds import progress as progress_module
from lamina.feeds.progress import Progress
from lamina.utils import Progbar


class Terminal(io.StringIO):
    """A stream that is a terminal, as far as one can ask it."""

    encoding = "utf-8"

    def isatty(self):
        return True

    @property
    def controls(self):
        return re.findall(r"\x1b\[[0-9;?]*[A-Za-z]", self.getvalue())

    def screen(self):
        """The lines that a person sees in the end."""
        lines, row = [""], 0
        for token in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)", self.getvalue()):
            if token == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif token == "\x1b[2K":
                lines[row] = ""
            elif token.endswith("A") and token.startswith("\x1b"):
                row -= int(token[2:-1])
            elif not token.startswith("\x1b") and token != "\r":
                lines[row] += token
        return [line.rstrip() for line in lines if line.strip()]


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return stream


def in_terminal(test):
    """Run `test` with its terminal as standard output: pytest undoes what a fixture sets."""

    @functools.wraps(test)
    def run_test(*args, terminal, **kwargs):
        with contextlib.redirect_stdout(terminal):
            test(*args, terminal=terminal, **kwargs)

    return run_test


class Unconverted:
    """Logs that must not be looked at."""

    def __getattribute__(self, name):
        raise AssertionError("the logs were looked at though nothing is shown")


def run(progress, epochs=1, steps=4, logs=None, end=None):
    with progress:
        for epoch in range(epochs):
            progress.epoch_begin(epoch)
            for step in range(steps):
                progress.update(step + 1, {} if logs is None else logs)
            progress.epoch_end({} if end is None else end)


END = {"val_accuracy": 0.5, "accuracy": np.float32(0.91), "val_loss": 0.25, "loss": 1e-4}
TAIL = "loss: 1.0000e-04 - accuracy: 0.9100 - val_loss: 0.2500 - val_accuracy: 0.5000"


@pytest.mark.parametrize("verbose", [1, 2, "auto", True])
def test_plain_lines_where_there_is_no_terminal(capsys, verbose):
    run(Progress(verbose, 2, 4), epochs=2, logs=Unconverted(), end=END)
    lines = capsys.readouterr().out.split("\n")
    assert lines[2] == "" and len(lines) == 3
    for number, line in enumerate(lines[:2], 1):
        assert re.fullmatch(
            rf"Epoch {number}/2 - 4/4 - [\d.:]+m?s? - \d+[um]?s/step - {re.escape(TAIL)}", line
        )


@in_terminal
def test_verbose_2_is_plain_in_a_terminal_too(terminal):
    run(Progress(2, 1, 4), logs=Unconverted(), end={"loss": 0.5})
    assert terminal.controls == []
    assert re.fullmatch(r"4/4 - [\d.:]+m?s? - \d+[um]?s/step - loss: 0.5000\n", terminal.getvalue())


@in_terminal
def test_verbose_0_is_silent(terminal):
    run(Progress(0, 2, 4), epochs=2, logs=Unconverted(), end=Unconverted())
    assert terminal.getvalue() == ""


@in_terminal
def test_a_terminal_that_cannot_redraw_gets_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    run(Progress(1, 1, 4))
    assert terminal.controls == []


@in_terminal
def test_bars_can_be_switched_off(terminal):
    settings.disable_interactive_logging()
    try:
        run(Progress(1, 1, 4))
    finally:
        settings.enable_interactive_logging()
    assert terminal.controls == []


def test_other_verbosities_are_refused():
    for verbose in (3, "loud", None):
        with pytest.raises(ValueError, match="`verbose` must be 0"):
            Progress(verbose)


@in_terminal
def test_a_bar_in_a_terminal(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    run(Progress("auto", 2, 4), epochs=2, end=END)
    shown = terminal.screen()
    assert [shown[0], shown[2]] == ["Epoch 1/2", "Epoch 2/2"]
    assert re.fullmatch(rf"4/4 ━{{20}} [\d.:]+m?s? \d+[um]?s/step - {re.escape(TAIL)}", shown[1])
    assert len(shown) == 4
    assert "\x1b[32m━" in terminal.getvalue()
    assert terminal.controls.count("\x1b[?25l") == terminal.controls.count("\x1b[?25h") == 2


@in_terminal
def test_metrics_that_do_not_fit_go_to_the_next_line_whole(terminal):
    run(Progress(1, 1, 4), end=END)
    shown = terminal.screen()
    assert max(map(len, shown)) <= 80
    assert shown[1] == "    - val_loss: 0.2500 - val_accuracy: 0.5000"


@in_terminal
def test_one_epoch_has_no_header(terminal):
    run(Progress(1, 1, 4))
    assert len(terminal.screen()) == 1


@in_terminal
def test_the_bar_moves_with_the_logs_of_the_engine(terminal, engine):
    with Progress(1, 1, 10) as progress:
        progress.epoch_begin(0)
        progress.update(1, Unconverted())  # not due: the empty bar was drawn just now
        progress._due = 0.0
        progress.update(
            5, {"loss": engine.asarray(np.float32(0.125)), "many": engine.asarray([1.0, 2.0])}
        )
        text = "".join(terminal.screen()).replace("    -", " -")
    assert text.startswith(" 5/10 ━━━━━━━━━━━━━━━━━━━━ ")
    assert text.endswith("loss: 0.1250 - many: [1.0000, 2.0000]")
    assert "\x1b[32m" + "━" * 10 + "\x1b[0m" in terminal.getvalue()


@in_terminal
def test_unknown_length_is_known_after_an_epoch(terminal):
    with Progress(1, 2, None) as progress:
        progress.epoch_begin(0)
        progress._due = 0.0
        progress.update(3, {})
        assert terminal.screen()[-1].startswith("3/? ")
        progress.epoch_end({})
        assert terminal.screen()[-1].startswith("3/3 ")
        progress.epoch_begin(1)
        assert terminal.screen()[-1].startswith("0/3 ")


@in_terminal
def test_an_interrupted_epoch_leaves_the_terminal_clean(terminal):
    with pytest.raises(KeyboardInterrupt), Progress(1, 3, 4) as progress:
        progress.epoch_begin(0)
        progress.update(2, {"loss": 0.5})
        raise KeyboardInterrupt
    assert sys.stdout is terminal
    assert terminal.getvalue().rindex("\x1b[?25h") > terminal.getvalue().rindex("\x1b[?25l")
    assert terminal.getvalue().rstrip("\x1b[?25h").endswith("\n")
    progress.update(3, Unconverted())
    progress.close()


@in_terminal
def test_what_others_print_stays_above_the_bar(terminal):
    with Progress(1, 1, 4) as progress:
        progress.epoch_begin(0)
        print("a callback speaks")
        progress.update(4, {})
        progress.epoch_end({"loss": 0.5})
    shown = terminal.screen()
    assert shown[0] == "a callback speaks" and shown[1].startswith("4/4 ") and len(shown) == 2


@in_terminal
def test_terminals_without_utf8_get_ascii(terminal):
    terminal.encoding = "ascii"
    run(Progress(1, 1, 4), steps=2)
    assert terminal.getvalue().isascii()


def test_an_epoch_that_ends_early_says_so(capsys):
    run(Progress(2, 1, 10), steps=3)
    assert capsys.readouterr().out.startswith("3/10 - ")


def test_the_first_call_does_not_count_for_the_pace(capsys):
    with Progress(2, 1, 3) as progress:
        progress.epoch_begin(0)
        time.sleep(0.2)  # compiling
        progress.update(1, {})
        progress.update(3, {})
        progress.epoch_end({})
    assert re.search(r"s - (\d+us|\d\d?ms)/step", capsys.readouterr().out)


@pytest.mark.parametrize("verbose", [0, 1, 2])
@in_terminal
def test_an_update_that_draws_nothing_only_looks_at_the_clock(terminal, verbose):
    with Progress(verbose, 1, 10**9) as progress:
        progress.epoch_begin(0)
        progress._due = float("inf")
        calls = []

        def watch(frame, event, function):
            if event in ("call", "c_call"):
                calls.append(frame.f_code.co_name if event == "call" else function.__name__)

        sys.setprofile(watch)
        progress.update(1, None)
        sys.setprofile(None)
    assert calls == ["update", "perf_counter", "setprofile"]


@in_terminal
def test_drawing_takes_a_small_share_of_the_time(terminal, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(progress_module, "perf_counter", lambda: next(ticks) / 1000)
    with Progress(1, 1, 10**9) as progress:
        progress.epoch_begin(0)
        before = len(terminal.controls)
        for i in range(550):  # more than half a second by this clock
            progress.update(i + 1, {"loss": 0.5})
        drawings = terminal.controls[before:].count("\x1b[2K")
    assert 1 <= drawings <= 6


def test_rich_is_not_loaded_for_plain_lines():
    program = (
        "import sys; from lamina.feeds.progress import Progress\n"
        "with Progress(1, 1, 2) as p: p.epoch_begin(0); p.update(2, {}); p.epoch_end({})\n"
        "assert 'rich' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2/2 - ")


class OutStream(Terminal):
    """The class name and module by which a notebook's output is known."""

    def isatty(self):
        return False


OutStream.__module__ = "ipykernel.iostream"


def test_a_notebook_gets_one_output_that_is_updated(monkeypatch):
    shown = []

    class Handle:
        def update(self, text):
            shown.append(("update", text.plain))

    def display(text, display_id):
        assert "text/html" in text._repr_mimebundle_([], [])
        shown.append(("display", text.plain))
        return Handle()

    stream = OutStream()
    monkeypatch.setattr(sys, "stdout", stream)
    module = type(sys)("IPython.display")
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython", type(sys)("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    run(Progress(1, 2, 4), epochs=2, end={"loss": 0.5})
    assert [kind for kind, _ in shown] == ["display", "update"] * 2
    assert shown[-1][1].startswith("4/4 ━━━━━━━━━━━━━━━━━━━━ ") and "loss: 0.5000" in shown[-1][1]
    assert stream.getvalue() == "Epoch 1/2\nEpoch 2/2\n"


# Text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.91, "0.9100"),
        (0.001, "0.0010"),
        (0.000999, "9.9900e-04"),
        (-1e-7, "-1.0000e-07"),
        (0.0, "0.0000"),
        (3, "3.0000"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.array([0.5, 1e-5]), "[0.5000, 1.0000e-05]"),
    ],
)
def test_numbers(value, text):
    assert screen.number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (0.0271, "27ms"),
        (0.0997, "0.1s"),
        (0.46, "0.5s"),
        (9.96, "10s"),
        (59.6, "1:00"),
        (65, "1:05"),
        (7265, "2:01:05"),
    ],
)
def test_durations(seconds, text):
    assert screen.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.4, "2s/step"),
        (1.0, "1s/step"),
        (0.0124, "12ms/step"),
        (0.00035, "350us/step"),
        (float("nan"), "-/step"),
    ],
)
def test_paces(seconds, text):
    assert screen.pace(seconds, "step") == text


# Progbar


def test_progbar_averages_as_keras_does(capsys):
    bar = Progbar(10, verbose=2, stateful_metrics=["now"])
    bar.update(1, [("loss", 2.0), ("now", 2.0)])
    bar.update(4, [("loss", 4.0), ("now", 4.0)])
    bar.add(2, [("loss", 9.0), ("now", 9.0)])
    assert bar._sums == {"loss": (32.0, 6), "now": (9.0, 1)}
    assert capsys.readouterr().out == ""
    bar.update(10)
    assert re.fullmatch(
        r"10/10 - [\d.:]+m?s? - \d+[um]?s/step - loss: 5.3333 - now: 9.0000\n",
        capsys.readouterr().out,
    )


def test_progbar_averages_only_what_it_is_told_to():
    bar = Progbar(10, verbose=0, stateless_metrics=["loss"])
    bar.update(1, [("loss", 2.0), ("now", 2.0)])
    bar.update(2, [("loss", 4.0), ("now", 4.0)])
    assert bar._sums == {"loss": (6.0, 2), "now": (4.0, 1)}
    with pytest.raises(ValueError, match="not both"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


@in_terminal
def test_progbar_draws_in_a_terminal(terminal):
    bar = Progbar(4, width=8, interval=0, unit_name="picture")
    for i in range(4):
        bar.add(1, [("loss", np.float32(i))])
    (line,) = terminal.screen()
    assert re.fullmatch(r"4/4 ━{8} [\d.:]+m?s? \d+[um]?s/picture - loss: 3.0000", line)


@in_terminal
def test_an_unfinished_progbar_leaves_cursor_and_streams_alone(terminal):
    bar = Progbar(None)
    bar.update(3, [("loss", 1.0)])
    assert sys.stdout is terminal
    assert terminal.controls.index("\x1b[?25h") > terminal.controls.index("\x1b[?25l")
    bar.update(5, finalize=True)
    assert terminal.screen()[0].startswith("5/5 ")


@pytest.mark.parametrize("validated", [False, True])
def test_time_and_pace_of_a_plain_line_agree(capsys, monkeypatch, validated):
    clock = iter([0.0, 0.0, 5.0, 5.2, 5.4, 5.6, *[9.0] * 5])  # the first call compiles
    monkeypatch.setattr(progress_module, "perf_counter", lambda: next(clock))
    run(Progress(2, 1, 4), steps=4, end={"val_loss": 0.5} if validated else {"loss": 0.5})
    line = capsys.readouterr().out
    assert line.startswith("4/4 - 5.6s - 1s/step" if validated else "4/4 - 9.0s - 2s/step")


@pytest.mark.parametrize("times", [[0.5, 0.5, 0.5, 0.5], [10.0, 0.5, 0.5, 0.5]])
def test_a_running_bar_says_when_it_will_end(times):
    """By the pace after the first call, which compiles."""
    ends = list(itertools.accumulate(times))
    left = screen.seconds_left(4, 10, ends[-1], 0.0, (ends[0], 1))
    line = screen.Line(4, 10, ends[-1], left)
    assert "ETA 3.0s 500ms/step" in line.drawn(80).plain
    assert screen.seconds_left(10, 10, 5.0, 0.0, (1.0, 1)) is None
    assert screen.seconds_left(4, None, 5.0, 0.0, (1.0, 1)) is None
    assert screen.seconds_left(1, 3, 2.0, 0.0, (2.0, 1)) == 4.0  # the first call is all there is
