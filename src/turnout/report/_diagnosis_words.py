"""A diagnosed program in plain sentences; all of them safe to show."""

from math import isfinite
from shlex import join as shell_words

from turnout.advise._program_types import Blockage, Cause, Convoy, Line, Remedy
from turnout.observe import Recording, State
from turnout.report._diagnosis_types import DiagnosisReport
from turnout.report._holders import holder_label
from turnout.report._state_words import DOES, place_of
from turnout.report._thread_rows import thread_labels
from turnout.report._words import duration, number, percent, plain, plural, significant

CAUSES = {
    Cause.CPU: "one thread's computing",
    Cause.GIL: "the GIL",
    Cause.CORES: "too few cores",
    Cause.LOCK: "locks",
    Cause.IO: "I/O",
    Cause.CHILD: "child processes",
    Cause.LOOP: "a blocked event loop",
    Cause.SLEEP: "sleeping",
    Cause.UNKNOWN: "unknown",
}


def title(recording: Recording) -> str:
    """Return what was looked at: its command line."""
    return plain(shell_words(recording.command), 200) if recording.command else f"process {recording.pid}"


def headline(report: DiagnosisReport) -> str:
    """Return what bounds it, in a sentence."""
    return plain(report.diagnosis.headline) or "Too little was seen to say what bounds it."


def circumstances(recording: Recording) -> str:
    """Return what was looked at, for how long and how it ended, in a line."""
    parts = [f"{duration(max(0, recording.wall_ns) / 1e9)} of process {recording.pid}", python_words(recording)]
    parts.append(plural(recording.cores, "core"))
    return f"{', '.join(filter(None, parts))}{ending(recording)}"


def python_words(recording: Recording) -> str:
    """Return which Python it ran, and whether with a global lock; empty if neither is known."""
    lock = {True: "with the GIL", False: "without a GIL", None: ""}[recording.has_gil]
    if recording.has_gil is False and "free-threaded" in recording.python:
        lock = ""  # it says so itself
    return " ".join(filter(None, (f"Python {plain(recording.python, 60)}" if recording.python else "", lock)))


def ending(recording: Recording) -> str:
    """Return how it ended, after a semicolon; empty if it goes on, or was not ours."""
    code = recording.exit_code
    if code is None:
        return ""
    return f"; ended by signal {-code}" if code < 0 else f"; exit status {code}"


def cores_used(recording: Recording) -> float | None:
    """Return how many cores its threads kept busy on average; None if it was seen for no time."""
    run_ns = sum(thread.state_ns.get(State.RUN, 0) for thread in recording.threads)
    return run_ns / recording.wall_ns if recording.wall_ns > 0 else None


def gain_words(remedy: Remedy) -> str:
    """Return the most that a remedy can gain: ``"at most 3.80 times as fast"``; empty if that is not known."""
    if remedy.gain is None or not isfinite(remedy.gain):
        return ""
    return f"at most {significant(remedy.gain)} times as fast"


def convoy_words(convoy: Convoy, recording: Recording) -> str:
    """Return who waited behind whom, in a sentence."""
    labels = thread_labels(recording)
    waiter = next((one for one in recording.threads if one.native_id == convoy.waiter), None)
    said = (
        f"{holder_label(convoy.waiter, labels)} waited {duration(convoy.wait_ns / 1e9)} for the GIL, "
        f"most of it behind {holder_label(convoy.holder, labels)}"
    )
    if waiter is None or waiter.wall_ns <= 0:
        return f"{said}."
    waited, ran = percent(convoy.wait_ns / waiter.wall_ns), percent(waiter.share(State.RUN))
    return f"{said}: {waited} of its time, though it computed for only {ran}."


def blockage_words(blockage: Blockage, recording: Recording) -> str:
    """Return how long an event loop was held, when and by what, in a sentence without its stack."""
    after_s = max(0, blockage.start_ns - recording.start_ns) / 1e9
    return (
        f"{holder_label(blockage.thread, thread_labels(recording))} was held for "
        f"{duration(max(0, blockage.end_ns - blockage.start_ns) / 1e9)}, {duration(after_s)} after the start: "
        f"{DOES[blockage.state]}."
    )


def line_words(line: Line, limit: int = 60) -> str:
    """Return a line of code and what it answers for: ``"app.py:42, factor: 71 % of the time on a core"``."""
    return (
        f"{place_of(line.file, line.line, limit)}, {plain(line.function, limit) or '?'}: "
        f"{percent(line.share)} of the time {_spent(line.state)}"
    )


def observer_words(recording: Recording) -> str:
    """Return how often the observer looked and what that cost, in a sentence."""
    late = f", {plural(recording.missed, 'look')} left out for coming too late" if recording.missed else ""
    cost = ""
    if recording.wall_ns > 0:
        cost = f"; looking took {percent(recording.observer_cpu_ns / recording.wall_ns)} of a core"
    return f"looked {plural(recording.ticks, 'time')}{late}{cost}"


def children_words(recording: Recording) -> str:
    """Return what its children took on cores; empty if that was nothing."""
    spent_ns = recording.child_cpu_ns
    return f"child processes took {duration(spent_ns / 1e9)} on cores" if spent_ns > 0 else ""


def facts_of(recording: Recording) -> list[tuple[str, str]]:
    """Return what was looked at and how, as names and values."""
    found = [
        ("command", plain(shell_words(recording.command), 400)),
        ("process", f"{recording.pid}{ending(recording)}"),
        ("interpreter", python_words(recording)),
        ("usable cores", number(recording.cores)),
        ("observer", observer_words(recording)),
        ("children", children_words(recording)),
    ]
    return [(name, value) for name, value in found if value]


def summary(report: DiagnosisReport) -> list[str]:
    """Return the verdict's sentences, the headline first."""
    return [headline(report), *map(plain, report.diagnosis.evidence)]


def _spent(state: State) -> str:
    return "in states unknown" if state is State.UNKNOWN else DOES[state]
