"""Forking this process, and whether it may be: a copy has one thread only, and for ever the locks that others held."""

import os
import signal
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress

from turnout.clock import pause_s

harmless: set[threading.Thread] = set()
"""Threads that wait for a file and hold no lock that a copy of this process needs: whoever starts one adds it."""

LOOKS = 40  # for threads that have ended, until the system no longer lists them
LOOK_S = 0.00005
_TASKS = "/proc/self/task"  # where Linux lists this process's threads
_SIGNALS = signal.valid_signals()
_staying: set[int] = set()  # the system's numbers of threads that were there after a fork as before
_blocked: set[int] = set()  # by this copy, until it hears signals again


def fork_deaf(fork: Callable[[], int] | None = None) -> int:
    """Fork this process; the copy has all signals blocked until it calls `hear_signals`, or ends.

    Else a Ctrl-C, which reaches all of a terminal's processes, could be raised in the copy before it is what it shall
    be: there, the program that was copied would clean up, and go on.

    Args:
        fork: Stands in for `os.fork`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    pid = -1
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = (fork or os.fork)()
    finally:
        if pid:
            _unblock(before, pid)
        else:
            _blocked.update(_SIGNALS - before)
    return pid


def _unblock(before: set[int], copy: int) -> None:
    """Hear signals as before; if a handler raises, as Ctrl-C does, the copy is ended, as nobody gets to know of it."""
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    except BaseException:
        if copy > 0:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(copy, signal.SIGKILL)
                os.waitpid(copy, 0)
        raise


def hear_signals() -> None:
    """Hear signals again that were blocked by `fork_deaf`; nothing happens in a process that it did not make."""
    if _blocked:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _blocked)
        _blocked.clear()


def thread_count() -> int:
    """Return how many threads this process has, without those that are harmless; by the system if it can be asked."""
    try:
        count = len(os.listdir(_TASKS))  # noqa: PTH208  a tenth of the time, at the start of each run
    except OSError:
        count = threading.active_count()
    return count - _harmless_count()


def may_fork() -> bool:
    """Tell whether a fork is harmless now: there is one thread, or the others are a library's that end before it.

    OpenBLAS, which comes with NumPy, has threads from its import on. It ends them before each fork, and starts them
    again when it needs them; other libraries may do likewise.
    """
    return thread_count() == 1 or (is_one_python_thread() and native_threads_end_at_fork())


def is_one_python_thread() -> bool:
    """Tell whether there is one thread of Python's only, without those that are harmless."""
    return threading.active_count() - _harmless_count() == 1


def native_threads_end_at_fork() -> bool:
    """Tell whether a fork leaves no threads in this process but Python's own, by forking a copy that ends at once.

    No Python thread may be within a library that has threads of its own.
    """
    try:
        if _staying and not _staying.isdisjoint(_tasks()):
            return False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which are what this is about
            pid = fork_deaf()
        if not pid:
            os._exit(0)
    except (OSError, RuntimeError):  # the system has no more processes, or this is a subinterpreter, which may not fork
        return False
    with suppress(ChildProcessError):  # who ignores SIGCHLD has no children to wait for
        os.waitpid(pid, 0)
    if _comes_true(lambda: not _native_threads()):
        return True
    _staying.update(_native_threads())
    return False


def settle(most: int) -> None:
    """Wait until threads that have ended are gone for the system too, two milliseconds at most.

    Args:
        most: How many threads there are then.
    """
    _comes_true(lambda: thread_count() <= most)


def _comes_true(condition: Callable[[], bool]) -> bool:
    for _ in range(LOOKS):
        if condition():
            return True
        pause_s(LOOK_S)
    return False


def _harmless_count() -> int:
    return sum(thread.is_alive() for thread in harmless)  # in a copy of this process, none is


def _native_threads() -> set[int]:
    return _tasks() - {thread.native_id for thread in threading.enumerate()}


def _tasks() -> set[int]:
    return {int(name) for name in os.listdir(_TASKS)}  # noqa: PTH208  as above
