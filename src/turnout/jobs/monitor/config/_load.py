"""From a file in TOML to values, or to all mistakes in it."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from turnout.errors import UsageError
from turnout.jobs.monitor.config._files import password_of
from turnout.jobs.monitor.config._layout import read_layout
from turnout.jobs.monitor.config._lines import lines_of
from turnout.jobs.monitor.config._mqtt import check_topics, read_mqtt
from turnout.jobs.monitor.config._nats import read_nats
from turnout.jobs.monitor.config._notices import read_notices
from turnout.jobs.monitor.config._reactions import read_reactions
from turnout.jobs.monitor.config._rules import read_rules
from turnout.jobs.monitor.config._tables import Mistakes, Table
from turnout.jobs.monitor.config._values import Config, PageOptions
from turnout.jobs.monitor.history import Keeping

_SECOND_NS = 10**9
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_MOST_BYTES = 64 << 20


class ConfigError(UsageError):
    """A configuration has mistakes.

    Args:
        name: Of the file.
        mistakes: The line and a sentence of each, in the order of lines.
    """

    def __init__(self, name: str, mistakes: tuple[tuple[int, str], ...]) -> None:
        super().__init__(name, mistakes)
        self.name = name
        self.mistakes = mistakes

    def __str__(self) -> str:
        return "\n".join(f"{self.name}:{line}: {sentence}" for line, sentence in self.mistakes)


def load_config(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration.

    Args:
        path: The file; names of files in it begin in its folder.
        environment: Where a password may be.

    Raises:
        ConfigError: If it has mistakes.
        UsageError: If it cannot be read.
    """
    try:
        if path.is_file() and path.stat().st_size > _MOST_BYTES:
            raise UsageError(
                f"{path} has more than {_MOST_BYTES >> 20} MB; a list of racks goes into a file of its own"
            )
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"the configuration {str(path)!r} cannot be read ({error.strerror or error})") from error
    except UnicodeError:
        raise UsageError(f"the configuration {str(path)!r} cannot be read (it is not UTF-8)") from None
    return parse_config(text, name=str(path), folder=path.parent, environment=environment)


def parse_config(
    text: str, *, name: str = "monitor.toml", folder: Path = Path(), environment: Mapping[str, str] = os.environ
) -> Config:
    """Return what a configuration says.

    Args:
        text: The configuration.
        name: What it is called in messages.
        folder: Where names of files begin.
        environment: Where a password may be.

    Raises:
        ConfigError: If it has mistakes: all that were found.
    """
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(name, (_of_toml(error, text),)) from None
    mistakes = Mistakes(lines_of(text))
    config = _read(Table(values, (), mistakes, "the configuration:"), text, folder, environment)
    if mistakes.found:
        raise ConfigError(name, tuple(sorted(dict.fromkeys(mistakes.found), key=lambda found: found[0])))
    return config


def _read(top: Table, text: str, folder: Path, environment: Mapping[str, str]) -> Config:
    mqtt_table, readings = top.table("mqtt"), top.table("readings")
    mqtt = read_mqtt(mqtt_table, folder, environment)
    layout_table = top.table("layout")
    layout = read_layout(layout_table, folder)
    check_topics(mqtt_table, mqtt, layout)
    interval_ns = readings.duration_ns("interval", _SECOND_NS, least=_SECOND_NS // 1000)
    lateness_ns = readings.duration_ns("lateness", 2 * _SECOND_NS)
    ahead_ns = readings.duration_ns("ahead", 300 * _SECOND_NS)
    rules = read_rules(top.tables("rule"), layout, interval_ns)
    nats = read_nats(top, layout, folder, environment)
    if nats is not None and not mqtt.client_id:
        mqtt_table.wrong("client_id", "monitors that share the work need one, the same for all")
    recording = top.table("recording")
    config = Config(
        text=text,
        mqtt=mqtt,
        layout=layout,
        rules=rules,
        interval_ns=interval_ns,
        lateness_ns=lateness_ns,
        ahead_ns=ahead_ns,
        notices=read_notices(top, layout, rules),
        reactions=read_reactions(top.tables("reaction"), layout, rules, folder),
        keeping=_keeping(top.table("history")),
        page=_page(top.table("page"), folder, environment),
        nats=nats,
        recording_bytes=recording.size("keep", None),
    )
    for table in (mqtt_table, readings, layout_table, recording, top):
        table.end()
    return config


def _keeping(table: Table) -> Keeping:
    standard = Keeping()
    keeping = Keeping(
        readings_s=table.seconds("readings", standard.readings_s),
        ten_seconds_s=table.seconds("ten_seconds", standard.ten_seconds_s),
        minutes_s=table.seconds("minutes", standard.minutes_s),
        hours_s=table.seconds("hours", standard.hours_s),
    )
    table.end()
    return keeping


def _page(table: Table, folder: Path, environment: Mapping[str, str]) -> PageOptions | None:
    standard = PageOptions()
    is_on = table.flag("enabled", default=True)
    page = PageOptions(
        host=table.text("host", standard.host),
        port=table.whole("port", standard.port, most=65_535),
        title=table.text("title", standard.title),
        low=table.number("low", standard.low),
        high=table.number("high", standard.high),
        user=table.maybe_text("user"),
        password=password_of(table, folder, environment),
    )
    if page.low >= page.high:
        table.wrong("high", f"the upper end of the colours, {page.high:g}, is not above the lower, {page.low:g}")
    if page.user is None and (table.has("password_env") or table.has("password_file")):
        table.wrong("password_env" if table.has("password_env") else "password_file", "whose is it? give a user, too")
    elif page.user is not None and page.password is None and table.are_right("password_env", "password_file"):
        table.wrong("user", "a user proves itself: give password_file or password_env")
    elif page.user is not None and (not page.user or ":" in page.user):
        table.wrong("user", f"{page.user!r} is empty or has a colon, which browsers cannot send")
    table.end()
    return page if is_on else None


def _of_toml(error: Exception, text: str) -> tuple[int, str]:
    """Return line and sentence of what is not TOML."""
    said = str(error)
    match = _TOML_PLACE.search(said)
    if match is None:
        return 1, "this is not TOML: it is nested too deeply" if isinstance(error, RecursionError) else said
    line = int(match[1]) if match[1] else text.count("\n") + (not text.endswith("\n"))
    return max(line, 1), f"this is not TOML: {said[: match.start()]}"
