"""``turnout monitor ack``."""

import argparse

from turnout.cli._monitor_state import act, add_json, add_state
from turnout.errors import ExitStatus

SUMMARY = "say that somebody sees to an alarm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    parser.add_argument("alarm", metavar="ALARM", help="its id, as turnout monitor status shows it")
    add_state(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Acknowledge the alarm."""
    act(options, {"act": "acknowledge", "alarm": options.alarm})
    return ExitStatus.OK
