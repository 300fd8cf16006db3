"""A recording's lanes for the page's script: who held the global lock, and what each thread did."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from turnout.advise._program_types import Blockage
from turnout.observe import Recording, Stack, State, ThreadRecord
from turnout.report._holders import holder_label
from turnout.report._state_cells import NO_STACK, Cell, allowance, hold_cells, thread_cells
from turnout.report._state_words import DOES, ORDER, frame_words
from turnout.report._thread_rows import apportioned, thread_labels
from turnout.report._words import duration, plural

CELLS_IN_FILE = 120_000  # some 16 bytes each, so below 2 MB
CELLS_IN_LANE = 6_000
LANE_LIMIT = 128
STACKS_IN_FILE = 3_000
FRAMES_SHOWN = 12
BLOCKAGES_SHOWN = 500
TONES = 5  # for those who hold the lock longest; as many as greys can be told apart
_TWENTIETHS = 20
_FREE = 0
Json = dict[str, Any]  # what json.dumps takes


def drawn_threads(recording: Recording) -> list[ThreadRecord]:
    """Return the threads that have a lane: Python threads first, and no more than can be drawn."""
    return sorted(recording.threads, key=lambda one: not one.is_python)[:LANE_LIMIT]


def state_data(recording: Recording, blockages: Sequence[Blockage]) -> list[Json]:
    """Return the group of timelines that shows a recording: one with all its lanes, or none if there is no thread.

    A lane's cells are runs of four numbers: gap since the last end and duration, ns; index of ``mixes``; index of
    ``stacks`` or -1. A mix is a run of pairs, the greatest first: index of ``codes`` and twentieths of the time.
    """
    threads = drawn_threads(recording)
    if not threads:
        return []
    counts = [len(recording.holds), *(len(one.segments) for one in threads)]
    limit = allowance(counts, CELLS_IN_FILE, CELLS_IN_LANE)
    held = hold_cells(recording, limit)
    lanes = [thread_cells(one, limit, recording.wall_ns) for one in threads]
    labels = thread_labels(recording)
    codes = _Codes(held, labels)
    stacks = _Stacks(recording.stacks, (cell for lane in lanes for cell in lane))
    origin_ns = recording.start_ns
    drawn: list[Json] = []
    if held:
        drawn.append({"label": "GIL held by", "cells": _flat(held, codes, stacks, origin_ns)})
    shift = len(drawn)
    for thread, lane in zip(threads, lanes, strict=True):
        one: Json = {"label": labels[thread.native_id], "cells": _flat(lane, codes, stacks, origin_ns)}
        tone = codes.tone(thread.native_id)
        drawn.append({**one, "tone": tone} if tone else one)
    rows = {thread.native_id: place + shift for place, thread in enumerate(threads)}
    longest = sorted(blockages, key=lambda one: one.start_ns - one.end_ns)[:BLOCKAGES_SHOWN]
    merged = any(count > limit for count in counts)
    return [
        {
            "name": "Threads",
            "kind": "states",
            "chosen": False,
            "wall_ns": max(0, recording.wall_ns),
            "note": note(recording, merged=merged),
            "codes": codes.told(),
            "gil": codes.of(State.GIL),
            "holders": bool(held),
            "mixes": codes.mixes(),
            "frames": stacks.frames,
            "stacks": stacks.kept,
            "lanes": drawn,
            "blockages": [
                [rows[one.thread], one.start_ns - origin_ns, one.end_ns - origin_ns]
                for one in longest
                if one.thread in rows
            ],
        }
    ]


def note(recording: Recording, *, merged: bool) -> str:
    """Return what stands beside the lanes' name: how long, how many, and what is not drawn."""
    python = sum(one.is_python for one in recording.threads)
    native = len(recording.threads) - python
    parts = [duration(max(0, recording.wall_ns) / 1e9), plural(python, "Python thread")]
    if native:
        parts.append(plural(native, "native thread"))
    left = len(recording.threads) - LANE_LIMIT
    if left > 0:
        parts.append(f"{left:,} of them not drawn")
    if merged:
        parts.append("short stretches merged")
    return ", ".join(parts)


class _Codes:
    """Numbers for what a cell was spent on: states first, then who held the lock; and for mixes of them."""

    def __init__(self, held: Iterable[Cell[int]], labels: dict[int, str]) -> None:
        time_ns: Counter[int] = Counter()
        for cell in held:
            for thread, ns in cell.parts:
                time_ns[thread] += ns
        del time_ns[_FREE]
        self._labels = labels
        self._ranked = [thread for thread, _ in time_ns.most_common()]
        things: list[State | int] = [*ORDER, _FREE, *self._ranked]
        self._codes = {thing: code for code, thing in enumerate(things)}
        self._mixes: dict[tuple[int, ...], int] = {}

    def of(self, thing: State | int) -> int:
        return self._codes[thing]

    def tone(self, thread: int) -> str:
        """Return the colour's name of one who held the lock; empty if it never did."""
        return f"holder-{self._ranked.index(thread) % TONES}" if thread in self._codes else ""

    def mix(self, cell: Cell[State] | Cell[int]) -> int:
        twentieths = apportioned([ns for _, ns in cell.parts], _TWENTIETHS)
        codes = [self._codes[what] for what, _ in cell.parts]
        found = [number for pair in zip(codes, twentieths, strict=True) if pair[1] for number in pair]
        return self._mixes.setdefault(tuple(found), len(self._mixes))

    def mixes(self) -> list[tuple[int, ...]]:
        return list(self._mixes)

    def told(self) -> list[Json]:
        """Return each code's words and the name of its colour; what has none is not drawn."""
        states = [{"label": DOES[state], "mark": state.value} for state in ORDER]
        free = {"label": "free", "mark": ""}
        own = [{"label": holder_label(one, self._labels), "mark": self.tone(one)} for one in self._ranked]
        return [*states, free, *own]


class _Stacks:
    """The stacks that are shown longest, their frames told once each."""

    def __init__(self, stacks: Sequence[Stack], cells: Iterable[Cell[State]]) -> None:
        time_ns: Counter[int] = Counter()
        for cell in cells:
            if 0 <= cell.stack < len(stacks) and stacks[cell.stack]:
                time_ns[cell.stack] += cell.end_ns - cell.start_ns
        self.frames: list[str] = []
        self.kept: list[list[int]] = []
        self._places: dict[int, int] = {}
        numbers: dict[str, int] = {}
        for index, _ in time_ns.most_common(STACKS_IN_FILE):
            told = []
            for frame in stacks[index][:FRAMES_SHOWN]:
                words = frame_words(frame)
                if words not in numbers:
                    numbers[words] = len(self.frames)
                    self.frames.append(words)
                told.append(numbers[words])
            left = len(stacks[index]) - len(told)
            self._places[index] = len(self.kept)
            self.kept.append([left, *told])

    def place(self, index: int) -> int:
        return self._places.get(index, NO_STACK)


def _flat(
    cells: Sequence[Cell[State]] | Sequence[Cell[int]], codes: _Codes, stacks: _Stacks, origin_ns: int
) -> list[int]:
    flat: list[int] = []
    last_ns = origin_ns
    for cell in cells:
        mix, stack = codes.mix(cell), stacks.place(cell.stack)
        gap_ns = cell.start_ns - last_ns
        if flat and not gap_ns and flat[-2:] == [mix, stack]:
            flat[-3] += cell.end_ns - cell.start_ns
        else:
            flat += (gap_ns, cell.end_ns - cell.start_ns, mix, stack)
        last_ns = cell.end_ns
    return flat
