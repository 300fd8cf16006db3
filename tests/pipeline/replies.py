"""Replies that are made by hand, to fill windows and to end what is watched."""

from array import array

from turnout.executors import Batch, Reply
from turnout.trace import SpanBatch


def spans(start_ns: int, took_ns: int, cpu_ns: int = 0, count: int = 1, worker: int = 0) -> SpanBatch:
    """Return when so many items ran, one after the other, each for so long."""
    ends = array("q", [start_ns + took_ns * (number + 1) for number in range(count)])
    return SpanBatch(worker=worker, first_item=0, queued_ns=start_ns, start_ns=start_ns, ends=ends, cpu_ns=cpu_ns)


def reply(start_ns: int, took_ns: int, cpu_ns: int = 0, count: int = 1, *, failed: int = 0, worker: int = 0) -> Reply:
    """Return what became of such items, of which the first ones failed."""
    failures: dict[int, BaseException] = {number: ValueError(number) for number in range(failed)}
    return Reply(Batch(0, range(count)), [None] * count, failures, spans(start_ns, took_ns, cpu_ns, count, worker))
