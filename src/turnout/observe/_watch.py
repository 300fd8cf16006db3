"""Watching a process: one that we start, one that runs already, or this one, by a helper beside it."""

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Protocol

from turnout.clock import Clock, SystemClock
from turnout.errors import ObserveError, UsageError
from turnout.executors._new_interpreter import interpreter_command
from turnout.machine import usable_workers
from turnout.observe._memory import UnreadableError
from turnout.observe._portable_sampler import PortableSampler, command_of, pythons_below
from turnout.observe._recording import Recording
from turnout.observe._runtime import Runtime, UnknownPythonError, find_runtime
from turnout.observe._sampler import Sampler
from turnout.observe._secrets import mask_words

NICENESS = 10  # of the observer: where all cores are busy, it is the one that waits
PATIENCE_S = 2.0  # that a program may take to have an interpreter
LOOK_AGAIN_S = 0.002
_PERMITTED_TRACER = 0x59616D61  # PR_SET_PTRACER


def find_runtime_soon(
    pid: int, is_over: Callable[[], bool], clock: Clock, *, patience_s: float = PATIENCE_S
) -> tuple[Runtime | None, tuple[str, ...]]:
    """Return the interpreter of a process that may have only just begun, and what to say if it cannot be read.

    Args:
        pid: The process.
        is_over: Whether it has ended, or nobody wants to know any more.
        clock: Tells the time, and waits.
        patience_s: How long to look for it.
    """
    until_ns = clock.wall_ns() + int(patience_s * 1e9)
    why = "it ended before it had an interpreter"
    while not is_over() and clock.wall_ns() < until_ns:
        try:
            runtime = find_runtime(pid)
            if runtime.thread_states():
                return runtime, ()
        except UnknownPythonError as error:
            why = str(error)
            break
        except ObserveError as error:
            why = str(error)
        except UnreadableError:
            why = "its interpreter changed while it was looked for"
        clock.pause_s(LOOK_AGAIN_S)
    return None, (f"The interpreter was not looked into: {why}.",)


class Looker(Protocol):
    """Looks at a process; see `Sampler`."""

    def run(self, is_over: Callable[[], bool]) -> None:
        """Look until ``is_over`` or the process has ended."""
        ...

    def recording(self, *, command: tuple[str, ...], cores: int, exit_code: int | None = None) -> Recording:
        """Return what was seen."""
        ...


def looker(
    pid: int, is_over: Callable[[], bool], clock: Clock, patience_s: float, system: str = sys.platform
) -> Looker:
    """Return what looks at a process by the means of this system.

    Args:
        pid: The process.
        is_over: Whether it has ended, or nobody wants to know any more.
        clock: Tells the time, and waits.
        patience_s: How long its interpreter is looked for.
        system: As `sys.platform`.

    Raises:
        ObserveError: If it has ended.
    """
    if system != "linux":
        return PortableSampler(pid, clock)
    runtime, notes = find_runtime_soon(pid, is_over, clock, patience_s=patience_s)
    below = pythons_below(pid) if runtime is None else []
    if below:
        notes += (f"It has started other Pythons; look at each by itself: turnout diagnose --pid {below[0]}, for one.",)
    return Sampler(pid, runtime, clock, notes=notes)


class Watch:
    """Looks at a process in a thread of its own, until it is told to stop.

    Args:
        pid: The process.
        command: What it was started with.
        clock: Tells the time, and waits.
        patience_s: How long its interpreter is looked for.
        system: As `sys.platform`.
    """

    def __init__(
        self,
        pid: int,
        command: Sequence[str],
        clock: Clock | None = None,
        *,
        patience_s: float = PATIENCE_S,
        system: str = sys.platform,
    ) -> None:
        self._system = system
        self._pid = pid
        self._command = mask_words(tuple(command))
        self._clock = clock or SystemClock()
        self._patience_s = patience_s
        self._is_over = threading.Event()
        self._sampler: Looker | None = None
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._look, name="observer", daemon=True)
        self._thread.start()

    def stop(self, exit_code: int | None = None) -> Recording:
        """Look no more, and return what was seen.

        Args:
            exit_code: The program's, if it has ended.

        Raises:
            ObserveError: If it could not be looked at at all.
        """
        self._is_over.set()
        self._thread.join()
        if self._trouble is not None:
            raise self._trouble
        if self._sampler is None:
            raise ObserveError(f"process {self._pid} ended before it could be looked at")
        return self._sampler.recording(command=self._command, cores=usable_workers(), exit_code=exit_code)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the process has ended; return whether it has."""
        self._thread.join(None if timeout_s is None else min(timeout_s, threading.TIMEOUT_MAX))
        return not self._thread.is_alive()

    def _look(self) -> None:
        try:
            _be_patient()
            is_over = self._is_over.is_set
            self._sampler = looker(self._pid, is_over, self._clock, self._patience_s, self._system)
            self._sampler.run(is_over)
        except BaseException as error:  # noqa: BLE001  who stops the watch is told
            self._trouble = error


class SelfWatch:
    """Looks at this very process, by a helper process beside it.

    Raises:
        ObserveError: If the helper does not start.
    """

    def __init__(self) -> None:
        if os.name == "nt":
            raise ObserveError("a program cannot look at itself on Windows; look at it with `turnout diagnose PROGRAM`")
        asked, self._asks = os.pipe()
        told, tells = os.pipe()
        self._told: IO[bytes] = os.fdopen(told, "rb")
        try:
            code = f"from turnout.observe._watch import main; main({os.getpid()}, {asked}, {tells})"
            self._helper = subprocess.Popen(  # noqa: S603  this interpreter, and our own code
                interpreter_command(code), stdin=subprocess.DEVNULL, pass_fds=(asked, tells)
            )
        except BaseException:
            self._close()
            raise
        finally:
            os.close(asked)
            os.close(tells)
        try:
            _permit(self._helper.pid)
            self._say(b"g")
            is_looking = self._told.read(1) == b"r"
        except BaseException:
            self._end()
            raise
        if not is_looking:
            self._end()
            raise ObserveError("the process that was to look at this one ended; see what it printed above")

    def stop(self) -> Recording:
        """Look no more, and return what was seen.

        Raises:
            ObserveError: If the helper has ended, or could not look.
        """
        self._say(b"s")
        data = self._told.read()
        self._end()
        try:
            found = pickle.loads(data)
        except (pickle.UnpicklingError, EOFError):  # it ended before it had told all
            found = None
        if isinstance(found, ObserveError):
            raise found
        if not isinstance(found, Recording):
            raise ObserveError("the process that looked at this one was ended by something else; look again")
        return found

    def _say(self, word: bytes) -> None:
        with suppress(BrokenPipeError):  # the helper has ended, which is seen by what it does not tell
            os.write(self._asks, word)

    def _end(self) -> None:
        self._close()
        self._helper.wait()

    def _close(self) -> None:
        os.close(self._asks)
        self._told.close()


def main(pid: int, asked: int, tells: int) -> None:
    """Look at a process until its word comes, or it ends.

    Args:
        pid: The process.
        asked: Descriptor from which its words come, of a byte each: to begin, and to stop.
        tells: Descriptor where a byte goes when looking begins, and then the pickled recording.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is meant for who is looked at
    if not os.read(asked, 1):
        return
    clock = SystemClock()
    with suppress(BrokenPipeError), os.fdopen(tells, "wb") as out:
        found: Recording | ObserveError
        try:
            command = mask_words(command_of(pid))
            sampler = looker(pid, _never, clock, PATIENCE_S)
            _be_patient()
            out.write(b"r")
            out.flush()
            is_over = threading.Event()
            threading.Thread(target=_listen, args=(asked, is_over), daemon=True).start()
            sampler.run(is_over.is_set)
            found = sampler.recording(command=command, cores=usable_workers())
        except UsageError as error:  # it has ended already
            found = ObserveError(str(error))
        except ObserveError as error:
            found = error
        out.write(pickle.dumps(found))


def _listen(handle: int, is_over: threading.Event) -> None:
    os.read(handle, 1)  # a word, or the end of who would give it
    is_over.set()


def _never() -> bool:
    return False


def _be_patient() -> None:
    """Have this thread wait for those that are looked at, and not the other way round."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _permit(pid: int) -> None:
    """Let a helper read this process, where the system would only let its parents."""
    library = ctypes.CDLL(None)
    if hasattr(library, "prctl"):
        library.prctl(_PERMITTED_TRACER, ctypes.c_ulong(pid), 0, 0, 0)
