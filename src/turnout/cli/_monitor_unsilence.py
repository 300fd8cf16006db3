"""``turnout monitor unsilence``."""

import argparse

from turnout.cli._monitor_state import act, add_json, add_state
from turnout.errors import ExitStatus

SUMMARY = "end a silence"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    parser.add_argument("silence", metavar="SILENCE", help="its id, as turnout monitor status shows it")
    add_state(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """End the silence."""
    act(options, {"act": "unsilence", "id": options.silence})
    return ExitStatus.OK
