r"""A diagnosed program as JSON, for other programs.

The schema's name is ``turnout.diagnosis/1``. Fields may be added to it; what one means does not change. Times are in
ns, those that tell when count from the start of the recording; shares are 0 to 1. What is not known, not finite or
does not apply is null. The text is ASCII; all else is escaped.

    schema          "turnout.diagnosis/1"
    title           string                   its command line
    headline        string
    cause           "cpu", "gil", "cores", "lock", "io", "child", "loop", "sleep" or "unknown"
    sureness        "high", "medium" or "low"
    evidence, doubts                         [string]
    lines           [{file, line, function, state, share}]          share of all thread time in that state
    remedies        [{name, why, gain, command}]                    gain: times as fast at most
    wrong           {name, why, gain, command} or null              what looks as if it helped
    convoys         [{waiter, holder, wait_ns}]                     threads by their native id
    blockages       [{thread, start_ns, wall_ns, state, stack: [{function, file, line}]}]
    process         {pid, command: [string], python, has_gil, cores, exit_code, start_ns, wall_ns, child_cpu_ns}
                    start_ns: on the machine's monotonic clock
    observer        {ticks, missed, cpu_ns, notes: [string]}        notes: what could not be seen
    gil             {handoffs, handoffs_per_s, free_share, shares: [{thread, share}],
                     holds: [[start_ns, wall_ns, thread]] or null}  thread 0: free; null unless asked for
    lock_holders    [{holder, waiter, at: {function, file, line}, since_line, seen}]   since_line: where it was taken
    tasks           [{name, coroutine, count, looks, start_ns, wall_ns, state_ns: {"run", "ready", "suspended"},
                     places: [{file, line, function, wall_ns}]}]    of event loops; places: where it was suspended;
                     count: how many tasks are told together, 1 for nearly all
    threads         [thread]                                        in the order in which they were seen first
    frames          [{function, file, line}]                        each once
    stacks          [[integer]]                                     indexes of frames, innermost first

    thread          {native_id, name, is_python, start_ns, wall_ns, samples,
                     state_ns: {state: ns}, shares: {state: share}, shares together 1
                     stack_ns: [{state, stack, wall_ns}],           stack: index of stacks, or -1
                     lock_ns: [{address, wall_ns}],                 address: "0x7f..." in the process
                     held_back_ns: [{holder, wall_ns}],             waiting for the GIL, by who held it then
                     segments: [[start_ns, wall_ns, state, stack]] or null}      null unless asked for
    state           "run", "gil", "lock", "socket", "pipe", "file", "poll", "sleep", "child", "core" or "unknown"
"""

import json
from dataclasses import asdict
from math import isfinite

from turnout.advise._program_types import Blockage, Line, Remedy
from turnout.observe import Frame, Recording, TaskRecord, TaskState, ThreadRecord
from turnout.report._diagnosis_types import DiagnosisReport
from turnout.report._diagnosis_words import headline, title
from turnout.report._holders import holders
from turnout.report._json import Json
from turnout.report._thread_rows import shares_of

SCHEMA = "turnout.diagnosis/1"


def render_diagnosis_json(report: DiagnosisReport, *, segments: bool = False) -> str:
    """Return the report in the schema above, ended by a newline, and indented unless it has segments.

    Args:
        report: What to tell.
        segments: Whether to put in each segment and each hold.
    """
    document = diagnosis_document(report, segments=segments)
    if segments:
        return json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n"
    return json.dumps(document, allow_nan=False, indent=2) + "\n"


def diagnosis_document(report: DiagnosisReport, *, segments: bool = False) -> Json:
    """Return the report as what `json.dumps` takes, without any number that JSON lacks."""
    recording, found = report.recording, report.diagnosis
    frames: dict[Frame, int] = {}
    stacks = [[frames.setdefault(frame, len(frames)) for frame in stack] for stack in recording.stacks]
    return {
        "schema": SCHEMA,
        "title": title(recording),
        "headline": headline(report),
        "cause": found.cause.value,
        "sureness": found.sureness,
        "evidence": list(found.evidence),
        "doubts": list(found.doubts),
        "lines": [_line(one) for one in found.lines],
        "remedies": [_remedy(one) for one in found.remedies],
        "wrong": found.wrong and _remedy(found.wrong),
        "convoys": [asdict(one) for one in found.convoys],
        "blockages": [_blockage(one, recording.start_ns) for one in found.blockages],
        "process": {
            "pid": recording.pid,
            "command": list(recording.command),
            "python": recording.python,
            "has_gil": recording.has_gil,
            "cores": recording.cores,
            "exit_code": recording.exit_code,
            "start_ns": recording.start_ns,
            "wall_ns": recording.wall_ns,
            "child_cpu_ns": recording.child_cpu_ns,
        },
        "observer": {
            "ticks": recording.ticks,
            "missed": recording.missed,
            "cpu_ns": recording.observer_cpu_ns,
            "notes": list(recording.notes),
        },
        "gil": _lock(recording, segments=segments),
        "lock_holders": [asdict(one) for one in recording.lock_holders],
        "tasks": [_task(one, recording.start_ns) for one in recording.tasks],
        "threads": [_thread(one, recording.start_ns, segments=segments) for one in recording.threads],
        "frames": [asdict(frame) for frame in frames],
        "stacks": stacks,
    }


def _line(line: Line) -> Json:
    return {
        "file": line.file,
        "line": line.line,
        "function": line.function,
        "state": line.state.value,
        "share": _finite(line.share),
    }


def _remedy(remedy: Remedy) -> Json:
    return {**asdict(remedy), "gain": None if remedy.gain is None else _finite(remedy.gain)}


def _blockage(blockage: Blockage, origin_ns: int) -> Json:
    return {
        "thread": blockage.thread,
        "start_ns": blockage.start_ns - origin_ns,
        "wall_ns": blockage.end_ns - blockage.start_ns,
        "state": blockage.state.value,
        "stack": [asdict(frame) for frame in blockage.stack],
    }


def _lock(recording: Recording, *, segments: bool) -> Json:
    found = holders(recording)
    known = recording.handoffs is not None and recording.wall_ns > 0
    held = [[one.start_ns - recording.start_ns, one.end_ns - one.start_ns, one.thread] for one in recording.holds]
    return {
        "handoffs": recording.handoffs,
        "handoffs_per_s": (recording.handoffs or 0) * 1e9 / recording.wall_ns if known else None,
        "free_share": found and found.free_share,
        "shares": [{"thread": thread, "share": share} for thread, share in found.shares.items()] if found else [],
        "holds": held if segments else None,
    }


def _task(task: TaskRecord, origin_ns: int) -> Json:
    return {
        "name": task.name,
        "coroutine": task.coroutine,
        "count": task.count,
        "looks": task.looks,
        "start_ns": task.start_ns - origin_ns,
        "wall_ns": task.end_ns - task.start_ns,
        "state_ns": {state.value: task.state_ns.get(state, 0) for state in TaskState},
        "places": [{**asdict(frame), "wall_ns": ns} for frame, ns in task.place_ns.items()],
    }


def _thread(thread: ThreadRecord, origin_ns: int, *, segments: bool) -> Json:
    seen = [
        [one.start_ns - origin_ns, one.end_ns - one.start_ns, one.state.value, one.stack] for one in thread.segments
    ]
    return {
        "native_id": thread.native_id,
        "name": thread.name,
        "is_python": thread.is_python,
        "start_ns": thread.start_ns - origin_ns,
        "wall_ns": thread.wall_ns,
        "samples": thread.samples,
        "state_ns": {state.value: ns for state, ns in thread.state_ns.items()},
        "shares": {state.value: share for state, share in shares_of(thread.state_ns, thread.wall_ns).items()},
        "stack_ns": [
            {"state": state.value, "stack": stack, "wall_ns": ns} for (state, stack), ns in thread.stack_ns.items()
        ],
        "lock_ns": [{"address": hex(address), "wall_ns": ns} for address, ns in thread.lock_ns.items()],
        "held_back_ns": [{"holder": holder, "wall_ns": ns} for holder, ns in thread.held_back_ns.items()],
        "segments": seen if segments else None,
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
