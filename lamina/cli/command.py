"""The command line: its commands and their options."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lamina
from lamina.cli.cannot_run import CannotRunError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `lamina`.

    Args:
        arguments: without the program's name; by default those of the process.

    Returns:
        The exit status: 0, or 1 where a command says so (files that differ, or would be refused), 2 if
        something cannot be done, 130 if it was interrupted.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.run is None:
        parser.print_help()
        return 0
    try:
        return options.run(options) or 0
    except CannotRunError as refusal:
        sys.stderr.write(f"lamina {options.command}: {refusal}\n")
        return 2
    except BrokenPipeError:  # who reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write(f"lamina {options.command}: interrupted\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lamina", description="Deep learning on the engine that you already have."
    )
    parser.add_argument("--version", action="version", version=f"lamina {lamina.__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(dest="command", metavar="command")

    demo = commands.add_parser(
        "demo", help="train a small network to read handwritten digits (under half a minute)"
    )
    demo.add_argument(
        "--engine",
        help="jax, torch, ...: `lamina engines` lists them (by default the one configured)",
    )
    demo.add_argument(
        "--epochs", type=_positive, default=30, help="how often to go through the digits (30)"
    )
    demo.add_argument(
        "--seed", type=_seed, default=0, help="the same number gives the same network (0)"
    )
    demo.add_argument(
        "--out",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help="where pictures and weights go (demo)",
    )
    demo.set_defaults(run=_demo)

    engines = commands.add_parser(
        "engines", help="show the engines, and which of them are installed"
    )
    engines.set_defaults(run=_engines)

    program = commands.add_parser(
        "run", help="run a program written for Keras: its `import keras` gives lamina"
    )
    program.add_argument("program", help="the Python file")
    program.add_argument("arguments", nargs=argparse.REMAINDER, help="what the program is given")
    program.set_defaults(run=_program)

    _add_files(commands)
    return parser


def _add_files(commands: Any) -> None:
    """Add the commands about files of models and weights."""
    inspect = commands.add_parser(
        "inspect", help="show what a file of a model or of weights holds, without building it"
    )
    inspect.add_argument("file", type=Path, help="a file of any format that lamina loads")
    inspect.add_argument("--json", action="store_true", help="all of it, for programs")
    inspect.set_defaults(run=_inspect)

    diff = commands.add_parser(
        "diff", help="show how two files of models or of weights differ (status 1 if they do)"
    )
    diff.add_argument("first", type=Path, help="a file of any format that lamina loads")
    diff.add_argument("second", type=Path, help="another one; the formats may differ")
    diff.add_argument("--json", action="store_true", help="all of it, for programs")
    diff.set_defaults(run=_diff)

    convert = commands.add_parser(
        "convert", help="write what a file holds into one of another format, told by its ending"
    )
    convert.add_argument("source", type=Path, help="a file of any format that lamina loads")
    convert.add_argument(
        "target",
        type=Path,
        help="ends with .keras, .h5 (Keras 2), .weights.h5, .weights.json, .safetensors, "
        ".safetensors.index.json or .npz",
    )
    convert.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    convert.set_defaults(run=_convert)


def _demo(options: argparse.Namespace) -> None:
    # For so small a network threads only wait for each other, and for minutes if other programs
    # keep the cores busy. It must be said before the engine is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from lamina.cli.demo import demo

    demo(options.engine, options.epochs, options.seed, options.out)


def _engines(_: argparse.Namespace) -> None:
    from lamina.cli.engines import show_engines

    show_engines()


def _program(options: argparse.Namespace) -> None:
    from lamina.as_keras import run_program

    try:
        run_program(options.program, options.arguments)
    except OSError as error:
        raise CannotRunError(f"{options.program} cannot be read: {error.strerror}") from None


def _inspect(options: argparse.Namespace) -> int:
    from lamina.cli.files import show_file

    return show_file(options.file, options.json)


def _diff(options: argparse.Namespace) -> int:
    from lamina.cli.files import show_differences

    return show_differences(options.first, options.second, options.json)


def _convert(options: argparse.Namespace) -> None:
    from lamina.cli.files import convert

    convert(options.source, options.target, options.overwrite)


def _positive(text: str) -> int:
    return _integer(text, 1, 10**6)


def _seed(text: str) -> int:
    return _integer(text, 0, 2**32 - 1)


def _integer(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {least} to {most}")
    return int(text)
