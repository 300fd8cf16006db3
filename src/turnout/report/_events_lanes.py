"""The timeline of handlers for the page's script: a lane for each handler, and one for how late the loop was."""

from collections.abc import Iterable, Sequence
from typing import Any

from turnout.report._events_types import CallLane, EventsReport, SlowRow
from turnout.report._words import plain, plural

CALL, SLOW, LATE, ELSEWHERE = range(4)
KEY = (
    ("in a handler", "run"),
    ("in a handler, slow", "gil"),
    ("the loop was late", "lock"),
    ("on a worker, off the loop", "pipe"),
)
"""What a cell may show, by its code, and the name of its colour."""
CELLS_IN_FILE = 100_000  # some 16 bytes each, so below 2 MB
LANE_LIMIT = 64
_FRAMES = 12
Json = dict[str, Any]  # what json.dumps takes
Cell = tuple[int, int, int, int]  # start and end, code, stack or -1


def events_data(report: EventsReport) -> list[Json]:
    """Return the group of timelines that shows a report: one with all its lanes, or none if there is nothing to see.

    The form is that of `turnout.report._state_data`: of each cell gap and duration, mix and stack.
    """
    stacks = _Stacks()
    blocks = report.loop.blocks if report.loop is not None else ()
    lanes = sorted(report.lanes, key=lambda lane: min((start for start, _ in lane.calls), default=0))[:LANE_LIMIT]
    share = max(100, CELLS_IN_FILE // max(1, len(lanes)))
    drawn: list[Json] = []
    if blocks:
        cells = [(one.start_ns, one.start_ns + one.took_ns, LATE, stacks.place(one.stack)) for one in blocks]
        drawn.append({"label": "loop", "cells": _flat(_merged(cells))})
    for lane in lanes:
        cells = _cells(lane, [one for one in report.slow if one.handler == lane.name], report.slow_ns, stacks)
        drawn.append({"label": plain(lane.name, 40), "cells": _flat(_merged(cells)[-share:])})
    if not drawn:
        return []
    left = len(report.lanes) - len(lanes)
    note = f"{plural(len(lanes), 'handler')}{f', {left:,} more not drawn' if left else ''}; calls of 16 µs or more"
    return [
        {
            "name": "Handlers",
            "kind": "states",
            "chosen": False,
            "wall_ns": max(1, report.wall_ns),
            "note": note,
            "codes": [{"label": label, "mark": mark} for label, mark in KEY],
            "gil": -1,
            "holders": False,
            "mixes": [[code, 20] for code in range(len(KEY))],
            "frames": stacks.frames,
            "stacks": stacks.kept,
            "lanes": drawn,
            "blockages": [],
        }
    ]


def codes_seen(report: EventsReport) -> set[int]:
    """Return which codes the timeline shows."""
    seen = {ELSEWHERE if lane.is_elsewhere else CALL for lane in report.lanes if lane.calls}
    if report.slow:
        seen.add(SLOW)
    if report.loop is not None and report.loop.blocks:
        seen.add(LATE)
    return seen


def _cells(lane: CallLane, slow: Sequence[SlowRow], slow_ns: int, stacks: "_Stacks") -> list[Cell]:
    seen = {one.start_ns: stacks.place(one.stack) for one in slow}
    return [
        (start, end, _code(lane, end - start, slow_ns), -1 if lane.is_elsewhere else seen.get(start, -1))
        for start, end in lane.calls
    ]


def _code(lane: CallLane, took_ns: int, slow_ns: int) -> int:
    if lane.is_elsewhere:
        return ELSEWHERE
    return SLOW if took_ns >= slow_ns else CALL


def _merged(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells that do not overlap: what begins within another one is shown as a part of that."""
    merged: list[Cell] = []
    for start, end, code, stack in sorted(cells):
        if merged and start < merged[-1][1]:
            first, last, known, shown = merged[-1]
            merged[-1] = (first, max(last, end), max(known, code), shown if shown >= 0 else stack)
        else:
            merged.append((start, end, code, stack))
    return merged


def _flat(cells: Iterable[Cell]) -> list[int]:
    flat: list[int] = []
    last = 0
    for start, end, code, stack in cells:
        flat += (max(0, start) - last, end - max(0, start), code, stack)
        last = end
    return flat


class _Stacks:
    """Stacks for the script, innermost frame first, each frame told once."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.kept: list[list[int]] = []
        self._numbers: dict[str, int] = {}
        self._places: dict[tuple[str, ...], int] = {}

    def place(self, stack: tuple[str, ...]) -> int:
        if not stack:
            return -1
        if stack not in self._places:
            self._places[stack] = len(self.kept)
            inner = stack[::-1][:_FRAMES]
            self.kept.append([len(stack) - len(inner), *map(self._number, inner)])
        return self._places[stack]

    def _number(self, frame: str) -> int:
        if frame not in self._numbers:
            self._numbers[frame] = len(self.frames)
            self.frames.append(plain(frame, 200))
        return self._numbers[frame]
