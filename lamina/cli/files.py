"""`lamina inspect`: files of models, looked at from the command line."""

import json
import sys
from pathlib import Path
from typing import Any

from lamina.cli.cannot_run import CannotRunError
from lamina.core.file_errors import LoadError
from lamina.saving.looking import inspect_model


def show_file(path: Path, as_json: bool) -> int:
    """Show what a file holds.

    Returns:
        0, or 1 if loading it would be refused.

    Raises:
        CannotRunError: there is no such file, or nothing in it that could be shown.
    """
    try:
        report = inspect_model(path)
    except (LoadError, OSError, ValueError) as error:
        raise CannotRunError(str(error)) from error
    show(report, report.as_json() if as_json else None)
    return 1 if report.problems else 0


def show(report: Any, data: Any = None) -> None:
    """Show a report: as JSON if there are `data`, as a table in a terminal, and as plain text otherwise."""
    if data is not None:
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    elif sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False, markup=False).print(report)
    else:
        sys.stdout.write(f"{report}\n")
