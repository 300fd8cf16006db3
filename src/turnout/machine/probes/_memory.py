"""What memory a thread adds, and the reading of a process's own memory."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import connection, get_all_start_methods, get_context
from pathlib import Path

from turnout.clock import Clock
from turnout.errors import UnavailableError


def private_bytes(pid: int, root: Path = Path("/")) -> int:
    """Return the resident memory that a process shares with no other.

    Raises:
        UnavailableError: If the system does not tell.
    """
    try:
        text = (root / "proc" / str(pid) / "smaps_rollup").read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise UnavailableError(
            "the memory of a process", f"/proc/{pid}/smaps_rollup: {error.strerror}", "measure on Linux 4.14 or later"
        ) from error
    fields = (line.split() for line in text.splitlines())
    return sum(int(words[1]) * 1024 for words in fields if words[0].startswith("Private_"))


def grown_bytes(start_one: Callable[[], AbstractContextManager[None]], count: int) -> float:
    """Return by how much this process grows with each of ``count`` things that are started and kept."""
    before = private_bytes(os.getpid())
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(start_one())
        return max(0.0, (private_bytes(os.getpid()) - before) / count)


def thread_memory_bytes(_clock: Clock, repeats: int = 5, count: int = 64) -> list[float]:
    """Start threads that wait, and see by how much the process grows."""
    return in_fresh_children(lambda: grown_bytes(_waiting_thread, count), repeats)


def in_fresh_children(measure: Callable[[], float], repeats: int) -> list[float]:
    """Call ``measure`` in one forked child after the other.

    In one process, the second sample would find the stacks that the first one left in the allocator's cache.

    Raises:
        UnavailableError: If this system cannot fork, or a child ended without an answer.
    """
    if "fork" not in get_all_start_methods():
        raise UnavailableError("memory by growth", "it needs fork, which this system lacks", "measure on Linux")
    fork = get_context("fork")
    samples = []
    for _ in range(repeats):
        hears, says = fork.Pipe(duplex=False)
        child = fork.Process(target=_answer, args=(measure, says))
        with hears:
            with says:
                child.start()
            try:
                answer = hears.recv()
            except EOFError:
                answer = "the child that measured it died"
            child.join()
            child.close()
        if isinstance(answer, str):
            raise UnavailableError("memory by growth", answer, "see whether it can be measured with --fresh")
        samples.append(float(answer))
    return samples


@contextmanager
def _waiting_thread() -> Iterator[None]:
    end, begun = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        end.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _answer(measure: Callable[[], float], says: connection.Connection) -> None:
    try:
        says.send(measure())
    except UnavailableError as error:
        says.send(error.reason)
