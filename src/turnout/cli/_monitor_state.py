"""The folder in which a monitor keeps its state, and how one that runs is spoken with."""

import argparse
import getpass
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STATE = "monitor.state"


def add_state(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` of the option."""
    parser.add_argument(
        "--state",
        metavar="FOLDER",
        default=STATE,
        help=f"folder in which the monitor keeps its state (default: {STATE})",
    )


def act(options: argparse.Namespace, action: Mapping[str, object]) -> None:
    """Have the monitor that runs do something.

    Raises:
        UsageError: If none runs, or it cannot.
    """
    ask(options, {"do": "act", "action": {**action, "by": _user()}})


def ask(options: argparse.Namespace, question: Mapping[str, object]) -> dict[str, Any]:
    """Return what the monitor that runs answers, likewise."""
    from turnout.jobs.monitor._control import ask as ask_monitor  # noqa: PLC0415  the help must not pay for it

    return ask_monitor(Path(options.state), question)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return f"user {os.getuid()}"
