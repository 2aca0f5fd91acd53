"""The bar while large files are written and read: only where it is of use."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

import lamina
from lamina.core import screen
from lamina.saving import progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal to be redirected to within the test: pytest undoes what a fixture sets."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return Terminal()


@pytest.fixture
def clock(monkeypatch):
    times = [0.0]
    monkeypatch.setattr(progress, "perf_counter", lambda: times[0])
    return times


def test_large_files_get_a_bar(terminal, clock):
    with redirect_stdout(terminal), progress.shown(progress.LARGE) as count:
        for _ in range(10):
            clock[0] += 0.2
            count(progress.LARGE // 10)
    text = terminal.getvalue()
    assert "100/500" in text and "500/500" in text and "/MB" in text
    assert not screen.is_taken()


def test_smaller_files_get_one_when_they_take_their_time(terminal, clock):
    with redirect_stdout(terminal), progress.shown(progress.LEAST) as count:
        clock[0] = 1.9
        count(progress.LEAST // 2)
        assert terminal.getvalue() == ""
        clock[0] = 2.1
        count(progress.LEAST // 4)
        assert "48/64" in terminal.getvalue()


def test_small_files_get_none(terminal):
    with redirect_stdout(terminal), progress.shown(progress.LEAST - 1) as count:
        assert count is None


def test_no_bar_outside_of_a_terminal():
    with redirect_stdout(io.StringIO()), progress.shown(progress.LARGE) as count:
        assert count is None


def test_no_bar_if_switched_off(terminal):
    lamina.config.disable_interactive_logging()
    try:
        with redirect_stdout(terminal), progress.shown(progress.LARGE) as count:
            assert count is None
    finally:
        lamina.config.enable_interactive_logging()


def test_no_bar_within_another_one(terminal):
    with redirect_stdout(terminal):
        bar = screen.Bar()
        with progress.shown(progress.LARGE) as count:
            assert count is None
        bar.close()


def test_the_terminal_is_given_back_after_an_error(terminal):
    with pytest.raises(OSError), redirect_stdout(terminal), progress.shown(progress.LARGE) as count:
        count(1)
        assert screen.is_taken()
        raise OSError
    assert not screen.is_taken()


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".safetensors", ".weights.json"])
def test_saving_and_loading_show_it(terminal, tmp_path, monkeypatch, ending):
    model = lamina.Sequential([lamina.layers.Dense(256, input_shape=(4096,))])  # 4 MB
    write, read = model.save_weights, model.load_weights
    if ending == ".keras":
        write, read = model.save, lamina.saving.load_model
    for name in ("LEAST", "LARGE"):
        monkeypatch.setattr(progress, name, 2**20)
    for call in (write, read):
        with redirect_stdout(terminal):
            call(tmp_path / f"m{ending}")
        assert "4/5" in terminal.getvalue() and "/MB" in terminal.getvalue()
        terminal.seek(0)
        terminal.truncate()
    assert not screen.is_taken()
