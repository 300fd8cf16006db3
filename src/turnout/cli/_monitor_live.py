"""How a monitor stands while it runs, in the last lines of a terminal; what it tells scrolls above them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from turnout.clock import wall_ns
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Severity
from turnout.report import plain
from turnout.report._rates import RecentRate
from turnout.report._words import duration, listed, percent, plural, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.jobs.monitor._types import Layout
    from turnout.jobs.monitor.page import Board, Standing
    from turnout.progress import Region

EVERY_S = 0.25
_MOST_ZONES = 6
_OTHER_LINES = 12  # of the terminal, which zones leave to what scrolls
_WIDEST_NAME = 20
_STYLES = {Severity.CRITICAL: "\x1b[1;31m", Severity.WARNING: "\x1b[33m", Severity.INFO: "\x1b[36m"}
_PLAIN = "\x1b[0m"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneLine:
    """A zone now.

    Attributes:
        name: Its name.
        coldest: The least value of its sensors, of the first kind of the layout; NaN if none has spoken lately.
        hottest: The greatest, likewise.
        level: How much it is cooled, 0 to 1; None if nobody does.
        note: Why, if that is out of the ordinary.
    """

    name: str
    coldest: float
    hottest: float
    level: float | None = None
    note: str = ""


class LiveStatus:
    """Draws how a board stands, a few times a second.

    Nothing is counted for it with each reading: a look takes what the board has then.

    Args:
        board: What is shown.
        region: Where.
        colour: Whether alarms are coloured.
    """

    def __init__(self, board: "Board", region: "Region", *, colour: bool) -> None:
        self._board, self._region, self._colour = board, region, colour
        self._rate = RecentRate(wall_ns(), board.readings_count)
        self._zones = _Zones(board.layout)
        self._alarms_revision = -1
        self._alarms: tuple[str, Severity | None] = ("", None)

    async def run(self) -> None:
        """Draw until it is cancelled, or nobody can see it any more."""
        with suppress(OSError):
            while True:
                self.draw(wall_ns())
                await asyncio.sleep(EVERY_S)

    def draw(self, now_ns: int) -> None:
        """Draw it once.

        Args:
            now_ns: The time, on the clock `wall_ns`.
        """
        self._rate.add(now_ns, self._board.readings_count)
        size = self._region.size
        most = min(_MOST_ZONES, size.lines - _OTHER_LINES)
        self._region.draw(list(self._lines(self._rate.per_second(now_ns) or 0.0, size.columns - 1, most)))

    def _lines(self, per_second: float, width: int, most_zones: int) -> Iterator[str]:
        board = self._board
        heard = int(np.count_nonzero(~np.isnan(board.values)))
        silent = len(board.layout) - heard
        figures = board.figures
        yield "  ".join(
            (
                *(() if figures.is_connected else ("the broker is looked for",)),
                f"{significant(per_second)} readings/s, lag {duration(figures.lag_s)}",
                f"{heard:,} of {plural(len(board.layout), 'sensor')} heard{f', {silent:,} silent' if silent else ''}",
            )
        )[:width]
        if board.alarms_revision != self._alarms_revision:  # or thousands of them are counted for nothing
            self._alarms_revision = board.alarms_revision
            self._alarms = _alarms_of(board.standing())
        yield self._coloured(self._alarms[0][:width])
        for line in zone_lines(self._zones.now(board), most_zones):
            yield line[:width]

    def _coloured(self, text: str) -> str:
        worst = self._alarms[1]
        return text if worst is None or not self._colour else f"{_STYLES[worst]}{text}{_PLAIN}"


def _alarms_of(standing: "Sequence[Standing]") -> tuple[str, Severity | None]:
    """Return how many alarms of each severity there are, and the worst."""
    if not standing:
        return "no active alarms", None
    counts = Counter(one.alarm.severity for one in standing)
    words = [f"{counts[severity]:,} {severity.name.lower()}" for severity in sorted(counts, reverse=True)]
    marks = {
        "acknowledged": sum(one.is_acknowledged for one in standing),
        "silenced": sum(one.is_quiet for one in standing),
    }
    text = f"{plural(len(standing), 'active alarm')}: {listed(words)}"
    return text + "".join(f"; {count:,} {mark}" for mark, count in marks.items() if count), max(counts)


class _Zones:
    """Finds the extremes of all zones at once."""

    def __init__(self, layout: "Layout") -> None:
        kind = layout.sensors[0].kind if len(layout) else ""
        zone_of = np.array(layout.zone_of)
        shown = np.flatnonzero(np.array([sensor.kind == kind for sensor in layout]))
        self._sensors = shown[np.argsort(zone_of[shown], kind="stable")]
        numbers, self._starts = np.unique(zone_of[self._sensors], return_index=True)
        self._names = [layout.zones[number] for number in numbers.tolist()]

    def now(self, board: "Board") -> list[ZoneLine]:
        values, cooling = board.values[self._sensors], board.cooling()
        if not len(values):
            return []
        lows = np.fmin.reduceat(values, self._starts).tolist()  # NaN is left out where there is a number
        highs = np.fmax.reduceat(values, self._starts).tolist()
        found = []
        for name, low, high in zip(self._names, lows, highs, strict=True):
            cooled = cooling.get(name)
            level = None if cooled is None or isnan(cooled.level) else cooled.level
            note = "" if cooled is None else cooled.note
            found.append(ZoneLine(name=name, coldest=low, hottest=high, level=level, note=note))
        return found


def zone_lines(zones: list[ZoneLine], most: int) -> list[str]:
    """Return the hottest zones as a table, and the rest as a sentence.

    Args:
        zones: All of them.
        most: How many have a line; none have if it is less than 1.
    """
    # as shown, and else as they come: those that hardly differ do not change places all the time
    spoken = sorted((zone for zone in zones if not isnan(zone.hottest)), key=lambda zone: -round(zone.hottest, 1))
    shown, rest = spoken[: max(0, most)], spoken[max(0, most) :]
    wide = min(_WIDEST_NAME, max((len(plain(zone.name)) for zone in shown), default=0))
    lines = [
        f"{plain(zone.name)[:wide]:<{wide}}  {zone.coldest:6.1f} to {zone.hottest:5.1f} °C"
        + ("" if zone.level is None else f"   cooled at {percent(zone.level)}")
        + (f" ({plain(zone.note)})" if zone.note else "")
        for zone in shown
    ]
    if rest:
        low, high = min(zone.coldest for zone in rest), max(zone.hottest for zone in rest)
        others = f"{plural(len(rest), 'other zone' if shown else 'zone')}"
        lines.append(f"{others}, {low:.1f} to {high:.1f} °C")
    silent = [plain(zone.name) for zone in zones if isnan(zone.hottest)]
    if silent and spoken:
        lines.append(f"{plural(len(silent), 'zone')} of which nothing is heard: {', '.join(silent[: most or 1])}")
    return lines
