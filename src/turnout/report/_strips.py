"""Timelines drawn with block characters, all contenders on one axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from turnout.measurement import Measurement
from turnout.report._lanes import Lane, lanes
from turnout.report._words import duration

LEGEND = "█ computing  ▓ ▒ partly  ░ waiting  · idle"
LANE_LIMIT = 10
_LABEL_WIDTH = 16
_SHADES = ((0.75, "█"), (0.45, "▓"), (0.15, "▒"))
_IDLE = 0.05  # a bin less busy than this looks idle


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One contender's timeline.

    Attributes:
        rows: For each lane, its label, padded, and its cells.
        axis: The line below, with the time at both ends.
    """

    rows: tuple[tuple[str, str], ...]
    axis: str


def strips(measurements: Iterable[Measurement], width: int) -> tuple[Strip, ...]:
    """Return the timeline of each contender's typical heat.

    Args:
        measurements: Who ran.
        width: Columns that a line may take, its indent of two included; at least 40.
    """
    traces = [one.typical.trace for one in measurements]
    until_ns = max((trace.wall_ns for trace in traces), default=0)
    cell_count = width - _LABEL_WIDTH - 4
    axis = f"{'':{_LABEL_WIDTH + 3}}0{duration(until_ns / 1e9):>{cell_count - 1}}"
    drawn = []
    for trace in traces:
        last_cell = -(-trace.wall_ns * cell_count // max(1, until_ns))
        found = lanes(trace, cell_count, LANE_LIMIT, until_ns)
        drawn.append(Strip(rows=tuple(_row(lane, last_cell) for lane in found), axis=axis))
    return tuple(drawn)


def _row(lane: Lane, last_cell: int) -> tuple[str, str]:
    label = lane.label if len(lane.label) <= _LABEL_WIDTH else f"{lane.label[: _LABEL_WIDTH - 1]}…"
    return f"{label:<{_LABEL_WIDTH}}", _cells(lane.busy[:last_cell], lane.cpu)


def _cells(busy: Sequence[float], cpu: Sequence[float]) -> str:
    return "".join(_cell(part, share) for part, share in zip(busy, cpu, strict=False))


def _cell(busy: float, cpu: float) -> str:
    if busy < _IDLE:
        return "·"
    return next((shade for least, shade in _SHADES if cpu >= least), "░")
