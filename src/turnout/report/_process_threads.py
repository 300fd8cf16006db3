"""The threads of a process, and their Python stacks, for a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from turnout.observe import Frame, SystemCall, Thread, Unknown
from turnout.report._process_holdings import signal_list
from turnout.report._process_layout import Layout, heading, indented, rows_of
from turnout.report._words import MISSING, duration, plain, plural

_DEEPEST = 30  # calls of one stack


def thread_parts(threads: Sequence[Thread], layout: Layout) -> Iterator[RenderableType]:
    """Yield the threads of a process."""
    yield heading("Threads", f"{len(threads):,}")
    rows = [_thread(one) for one in layout.shown(threads)]
    remarks = [text for one in layout.shown(threads) for text in _remarks(one, threads[0])]
    if rows:
        columns = ">tid|name|state|>own code|>kernel|>no core|*in"
        yield indented(rows_of(columns, rows), *layout.rest(len(threads)), *remarks)


def stack_parts(
    stacks: Mapping[int, Sequence[Frame]] | Unknown, threads: Sequence[Thread] | Unknown, layout: Layout
) -> Iterator[RenderableType]:
    """Yield the Python stacks of the threads of a process, the innermost call first."""
    if isinstance(stacks, Unknown):
        yield heading("Python stacks", Text(f"not available ({plain(stacks.reason, 300)})", style="dim italic"))
        return
    yield heading("Python stacks", "the innermost call first")
    names = {} if isinstance(threads, Unknown) else {one.tid: one.name for one in threads}
    tids = sorted(stacks)
    for tid in layout.shown(tids):
        yield indented(Text(f"{tid}  {plain(names.get(tid, ''), 40)}", style="bold"), *_frames(stacks[tid], layout))
    yield indented(*layout.rest(len(tids), "more threads"))


def _frames(stack: Sequence[Frame], layout: Layout) -> Iterator[Text]:
    shown = stack if layout.rows is None else stack[:_DEEPEST]
    for frame in shown:
        place = plain(frame.file, layout.chars) + (f":{frame.line}" if frame.line else "")
        yield Text(f"  {plain(frame.function, 100)}  ").append(place, style="dim")
    more = len(stack) - len(shown)
    if more:
        yield Text(f"  and {plural(more, 'call')} further out; --all shows them", style="dim")


def _thread(one: Thread) -> tuple[str, ...]:
    times = (
        MISSING if seconds is None else duration(seconds) for seconds in (one.user_s, one.system_s, one.core_wait_s)
    )
    return str(one.tid), plain(one.name, 40), str(one.state), *times, _call(one)


def _call(one: Thread) -> str:
    where = "" if one.kernel_function is None else f" ({plain(one.kernel_function, 60)})"
    match one.call:
        case Unknown(reason):
            return f"{reason}{where}"
        case SystemCall(number=-1):
            return f"no system call, but the kernel{where}"
        case SystemCall():
            name = plain(one.call.name or "", 60) or f"system call {one.call.number}"
            on = "" if one.call.descriptor is None else f" of fd {one.call.descriptor}"
            return f"{name}{on}{where}"
        case None:
            return MISSING


def _remarks(one: Thread, main: Thread) -> Iterator[Text]:
    if one is not main and one.blocked != main.blocked:
        yield Text(f"{one.tid} blocks {signal_list(one.blocked)}", style="dim")
    if one is not main and one.pending:
        yield Text(f"{one.tid} has pending {signal_list(one.pending)}", style="dim")
