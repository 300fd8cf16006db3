"""The folder in which a monitor keeps its state, and how one that runs is spoken with."""

import argparse
import getpass
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from turnout.cli._streams import write_out

STATE = "monitor.state"


def add_state(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` of the option."""
    parser.add_argument(
        "--state",
        metavar="FOLDER",
        default=STATE,
        help=f"folder in which the monitor keeps its state (default: {STATE})",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` of the option that `act` goes by."""
    parser.add_argument("--json", action="store_true", help="print what was done as a line of JSON")


def act(options: argparse.Namespace, action: Mapping[str, object]) -> None:
    """Have the monitor that runs do something, and print what was done.

    Raises:
        UsageError: If none runs, or it cannot.
    """
    from turnout.cli._monitor_lines import deed_text  # noqa: PLC0415  the help must not pay for it
    from turnout.jobs.monitor._changes import line_of  # noqa: PLC0415  likewise

    deed = ask(options, {"do": "act", "action": {**action, "by": _user()}})
    write_out(line_of(deed) if options.json else deed_text(str(action["act"]), deed))


def ask(options: argparse.Namespace, question: Mapping[str, object]) -> dict[str, Any]:
    """Return what the monitor that runs answers, likewise."""
    from turnout.jobs.monitor._control import ask as ask_monitor  # noqa: PLC0415  the help must not pay for it

    return ask_monitor(Path(options.state), question)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return f"user {os.getuid()}"
