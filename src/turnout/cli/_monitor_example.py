"""``turnout monitor example``."""

import argparse

from turnout.cli._streams import write_out
from turnout.errors import ExitStatus

SUMMARY = "print a configuration to begin with"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Take nothing."""


def run(_options: argparse.Namespace) -> int:
    """Print it."""
    from turnout.jobs.monitor.config import example  # noqa: PLC0415  the help must not pay for it

    write_out(example().removesuffix("\n"))
    return ExitStatus.OK
