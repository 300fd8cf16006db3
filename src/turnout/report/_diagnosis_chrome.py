"""A diagnosed program in the Trace Event Format, which Perfetto and chrome://tracing open.

It is one process: a track tells who held the global lock, and each thread is a track of slices, one for each stretch
in one state, with the place in the code. Calls that held an event loop are tracks of their own. Format: "Trace Event
Format" (Google, 2016), JSON object form, times in microseconds.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from turnout.advise._program_types import Blockage
from turnout.observe import Recording, State, ThreadRecord
from turnout.report._diagnosis_types import DiagnosisReport
from turnout.report._diagnosis_words import python_words, summary, title
from turnout.report._holders import holder_label
from turnout.report._state_cells import Cell, allowance, hold_cells, thread_cells
from turnout.report._state_words import DOES, frame_words, stack_words
from turnout.report._thread_rows import thread_labels, thread_name

EVENT_LIMIT = 100_000  # with some 400 bytes of stack each, the file stays below 40 MB
_FRAMES = 6
_FREE = 0
Event = dict[str, Any]  # what json.dumps takes


def render_diagnosis_chrome_trace(report: DiagnosisReport) -> str:
    """Return the threads over time as trace events.

    Where there are more than 100,000 segments in all, short neighbours in a track are merged into a slice that is
    named after what took most of it, with the shares; ``otherData`` counts segments and slices.
    """
    recording = report.recording
    limit = allowance(
        [len(recording.holds), *(len(one.segments) for one in recording.threads)], EVENT_LIMIT, EVENT_LIMIT
    )
    tracks = _track_ids(recording.threads)
    lock_track = max(tracks, default=0) + 1
    events = [_named("process_name", recording.pid, 0, {"name": title(recording)})]
    held = hold_cells(recording, limit)
    if held:
        events += _track("GIL held by", recording.pid, lock_track, 0)
        events += _holds(held, recording, lock_track)
    accounts = []
    for place, (track, thread) in enumerate(zip(tracks, recording.threads, strict=True)):
        cells = thread_cells(thread, limit, recording.wall_ns)
        events += _track(thread_name(thread, recording), recording.pid, track, place + 1)
        events += (_slice(cell, recording, track) for cell in cells)
        accounts.append({"thread": thread.native_id, "segments": len(thread.segments), "slices": len(cells)})
    events += _blocked(report.diagnosis.blockages, recording)
    about = {"title": title(recording), "verdict": " ".join(summary(report)), "python": python_words(recording)}
    document = {"displayTimeUnit": "ms", "otherData": {**about, "threads": accounts}, "traceEvents": events}
    return json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n"


def _track_ids(threads: Sequence[ThreadRecord]) -> list[int]:
    """Return a number for each thread: the system's, unless it gave the same to a later one."""
    spare = max((one.native_id for one in threads), default=0) + 1
    found: list[int] = []
    taken: set[int] = set()
    for one in threads:
        number = one.native_id
        if number in taken:
            number, spare = spare, spare + 1
        taken.add(number)
        found.append(number)
    return found


def _track(name: str, process: int, track: int, order: int) -> Iterator[Event]:
    yield _named("thread_name", process, track, {"name": name})
    yield _named("thread_sort_index", process, track, {"sort_index": order})


def _named(name: str, process: int, track: int, args: Event) -> Event:
    return {"ph": "M", "name": name, "pid": process, "tid": track, "args": args}


def _holds(cells: Iterable[Cell[int]], recording: Recording, track: int) -> Iterator[Event]:
    labels = thread_labels(recording)
    for cell in cells:
        holder = cell.parts[0][0]
        if holder != _FREE or len(cell.parts) > 1:
            names = {holder_label(thread, labels) if thread else "free": ns for thread, ns in cell.parts}
            yield _complete(next(iter(names)), "gil", cell, recording, track) | {"args": _shares(names)}


def _slice(cell: Cell[State], recording: Recording, track: int) -> Event:
    state = cell.parts[0][0]
    stack = recording.stacks[cell.stack] if 0 <= cell.stack < len(recording.stacks) else ()
    args = _shares({DOES[one]: ns for one, ns in cell.parts})
    if stack:
        args |= {"at": frame_words(stack[0]), "stack": stack_words(stack, _FRAMES)}
    return _complete(DOES[state], state.value, cell, recording, track) | {"args": args}


def _shares(parts: dict[str, int]) -> Event:
    whole = sum(parts.values())
    return {"shares": {name: round(ns / whole, 3) for name, ns in parts.items()}} if len(parts) > 1 else {}


def _complete(name: str, kind: str, cell: Cell[State] | Cell[int], recording: Recording, track: int) -> Event:
    return {
        "ph": "X",
        "name": name,
        "cat": kind,
        "pid": recording.pid,
        "tid": track,
        "ts": (cell.start_ns - recording.start_ns) / 1e3,
        "dur": (cell.end_ns - cell.start_ns) / 1e3,
    }


def _blocked(blockages: Iterable[Blockage], recording: Recording) -> Iterator[Event]:
    labels = thread_labels(recording)
    for place, one in enumerate(blockages):
        args = {
            "thread": holder_label(one.thread, labels),
            "meanwhile": DOES[one.state],
            "stack": stack_words(one.stack, _FRAMES),
        }
        common = {"name": "event loop held", "cat": "loop", "id": place, "pid": recording.pid, "tid": one.thread}
        yield {"ph": "b", "ts": (one.start_ns - recording.start_ns) / 1e3, **common, "args": args}
        yield {"ph": "e", "ts": (one.end_ns - recording.start_ns) / 1e3, **common}
