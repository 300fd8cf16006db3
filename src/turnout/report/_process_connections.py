"""By what a process is connected with others, for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from turnout.observe import Channel, Channels, End, Queue, Relative, Semaphore, SharedSegment
from turnout.report._machine_costs import binary_size
from turnout.report._process_holdings import access, socket_ends
from turnout.report._process_layout import Layout, Untold, heading, indented, rows_of
from turnout.report._words import MISSING, number, plain

_ENDS = 4  # other processes named in one row
_UNBOUNDED = (1 << 31) - 1  # the value of a semaphore that multiprocessing never wants to be exhausted


def connection_parts(channels: Channels, pid: int, layout: Layout, untold: Untold) -> Iterator[RenderableType]:
    """Yield by what a process is connected with others, and hand ``untold`` what cannot be said of it."""
    hidden = channels.hidden_process_count
    unseen = f"; {hidden:,} {'process' if hidden == 1 else 'processes'} could not be looked into" if hidden else ""

    def ways(found: Sequence[Channel]) -> Iterator[RenderableType]:
        yield heading("Pipes and sockets", f"the other ends, and copies of this one{unseen}")
        rows = [_channel(one, pid, layout) for one in layout.shown(found)]
        yield indented(rows_of(">fd|access|*what|*with", rows), *layout.rest(len(found)))

    def segments(found: Sequence[SharedSegment]) -> Iterator[RenderableType]:
        yield heading("Shared memory")
        rows = [_segment(one, layout) for one in layout.shown(found)]
        yield indented(rows_of(">size|>resident|kind|*name|*shared with", rows), *layout.rest(len(found)))

    def semaphores(found: Sequence[Semaphore]) -> Iterator[RenderableType]:
        yield heading("Semaphores", "how many more may pass, and how many threads wait")
        rows = [_semaphore(one, layout) for one in layout.shown(found)]
        yield indented(rows_of(">value|>waiting|name|*shared with", rows), *layout.rest(len(found)))

    yield from untold.or_else("pipes and sockets", channels.channels, ways)
    yield from untold.or_else("shared memory", channels.segments, segments)
    yield from untold.or_else("semaphores", channels.semaphores, semaphores)
    if channels.queues:
        yield heading("Message queues")
        rows = [_queue(one, layout) for one in layout.shown(channels.queues)]
        yield indented(rows_of(">messages|how|*name", rows), *layout.rest(len(channels.queues)))


def _channel(one: Channel, pid: int, layout: Layout) -> tuple[str, ...]:
    what = (
        socket_ends(one.socket) if one.socket is not None else f"{one.kind} {plain(_inner(one.target), layout.chars)}"
    )
    return ", ".join(map(str, one.descriptors)), access(one.reads, one.writes), what, _with(one, pid, layout)


def _with(one: Channel, pid: int, layout: Layout) -> str:
    opposite = [_end(end, pid) for end in one.ends if not end.same]
    copies = [_end(end, pid) for end in one.ends if end.same]
    nobody = [] if one.socket is not None else ["nobody that can be seen"]
    parts = [_some(opposite, layout)] if opposite else nobody
    parts += [f"copies: {_some(copies, layout)}"] if copies else []
    return "; ".join(parts) or MISSING


def _end(end: End, pid: int) -> str:
    who = "this process" if end.pid == pid else f"{end.pid} {plain(end.name or '', 40)}".rstrip()
    return f"{who} at {', '.join(map(str, end.descriptors))}"


def _some(words: Sequence[str], layout: Layout) -> str:
    shown = list(words if layout.rows is None else words[:_ENDS])
    more = len(words) - len(shown)
    return ", ".join([*shown, *([f"{more:,} more"] if more else [])])


def _inner(target: str) -> str:
    return target[target.find("[") + 1 : -1] if target.endswith("]") and target.startswith("pipe:") else target


def _segment(one: SharedSegment, layout: Layout) -> tuple[str, ...]:
    attached = "" if one.attached_count is None else f", attached {one.attached_count:,} times"
    creator = "" if one.creator_pid is None else f", created by process {one.creator_pid}"
    name = plain(one.name, layout.chars) + (" (its name is gone)" if one.deleted else "") + attached + creator
    resident = MISSING if one.resident_bytes is None else binary_size(one.resident_bytes)
    return binary_size(one.size_bytes), resident, str(one.kind), name, _shared_with(one.shared_with, layout)


def _semaphore(one: Semaphore, layout: Layout) -> tuple[str, ...]:
    value = "no limit" if one.value == _UNBOUNDED else number(one.value)
    name = plain(one.name, 60) + (" (its name is gone)" if one.deleted else "")
    return value, number(one.waiting_count), name, _shared_with(one.shared_with, layout)


def _queue(one: Queue, layout: Layout) -> tuple[str, ...]:
    return number(one.message_count), plain(one.role, 60), plain(one.name, layout.chars)


def _shared_with(others: Sequence[Relative], layout: Layout) -> str:
    return (
        _some([f"{one.pid} {plain(one.name or '', 40)}".rstrip() for one in others], layout)
        or "nobody that can be seen"
    )
