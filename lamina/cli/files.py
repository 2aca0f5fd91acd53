"""`lamina inspect`, `lamina diff`, `lamina convert`: files of models, from the command line."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lamina.cli.cannot_run import CannotRunError
from lamina.saving import convert_file
from lamina.saving.looking import compare_files, inspect_model


def show_file(path: Path, as_json: bool) -> int:
    """Show what a file holds.

    Returns:
        0, or 1 if loading it would be refused.

    Raises:
        CannotRunError: there is no such file, or nothing in it that could be shown.
    """
    with _told():
        report = inspect_model(path)
    show(report, report.as_json() if as_json else None)
    return 1 if report.problems else 0


def show_differences(first: Path, second: Path, as_json: bool) -> int:
    """Show how two files differ.

    Returns:
        0 if they hold the same, else 1.

    Raises:
        CannotRunError: one of them is not there, or is refused.
    """
    with _told():
        differences = compare_files(first, second)
    show(differences, differences.as_json() if as_json else None)
    return 1 if differences else 0


def convert(source: Path, target: Path, overwrite: bool) -> None:
    """Write what one file holds into another of a different format, and say what is not kept.

    Raises:
        CannotRunError: it cannot be done; the target is as before.
    """
    if target.exists() and not overwrite:
        raise CannotRunError(f"{target} is there already. Take another name, or add --overwrite")
    with _told():
        show(convert_file(source, target, overwrite))


@contextmanager
def _told() -> Iterator[None]:
    """Make what goes wrong with a file the message of the command."""
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        raise CannotRunError(str(error)) from error


def show(report: Any, data: Any = None) -> None:
    """Show a report: as JSON if there are `data`, as a table in a terminal, and as plain text otherwise."""
    if data is not None:
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    elif sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False, markup=False).print(report)
    else:
        sys.stdout.write(f"{report}\n")
