"""One timed run in a process of its own: the same starting state for each, a peak of its own, and killable."""

import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from turnout.clock import wall_ns
from turnout.errors import TransferError, TurnoutError, message_of
from turnout.executors import BatchSize, executor, feed, outcomes_of, shortage_of, stream
from turnout.executors._intake import PlainIntake
from turnout.measurement._fingerprint import fingerprints
from turnout.measurement._types import Contender, Heat
from turnout.outcomes import Failure, Outcome, Success
from turnout.trace import Recorder, Trace
from turnout.trace._usage import process_memory_bytes

SPANS_KEPT = 150_000  # of each heat; a race holds the traces of all its heats


class HeatError(TurnoutError):
    """A heat that gave no result.

    Args:
        reason: Why, in one sentence without a full stop.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class OverdueError(HeatError):
    """A heat that did not end in time."""


def run_heat(
    contender: Contender,
    function: Callable[[Any], Any],  # the caller's function, of the caller's types
    items: Sequence[Any],
    *,
    start_method: str | None,
    limit_s: float,
) -> Heat:
    """Let a contender run all ``items`` once, in a fresh process.

    Args:
        contender: Who runs.
        function: Takes one item.
        items: The sample.
        start_method: How the contender's own processes are started, if it has any.
        limit_s: After so many seconds the heat is ended.

    Raises:
        OverdueError: If it takes too long.
        HeatError: If it raises what ends a program.
        WorkerDiedError: If its process dies.
        TransferError: If function or items can't be sent to a fresh process, because this one has threads.
    """
    heat: Heat = in_fresh_process(partial(_heat, contender, function, items, start_method), limit_s=limit_s)
    return heat


def in_fresh_process(work: Callable[[], Any], *, limit_s: float) -> Any:  # whatever the work returns
    """Do ``work`` in a process that is forked for it, or started anew if this one has threads.

    Args:
        work: What to do.
        limit_s: After so many seconds the process is killed.

    Raises:
        OverdueError: If it takes longer.
        HeatError: If it raises what ends a program, as Ctrl-C does.
        WorkerDiedError: If its process dies.
        TransferError: If the work can't be sent to a process that is started anew.
    """
    outcome = _only_outcome(work, limit_s)
    if isinstance(outcome, Success):
        return outcome.value
    if isinstance(outcome.error, TransferError):
        _blame(work)
    if isinstance(outcome.error, Exception):
        raise outcome.error
    raise HeatError(f"it raised {_named(outcome.error)}")


def _blame(work: Callable[[], Any]) -> None:
    """Raise a `TransferError` that names the function or the items, if one of them is why ``work`` can't be sent."""
    from turnout.executors import dumps, function_name  # noqa: PLC0415  a worker that runs a heat needs neither

    for part in getattr(work, "args", ()):
        role = f"the function {function_name(part)!r}" if callable(part) else "the list of items"
        dumps(part, partial(str, role))


def _only_outcome(work: Callable[[], Any], limit_s: float) -> Outcome[Any]:
    from turnout.executors import ProcessCrew, outcomes_of  # noqa: PLC0415  a worker that runs a heat needs none

    crew = ProcessCrew(_call, [work], 1, start_method=None, recorder=None)
    try:
        reply = crew.run_alone(work, limit_s=limit_s)
    except TimeoutError:
        raise OverdueError(f"it did not finish within {limit_s:.1f} s") from None
    finally:
        crew.abort()
    return next(iter(outcomes_of(reply)))


def _call(work: Callable[[], Any]) -> Any:  # whatever the work returns
    _print_nowhere()
    return work()


def _print_nowhere() -> None:
    """Keep what the work prints, over and over, out of what the race prints."""
    if sys.__stdout__ is None:  # it was closed before we began, and its number may be that of something else
        return
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  it stays open as long as the process
    os.dup2(nowhere.fileno(), 1)  # where code in C, and programs that the work starts, print
    sys.stdout = nowhere


def _heat(contender: Contender, function: Callable[[Any], Any], items: Sequence[Any], start_method: str | None) -> Heat:
    recorder = Recorder(SPANS_KEPT, measures_memory=True)
    cpu_before = _cpu_ns()
    start_ns = wall_ns()
    pool = executor(
        contender.executor,
        contender.workers,
        start_method=start_method if contender.executor == "processes" else None,
    )
    crew = pool.crew(function, items, recorder)
    intake = PlainIntake(feed(items), BatchSize(workers=pool.workers, target_ns=pool.batch_ns))
    replies = stream(crew, intake, ordered=True, recorder=recorder)
    outcomes = [outcome for reply in replies for outcome in outcomes_of(reply)]
    if (shortage := shortage_of(crew)) is not None:
        raise shortage  # with fewer workers it is another contender
    end_ns = wall_ns()
    cpu_ns = _cpu_ns() - cpu_before
    trace = recorder.trace()
    _end_groups({worker.pid for worker in trace.workers} - {os.getpid()})
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    return Heat(
        wall_ns=end_ns - start_ns,
        startup_ns=trace.startup_ns,
        cpu_ns=cpu_ns,
        memory_bytes=_memory_bytes(trace),
        failures=len(failures),
        first_failure=_named(failures[0].error) if failures else "",
        fingerprints=fingerprints(outcomes),
        trace=trace,
    )


def _end_groups(leaders: set[int]) -> None:
    """End what worker processes, which have ended, have left running: they led groups that are not the heat's own."""
    for pid in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _cpu_ns() -> int:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(sum(one.ru_utime + one.ru_stime for one in used) * 1e9)


def _memory_bytes(trace: Trace) -> int | None:
    own = process_memory_bytes()
    if own is None:
        return None
    return own + sum(usage.memory_bytes or 0 for usage in trace.usage.values())


def _named(error: BaseException) -> str:
    text = " ".join(message_of(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
