"""Starting worker processes: by fork, through a fork server, or anew.

None of the three imports the script that was started, so a script needs no ``if __name__ == "__main__"`` and a
notebook works: what belongs to ``__main__`` travels by value.
"""

import errno
import os
import resource
import select
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal, NoReturn, Protocol

from turnout.errors import ExecutorError
from turnout.executors._copies import flush_quietly
from turnout.executors._forkable import fork_deaf, may_fork
from turnout.executors._link import Board, fill_standard, shared_file
from turnout.executors._native_pools import limit_pools
from turnout.executors._new_interpreter import start_interpreter
from turnout.executors._serve import Inherited, serve

StartMethod = Literal["fork", "forkserver", "spawn"]
START_METHODS: tuple[StartMethod, ...] = ("fork", "forkserver", "spawn")
ENDING_MS = 50  # between the closing of a process's files and its end; some microseconds, but for a busy machine
SPARE = 8  # descriptors that a new worker must leave to its parent

# Descriptors of this process that a forked worker must close: as long as it held them, other workers would not see
# their parent end. Of all launchers, since one process may have several at once.
_parents_ends: set[int] = set()


class Hired:
    """A worker process, seen from its parent.

    Attributes:
        pid: Its process.
        link: The socket to it.
        board: The shared memory with its times.
    """

    def __init__(self, pid: int, link: socket.socket, board: Board, wait: Callable[[], int | None]) -> None:
        self.pid = pid
        self.link = link
        self.board = board
        self._wait = wait
        self._exit_code: int | None = None
        self._reaped = False
        _parents_ends.update((link.fileno(), board.handle))

    def reap(self) -> int | None:
        """Wait for the process to end and return its exit code, negative for a signal; None if unknown."""
        if not self._reaped:
            self._exit_code = self._wait()
            self._reaped = True
            _parents_ends.difference_update((self.link.fileno(), self.board.handle))
            self.link.close()
            self.board.close()
        return self._exit_code

    def is_ending(self) -> bool:
        """Tell whether a process that has closed its link ends, or has ended; it may only have closed it."""
        try:
            handle = os.pidfd_open(self.pid)
        except (AttributeError, OSError):  # it was waited for already, or this system cannot tell
            return True
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            return bool(poll.poll(ENDING_MS))
        finally:
            os.close(handle)

    def kill(self) -> None:
        """End the process at once, and what its item has started."""
        if not self._reaped:
            for end in (os.killpg, os.kill):  # it may not lead its group yet
                with suppress(ProcessLookupError):
                    end(self.pid, 9)


class Launcher(Protocol):
    """Makes workers."""

    method: StartMethod

    def hire(self, inherited: Inherited) -> Hired:
        """Start a worker."""
        ...

    def close(self) -> None:
        """Give back what the launcher holds; all workers that still run are ended by that."""
        ...


def choose_start_method(asked: str | None) -> StartMethod:
    """Return how workers will be started.

    A fork is 20 to 30 times cheaper and copies nothing, but a fork of a process with threads can copy a lock that
    one of them holds, for ever: so it is used only while `may_fork` tells that it is harmless, and a fork server
    otherwise.

    Args:
        asked: A start method, or None for the best one now.

    Raises:
        ExecutorError: If there is no such method.
    """
    if asked is None:
        return "fork" if may_fork() else "forkserver"
    for method in START_METHODS:
        if asked == method:
            return method
    raise ExecutorError(f"no start method is called {asked!r}; known: {', '.join(START_METHODS)}")


class Lifeline:
    """A pipe whose writing end only this process holds, so that workers see when it ends."""

    def __init__(self) -> None:
        fill_standard()
        self.reader, self.writer = os.pipe()
        _parents_ends.add(self.writer)

    def close(self) -> None:
        """Close both ends."""
        _parents_ends.discard(self.writer)
        for handle in (self.reader, self.writer):
            os.close(handle)


@contextmanager
def talk() -> Iterator[tuple[socket.socket, socket.socket, Board, int]]:
    """Make what a process and its new worker need to talk.

    Yields:
        Our socket, the worker's, the board, and its descriptor. The worker's socket and the descriptor are closed at
        the end, by when the worker has its own; if it could not be started, everything is.

    Raises:
        OSError: If this process can have few more descriptors: the last worker must leave some for its other files.
    """
    fill_standard()
    with ExitStack() as ours, ExitStack() as theirs:
        our_link, their_link = socket.socketpair()
        ours.enter_context(our_link)
        theirs.enter_context(their_link)
        _leave_some(our_link.fileno())
        handle = shared_file()
        theirs.callback(os.close, handle)
        board = Board(handle)
        ours.callback(board.close)
        yield our_link, their_link, board, handle
        ours.pop_all()


def _leave_some(handle: int) -> None:
    """Raise what the system would if there were few more descriptors; the lowest one that is free tells."""
    free = os.dup(handle)
    os.close(free)
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and free + SPARE > most:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


class Forker:
    """Starts workers by forking this process: they have the function and the items already.

    Args:
        fork: As `os.fork`.
        threads: How many threads a native library may use in a worker; None to leave that alone.
    """

    method: StartMethod = "fork"

    def __init__(self, fork: Callable[[], int] = os.fork, *, threads: int | None = None) -> None:
        self._fork = fork
        self._threads = threads
        self._lifeline = Lifeline()

    def hire(self, inherited: Inherited) -> Hired:
        """Fork a worker."""
        if "logging" in sys.modules:  # then each worker would load this
            import turnout.executors._voice_logging  # noqa: F401, PLC0415  it takes a millisecond
        with talk() as (ours, theirs, board, _handle):
            flush_quietly()  # or the worker would write what is still in the buffers a second time
            with warnings.catch_warnings():
                # of threads, which who asks for a fork knows; made an error, it would hide that there is a child now
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = fork_deaf(self._fork)
            if not pid:
                self._work(ours, theirs, board, inherited)
        return Hired(pid, ours, board, lambda: wait_for_child(pid))

    def _work(self, ours: socket.socket, theirs: socket.socket, board: Board, inherited: Inherited) -> None:
        status = 1
        try:
            read_nothing()
            ours.close()
            for handle in _parents_ends:
                close_quietly(handle)
            _parents_ends.clear()
            limit_pools(self._threads)
            serve(theirs, board, self._lifeline.reader, inherited)
            status = 0
        except (BrokenPipeError, ConnectionResetError):
            pass  # the parent is gone
        finally:
            flush_quietly()
            os._exit(status)  # the parent's exit handlers are not the worker's

    def close(self) -> None:
        """Close the lifeline."""
        self._lifeline.close()


class Spawner:
    """Starts workers as new interpreters: slow, and free of everything that the parent has done.

    Args:
        threads: As in `Forker`.
    """

    method: StartMethod = "spawn"

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads
        self._lifeline = Lifeline()

    def hire(self, inherited: Inherited) -> Hired:  # noqa: ARG002  nothing is inherited
        """Start a new interpreter."""
        with talk() as (ours, theirs, board, handle):
            handles = (theirs.fileno(), handle, self._lifeline.reader)
            process = start_interpreter("turnout.executors._serve", *handles, threads=self._threads)
        return Hired(process.pid, ours, board, process.wait)

    def close(self) -> None:
        """Close the lifeline."""
        self._lifeline.close()


class ForkServer:
    """Starts workers by forking a helper process that has one thread and nothing else: a new interpreter.

    Args:
        threads: As in `Forker`.

    Attributes:
        pid: The helper's process.
    """

    method: StartMethod = "forkserver"
    pid: int

    def __init__(self, *, threads: int | None = None) -> None:
        self._lifeline = Lifeline()
        self._control, theirs = socket.socketpair()
        _parents_ends.add(self._control.fileno())
        self._lock = threading.Lock()
        with theirs:
            self._wait = self._start(theirs, threads)

    def hire(self, inherited: Inherited) -> Hired:  # noqa: ARG002  nothing is inherited
        """Have the server fork a worker."""
        with talk() as (ours, theirs, board, handle):
            pid = self._ask(b"hire    ", theirs.fileno(), handle)
            if pid is None:
                raise ExecutorError("the fork server ended; see what it printed above")
            if pid < 0:
                raise OSError(-pid, os.strerror(-pid))
        return Hired(pid, ours, board, lambda: self._ask(pid.to_bytes(8, "little")))

    def close(self) -> None:
        """End the server."""
        _parents_ends.discard(self._control.fileno())
        self._control.close()
        self._wait()
        self._lifeline.close()

    def _start(self, theirs: socket.socket, threads: int | None) -> Callable[[], int | None]:
        """Start the helper, and return what waits for its end."""
        handles = (theirs.fileno(), self._lifeline.reader)
        process = start_interpreter("turnout.executors._forkserver", *handles, threads=threads)
        self.pid = process.pid
        return process.wait

    def _ask(self, request: bytes, *handles: int) -> int | None:
        """Return what the server answers; None if it has ended, and what it knew of its workers with it."""
        with self._lock:
            try:
                socket.send_fds(self._control, [request], handles)
                data = self._control.recv(8, socket.MSG_WAITALL)
            except ConnectionError:
                return None
        return int.from_bytes(data, "little", signed=True) if data else None


class Sleeper(ForkServer):
    """A copy of this process, forked while it has one thread, that sleeps until it is to fork workers.

    So its workers inherit the function and the items, also when this process has threads by then that may hold locks.

    Args:
        inherited: What they inherit.
        threads: As in `Forker`.
    """

    method: StartMethod = "fork"

    def __init__(self, inherited: Inherited, *, threads: int | None = None) -> None:
        self._inherited = inherited
        super().__init__(threads=threads)

    def _start(self, theirs: socket.socket, threads: int | None) -> Callable[[], int | None]:
        flush_quietly()
        pid = fork_deaf()
        if not pid:
            self._sleep(theirs, threads)
        self.pid = pid
        return lambda: wait_for_child(pid)

    def _sleep(self, theirs: socket.socket, threads: int | None) -> NoReturn:
        from turnout.executors._forkserver import main  # noqa: PLC0415  needed here only

        try:
            read_nothing()
            for handle in _parents_ends:
                close_quietly(handle)
            _parents_ends.clear()
            main(theirs.fileno(), self._lifeline.reader, self._inherited, lambda: _fork_limited(threads))
        finally:
            flush_quietly()
            os._exit(0)  # the parent's exit handlers are not ours


def _fork_limited(threads: int | None) -> int:
    """Fork a worker, and have it limit its libraries: a sleeper that did would take a core from the first item."""
    pid = os.fork()
    if not pid:
        limit_pools(threads)
    return pid


def launcher(method: StartMethod, threads: int | None = None) -> Launcher:
    """Return a launcher of that kind; a native library in its workers uses so many threads, if it is not None."""
    match method:
        case "fork":
            return Forker(threads=threads)
        case "forkserver":
            return ForkServer(threads=threads)
        case "spawn":
            return Spawner(threads=threads)


def read_nothing() -> None:
    """Give this process an empty input: what its parent can read, such as items, is not for its workers."""
    if sys.__stdin__ is None:  # it was closed before we began, and its number may be that of something else
        return
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    # without its descriptor: a worker of a worker drops it for its own, and that is no leak
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)


def wait_for_child(pid: int) -> int | None:
    """Wait for a child to end and return its exit code, negative for a signal; None if somebody else reaped it."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return None


def close_quietly(handle: int) -> None:
    """Close a descriptor that may be closed already."""
    try:
        os.close(handle)
    except OSError:
        return
