"""The stacks of a diagnosed program as a file for https://www.speedscope.app.

A profile for each thread, as it went on; weights in nanoseconds of wall time, stacks outermost first. What a thread
waited for is a frame of its own below its stack, ``[waiting for the GIL]``, so that the same place on a core and off
it can be told apart. Format: https://www.speedscope.app/file-format-schema.json, sampled profiles.
"""

import json
from collections.abc import Iterator
from typing import Any

from turnout.observe import Frame, Recording, State, ThreadRecord
from turnout.report._diagnosis_types import DiagnosisReport
from turnout.report._diagnosis_words import title
from turnout.report._state_cells import allowance, thread_cells
from turnout.report._state_words import DOES, function_of
from turnout.report._thread_rows import thread_labels
from turnout.report._words import plain

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
SAMPLE_LIMIT = 200_000
Json = dict[str, Any]  # what json.dumps takes


def render_speedscope(report: DiagnosisReport) -> str:
    """Return the stacks of all threads, the one that ran longest opened first.

    Of more than 200,000 segments in all, short neighbours are merged: each merged stretch has the stack that was seen
    longest in it, and its states keep their shares. A thread whose segments were not kept has its sums instead.
    """
    recording = report.recording
    frames = _Frames()
    limit = allowance([len(one.segments) for one in recording.threads], SAMPLE_LIMIT, SAMPLE_LIMIT)
    labels = thread_labels(recording)
    profiles = [_profile(one, labels[one.native_id], recording, frames, limit) for one in recording.threads]
    busiest = max(
        range(len(profiles)), key=lambda place: recording.threads[place].state_ns.get(State.RUN, 0), default=None
    )
    document = {
        "$schema": SCHEMA,
        "name": title(recording),
        "exporter": "turnout",
        "activeProfileIndex": busiest,
        "shared": {"frames": frames.told},
        "profiles": profiles,
    }
    if busiest is None:
        del document["activeProfileIndex"]
    return json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n"


class _Frames:
    """Frames with their numbers, each told once."""

    def __init__(self) -> None:
        self.told: list[Json] = []
        self._numbers: dict[Frame | State, int] = {}

    def number(self, frame: Frame) -> int:
        if frame not in self._numbers:
            found: Json = {"name": function_of(frame), "file": plain(frame.file, 400)}
            self._add(frame, {**found, "line": frame.line} if frame.line > 0 else found)
        return self._numbers[frame]

    def of_state(self, state: State) -> int:
        if state not in self._numbers:
            self._add(state, {"name": f"[{DOES[state]}]"})
        return self._numbers[state]

    def _add(self, what: Frame | State, told: Json) -> None:
        self._numbers[what] = len(self.told)
        self.told.append(told)


def _profile(thread: ThreadRecord, name: str, recording: Recording, frames: _Frames, limit: int) -> Json:
    samples: list[list[int]] = []
    weights: list[int] = []
    for state, stack, wall_ns in _stretches(thread, recording, limit):
        found = recording.stacks[stack] if 0 <= stack < len(recording.stacks) else ()
        numbers = [frames.number(frame) for frame in reversed(found)]
        if state is None:
            samples.append([])  # not seen at all
        else:
            samples.append(numbers if state is State.RUN and numbers else [*numbers, frames.of_state(state)])
        weights.append(wall_ns)
    start_ns = thread.start_ns - recording.start_ns
    return {
        "type": "sampled",
        "name": name,
        "unit": "nanoseconds",
        "startValue": start_ns,
        "endValue": start_ns + sum(weights),
        "samples": samples,
        "weights": weights,
    }


def _stretches(thread: ThreadRecord, recording: Recording, limit: int) -> Iterator[tuple[State | None, int, int]]:
    """Yield states, stacks and durations in order; the state is None where nobody looked."""
    if not thread.segments and thread.stack_ns:
        yield from ((state, stack, ns) for (state, stack), ns in thread.stack_ns.items() if ns > 0)
        return
    last_ns = thread.start_ns
    for cell in thread_cells(thread, limit, recording.wall_ns):
        if cell.start_ns > last_ns:
            yield None, -1, cell.start_ns - last_ns
        for state, ns in cell.parts:
            yield state, cell.stack, ns
        last_ns = cell.end_ns
