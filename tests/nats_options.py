"""What the options about NATS say, beside a configuration."""

from pathlib import Path

from turnout.cli._commands import Parser
from turnout.cli._monitor_meeting import add_meeting, nats_of
from turnout.jobs.monitor._plan import Meeting
from turnout.jobs.monitor._setup import meeting_of, read_plan
from turnout.jobs.monitor.config import NatsOptions


def nats_options(config: Path, *words: str) -> NatsOptions | None:
    """Return what a configuration and options of the command say together."""
    parser = Parser(prog="turnout monitor")
    parser.add_argument("--config")
    add_meeting(parser)
    return nats_of(parser.parse([*words, "--config", str(config)]), read_plan(config))


def meeting(folder: Path, *words: str) -> Meeting:
    """Return where monitors meet as options of the command say; the configuration is written to a folder."""
    config = folder / "monitor.toml"
    config.write_text("[layout]\nracks = 8\nzones = 8\n", encoding="utf-8")
    found = nats_options(config, *words)
    assert found is not None
    return meeting_of(found)
