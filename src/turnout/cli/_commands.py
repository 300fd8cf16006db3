"""A command is a module (of two words: with _ between them); what it must have, and how its options are read.

SUMMARY                    one line, for its help
add_arguments(parser)      tells what it takes
run(options) -> int        does it, and returns the exit status
"""

import argparse
import re
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from turnout.errors import UsageError

_NEGATIVE = re.compile(r"-[0-9]\S*")


class Command(Protocol):
    """What a command's module has."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Tell ``parser`` what the command takes."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Do it, and return the exit status."""
        ...


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, and that lets an option's value start with a minus and a digit."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError`."""
        raise UsageError(f"{message}; see {self.prog} --help")

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Return the options in ``words``."""
        if any(action.nargs == argparse.REMAINDER for action in self._actions):
            return self.parse_args(words)  # what follows is another program's, to the letter
        joined: list[str] = []
        for word in words:
            if joined and re.fullmatch(r"--[a-z-]+", joined[-1]) and _NEGATIVE.fullmatch(word):
                joined[-1] += f"={word}"
            else:
                joined.append(word)
        try:
            return self.parse_args(joined)
        except UsageError:
            if all(action.nargs not in {argparse.ZERO_OR_MORE, argparse.ONE_OR_MORE} for action in self._actions):
                raise
        return self.parse_intermixed_args(joined)  # options between names, which argparse else takes for the last ones


def run_command(name: str, summary: str, words: Sequence[str]) -> int:
    """Read a command's options, run it, and return its exit status."""
    command = cast(
        "Command", import_module(f"turnout.cli.{name.replace(' ', '_')}")
    )  # a module fits a protocol by its names
    parser = Parser(prog=f"turnout {name}", description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    command.add_arguments(parser)
    try:
        options = parser.parse(words)
    except SystemExit as done:  # the help was asked for and is printed
        return int(done.code or 0)
    return command.run(options)
