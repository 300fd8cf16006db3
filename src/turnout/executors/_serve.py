"""A worker process from its first line to its last.

It imports the standard library and little of ours, since each worker pays for every import.
"""

import fcntl
import os
import pickle
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from turnout.executors._copies import end_copy, flush_quietly, forks
from turnout.executors._forkable import hear_signals
from turnout.executors._link import Board, Kind, SharedMarks, fill_standard, receive, send
from turnout.executors._shelf import Shelf
from turnout.executors._voice import Voice
from turnout.executors._worker import loaded_call, packed_results, plain_call, run_batch


class Inherited:
    """What a forked worker has from its parent without a pickle.

    Attributes:
        function: What to call with each item; None if it will be sent.
        items: The sequence that slices are cut from; empty if items will be sent.
        is_async: Whether the function makes coroutines.
    """

    __slots__ = ("function", "is_async", "items")

    def __init__(
        self, function: Callable[[Any], Any] | None = None, items: Sequence[Any] = (), *, is_async: bool = False
    ) -> None:
        self.function = function
        self.items = items
        self.is_async = is_async


def serve(link: socket.socket, board: Board, lifeline: int, inherited: Inherited) -> None:
    """Do what the parent says until it says goodbye or is gone.

    Args:
        link: The socket to the parent.
        board: Where to write times.
        lifeline: The reading end of a pipe that the parent holds open: when the parent dies, the worker dies, even
            in the middle of an item.
        inherited: What came by fork.
    """
    with suppress(OSError):  # it leads one already
        os.setpgid(0, 0)  # so that whatever ends this worker can end what its items have started, too
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says what to do
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as ``nohup`` does; a forked worker has our handler
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    hear_signals()
    _die_with(lifeline)
    half = 0
    voice = Voice(link)
    function, close = plain_call(inherited.function, is_async=inherited.is_async)
    while (frame := receive(link)) is not None:
        kind, a, b, flag, payload = frame
        match kind:
            case Kind.BYE:
                if flag:
                    send(link, Kind.USAGE, payload=_usage(memory=bool(a)))
                break
            case Kind.CALL:
                board.halves[0].outbound.is_closed = bool(flag)
                _call(link, payload, board.halves[0].outbound)
            case Kind.CONTEXT:
                _adopt(payload)
            case Kind.FUNCTION:
                voice.level = a
                for each in board.halves:
                    each.outbound.is_closed = bool(flag)
                function, close = loaded_call(payload)
            case _:
                slices = inherited.items[a:b] if kind == Kind.SLICE else None
                _run(voice, function, slices, (payload, b), board.halves[half], fine_cpu=bool(flag))
                half = 1 - half
    voice.leave()
    close()


def _run(
    voice: Voice,
    function: Any,  # of the caller's types
    items: Sequence[Any] | None,
    packed: tuple[bytearray, int],
    marks: SharedMarks,
    *,
    fine_cpu: bool,
) -> None:
    """Run ``items``, or else those in the payload and on the shelf, and answer."""
    try:
        if items is None:
            items = marks.inbound.loads(*packed)
    except Exception as error:  # noqa: BLE001  loading runs the objects' own code, which may raise anything
        voice.send(Kind.UNREAD, payload=_packed_error(error))
    else:
        voice.begin(marks, len(items))
        values, failures = run_batch(function, items, marks, fine_cpu=fine_cpu)
        shelf = marks.outbound
        shelf.clear()
        data = packed_results(values, failures, shelf)
        voice.finish()  # only now, since results may speak when they are pickled
        voice.send(Kind.DONE, payload=shelf.label(data), b=len(shelf.sizes))


def _adopt(payload: bytearray) -> None:
    from turnout.executors._context import adopt_context  # noqa: PLC0415  most streams have no context variables

    adopt_context(payload)


def _call(link: socket.socket, payload: bytearray, shelf: Shelf) -> None:
    from turnout.executors._pickling import dumps_back  # noqa: PLC0415  workers of a stream do without

    forked = forks[0]
    try:
        function, args, kwargs = pickle.loads(payload)
        value = function(*args, **kwargs)
        if forks[0] != forked:  # this is a process that the call forked
            end_copy(None)
        shelf.clear()
        data = dumps_back(value, lambda: "the result of the call", shelf)
    except BaseException as error:  # noqa: BLE001  whatever a call raises is its outcome
        if forks[0] != forked:
            end_copy(error)
        send(link, Kind.DONE, 1, payload=_packed_error(error))
    else:
        send(link, Kind.DONE, 0, payload=shelf.label(data), b=len(shelf.sizes))


def _packed_error(error: BaseException) -> bytes:
    from turnout.executors._pickling import pack_error  # noqa: PLC0415  only when something failed

    return pickle.dumps(pack_error(error))


def _usage(*, memory: bool) -> bytes:
    from turnout.trace._usage import process_memory_bytes, thread_usage  # noqa: PLC0415  only at the end

    used = thread_usage()
    fields = (used.cpu_ns, used.run_queue_ns, used.voluntary_switches, used.involuntary_switches)
    return pickle.dumps((*fields, process_memory_bytes() if memory else None))


def _die_with(lifeline: int) -> None:
    """Have the kernel end this process when the other end of the pipe is closed, whatever it is doing."""
    try:
        # opened anew, since who is told is kept with the opening, which forked workers would share
        handle = os.open(f"/proc/self/fd/{lifeline}", os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(handle, fcntl.F_SETOWN, os.getpid())
        signal.signal(signal.SIGIO, signal.SIG_DFL)  # which ends the process
        fcntl.fcntl(handle, fcntl.F_SETFL, os.O_ASYNC)
    except OSError:
        return  # then it ends after its item, when the link breaks


def main(link_handle: int, board_handle: int, lifeline: int, inherited: Inherited | None = None) -> None:
    """Serve as a worker that the parent did not fork itself.

    Args:
        link_handle: Descriptor of the socket to the parent.
        board_handle: Descriptor of the shared memory.
        lifeline: Descriptor of the pipe that the parent holds open.
        inherited: What came by fork all the same; None for nothing.
    """
    try:
        fill_standard()
        with socket.socket(fileno=link_handle) as link:
            serve(link, Board(board_handle), lifeline, inherited or Inherited())
    except (BrokenPipeError, ConnectionResetError):
        pass  # the parent is gone
    finally:
        flush_quietly()
