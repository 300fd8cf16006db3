"""``turnout monitor``: a control room for thousands of sensors.

Each action is a module ``_monitor_NAME``, as a command is one: see `_commands`. Only that of the action that is asked
for is imported.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any, cast

from turnout.cli._commands import Command, Parser

SUMMARY = "watch thousands of sensors over MQTT, raise alarms by rules, react, and show it all on a live page"

_ACTIONS = {
    "example": "print a configuration to begin with",
    "check": "check a configuration, and say on which lines its mistakes are",
    "simulate": "publish the temperatures of a modelled data centre, and obey its cooling commands",
    "status": "show how a monitor that runs stands",
    "ack": "say that somebody sees to an alarm",
    "silence": "tell nobody of some alarms for a while",
    "unsilence": "end a silence",
    "export": "write readings or summaries of a monitor's history into a Parquet or CSV file",
    "replay": "go through a recording again, at any speed: the same readings give the same alarms, bit for bit",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the command takes."""
    _module_of("run").add_arguments(parser)
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", title="what else there is", parser_class=_ActionParser
    )
    for name, summary in _ACTIONS.items():
        about = f"{summary[0].upper()}{summary[1:]}."
        actions.add_parser(name, help=summary, description=about, allow_abbrev=False)


def run(options: argparse.Namespace) -> int:
    """Watch, or do what else is asked for."""
    return _module_of(options.action or "run").run(options)


class _ActionParser(Parser):
    """Learns what an action takes when it is the one that is asked for."""

    def parse_known_args(  # type: ignore[override]  # overloads of what is handed on
        self,
        args: Sequence[str] | None = None,
        namespace: Any = None,  # any object that takes attributes
    ) -> Any:  # likewise
        _module_of(self.prog.split()[-1]).add_arguments(self)
        return super().parse_known_args(args, namespace)


def _module_of(action: str) -> Command:
    return cast("Command", import_module(f"turnout.cli._monitor_{action}"))  # a module fits a protocol by its names
