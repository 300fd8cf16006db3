"""From a guest's reply to a heat like any other."""

from array import array
from collections.abc import Iterator
from pickle import loads
from typing import Any

from turnout.errors import RemoteError
from turnout.measurement._fingerprint import fingerprints
from turnout.measurement._guest_process import Reply
from turnout.measurement._types import Heat
from turnout.outcomes import Failure, Outcome, Success
from turnout.trace import SpanBatch, Trace, Worker


def heat_of(reply: Reply) -> Heat:
    """Return what a guest's reply to ``run`` tells, as ``guest/turnout_guest_crews.py`` describes it."""
    outcomes = [_outcome(at, *parts) for at, parts in enumerate(reply["outcomes"])]
    failures = [one for one in outcomes if isinstance(one, Failure)]
    return Heat(
        wall_ns=reply["end_ns"] - reply["start_ns"],
        startup_ns=reply["start_ns"] - reply["ready_ns"],
        cpu_ns=sum(cpu_ns for *_, cpu_ns in reply["batches"]),
        memory_bytes=None,
        failures=len(failures),
        first_failure=str(failures[0].error) if failures else "",
        fingerprints=fingerprints(outcomes),
        trace=_trace(reply),
    )


def _outcome(at: int, succeeded: bool, *parts: Any) -> Outcome[Any]:  # noqa: FBT001  a tuple of the guest's
    if not succeeded:
        kind, text = parts
        return Failure(error=RemoteError(kind, text), item=None, index=at, attempts=1)
    return Success(value=_value(*parts), item=None, index=at, attempts=1)


def _value(pickled: bytes | str | None) -> Any:  # whatever the user's function returns
    if pickled is None:
        return _unread()
    payload = pickled.encode("latin-1") if isinstance(pickled, str) else pickled  # Python 2's bytes came as text
    try:
        return loads(payload, encoding="utf-8", errors="surrogateescape")
    except Exception:  # noqa: BLE001  a class of the other Python may do anything; it is counted as not comparable
        return _unread()


def _unread() -> Iterator[None]:
    """Stand for a value that this Python cannot read: a generator has no value of its own to compare."""
    yield


def _trace(reply: Reply) -> Trace:
    batches, dropped, busy_ns = [], 0, 0
    for worker, first, start_ns, ends, count, cpu_ns in reply["batches"]:
        busy_ns += ends[-1]
        if len(ends) < count:
            dropped += count
            continue
        batches.append(
            SpanBatch(
                worker=worker,
                first_item=first,
                queued_ns=reply["start_ns"],
                start_ns=start_ns,
                ends=array("q", [start_ns + end for end in ends]),
                cpu_ns=cpu_ns,
            )
        )
    return Trace(
        workers=tuple(_worker(number, *name) for number, name in enumerate(reply["workers"])),
        batches=tuple(batches),
        start_ns=reply["start_ns"],
        end_ns=reply["end_ns"],
        span_count=len(reply["outcomes"]),
        dropped_count=dropped,
        busy_ns=busy_ns,
        span_cpu_ns=sum(cpu_ns for *_, cpu_ns in reply["batches"]),
    )


def _worker(number: int, pid: int, name: str | int) -> Worker:
    if isinstance(name, int):
        return Worker(id=number, pid=pid, thread="MainThread", interpreter=name)
    return Worker(id=number, pid=pid, thread=name)
