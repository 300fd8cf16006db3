"""``turnout monitor check``."""

import argparse
from collections import Counter
from pathlib import Path

from turnout.cli._streams import write_out
from turnout.errors import ExitStatus
from turnout.report._words import plural

SUMMARY = "check a configuration, and say on which lines its mistakes are"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    parser.add_argument("config", metavar="FILE", help="the configuration")


def run(options: argparse.Namespace) -> int:
    """Print what it is about, or all its mistakes."""
    from turnout.jobs.monitor.config import load_config  # noqa: PLC0415  the help must not pay for it

    config = load_config(Path(options.config))
    layout = config.layout
    kinds = Counter(type(rule).__name__.removesuffix("Rule").lower() for rule in config.rules)
    rules = ", ".join(f"{count} of kind {kind}" for kind, count in kinds.items()) or "none"
    nats = config.nats
    shared = f"\n  shared      {plural(nats.partitions, 'partition')}, at {', '.join(nats.urls)}" if nats else ""
    write_out(
        f"{options.config}: no mistakes\n"
        f"  sensors     {len(layout):,} in {plural(len(layout.zones), 'zone')} of {plural(len(layout.rooms), 'room')}\n"
        f"  topics      {config.mqtt.topic}, at {config.mqtt.host}:{config.mqtt.port}\n"
        f"  rules       {rules}\n"
        f"  reactions   {', '.join(reaction.name for reaction in config.reactions) or 'none'}"
        f"{shared}"
    )
    return ExitStatus.OK
