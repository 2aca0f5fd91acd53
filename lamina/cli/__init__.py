"""The command `lamina`."""

from lamina.cli.command import main as main
