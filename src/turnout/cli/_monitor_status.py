"""``turnout monitor status``."""

import argparse

from turnout.cli._monitor_state import add_state, ask
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus

SUMMARY = "show how a monitor that runs stands"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    add_state(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(options: argparse.Namespace) -> int:
    """Print how it stands."""
    from turnout.cli._monitor_lines import status_text  # noqa: PLC0415  the help must not pay for it
    from turnout.jobs.monitor._changes import line_of  # noqa: PLC0415  likewise

    status = ask(options, {"do": "status"})
    write_out(line_of(status) if options.json else status_text(status))
    return ExitStatus.OK
