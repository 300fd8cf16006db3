"""``turnout monitor silence``."""

import argparse
import re

from turnout.cli._monitor_state import act, add_json, add_state
from turnout.clock import epoch_ns
from turnout.errors import ExitStatus, UsageError

SUMMARY = "tell nobody of some alarms for a while"

_WHAT = ("rule", "subject", "zone", "room")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SECOND_NS = 10**9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    for what in _WHAT:
        parser.add_argument(f"--{what}", metavar="NAME", help=f"alarms of this {what}; * stands for anything")
    parser.add_argument("--for", dest="duration", metavar="TIME", required=True, help="how long: 90s, 30m, 2h or 1d")
    parser.add_argument("--comment", metavar="TEXT", default="", help="why")
    add_state(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Begin the silence."""
    what = {name: getattr(options, name) for name in _WHAT if getattr(options, name) is not None}
    if not what:
        raise UsageError("which alarms? give at least one of --rule, --subject, --zone and --room")
    until_ns = epoch_ns() + _duration_ns(options.duration)
    act(options, {"act": "silence", "what": what, "until_ns": until_ns, "comment": options.comment})
    return ExitStatus.OK


def _duration_ns(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if found is None or int(found[1]) == 0:
        raise UsageError(f"{text!r} is not a time; write 90s, 30m, 2h or 1d")
    return int(found[1]) * _UNITS_S[found[2]] * _SECOND_NS
