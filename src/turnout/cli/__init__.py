"""The command line: one module a command, and the only place that prints."""

from turnout.cli._entry import main as main
