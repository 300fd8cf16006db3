"""Looks at a process again and again where the system tells no more than how long its threads were on a core."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import psutil

from turnout.clock import Clock, thread_cpu_ns
from turnout.errors import ObserveError, UsageError
from turnout.observe._python import recognise_by_name
from turnout.observe._recording import Recording, State
from turnout.observe._track import ThreadTrack

TICK_NS = 20_000_000  # Windows counts time on a core in steps of 16 ms
UNTOLD = (
    "This system tells how long each thread was on a core, and not what it waited for otherwise, who had the global "
    "lock, nor where in the code it was; on Linux, turnout tells all of it."
)
WHOLE = "How long each of its threads was on a core may not be seen: all are told together, as one."

Times = dict[int, int]  # nanoseconds on a core by the thread's number


class PortableSampler:
    """Looks at a process until it ends or somebody says so.

    Args:
        pid: The process.
        clock: Tells the time, and waits.
        times: Tells how long each thread was on a core; None, or an error, once the process has ended.
    """

    def __init__(self, pid: int, clock: Clock, times: Callable[[], Times] | None = None) -> None:
        self._pid = pid
        self._clock = clock
        self._times = times or partial(thread_times, _process(pid))
        self._tracks: dict[int, ThreadTrack] = {}
        self._before: Times = {}
        self._ended: list[ThreadTrack] = []
        self._ticks = self._missed = self._cpu_ns = 0
        self._start_ns = clock.wall_ns()

    def run(self, is_over: Callable[[], bool]) -> None:
        """Look until ``is_over`` or the process has ended."""
        began_cpu_ns = thread_cpu_ns()
        due_ns = self._clock.wall_ns()
        while not is_over() and self.tick():
            due_ns += TICK_NS
            left_ns = due_ns - self._clock.wall_ns()
            if left_ns > 0:
                self._clock.pause_s(left_ns / 1e9)
            else:
                self._missed += -left_ns // TICK_NS
                due_ns = self._clock.wall_ns()
        self._cpu_ns = thread_cpu_ns() - began_cpu_ns

    def tick(self) -> bool:
        """Look once; return whether the process is still there."""
        try:
            found = self._times()
        except psutil.Error:
            return False
        now_ns = self._clock.wall_ns()
        self._ticks += 1
        for native_id in self._tracks.keys() - found:
            self._ended.append(self._tracks.pop(native_id))
        for native_id, spent_ns in found.items():
            track = self._tracks.get(native_id)
            if track is None:
                self._tracks[native_id] = ThreadTrack(native_id, now_ns, spent_ns, 0)
                continue
            ran_ns = spent_ns - self._before.get(native_id, spent_ns)
            track.look(now_ns, (spent_ns, 0), State.RUN if ran_ns > TICK_NS / 2 else State.UNKNOWN)
        self._before = found
        return bool(found)

    def recording(self, *, command: tuple[str, ...], cores: int, exit_code: int | None = None) -> Recording:
        """Return what was seen."""
        threads = sorted((one.record() for one in (*self._ended, *self._tracks.values())), key=lambda one: one.start_ns)
        is_whole = set(self._before) == {0}
        return Recording(
            pid=self._pid,
            command=command,
            python="",
            has_gil=None,
            cores=cores,
            start_ns=self._start_ns,
            end_ns=self._clock.wall_ns(),
            threads=tuple(threads),
            ticks=self._ticks,
            missed=self._missed,
            observer_cpu_ns=self._cpu_ns,
            notes=(UNTOLD, WHOLE) if is_whole else (UNTOLD,),
            exit_code=exit_code,
        )


def thread_times(process: psutil.Process) -> Times:
    """Return nanoseconds on a core of each thread; of all together, as thread 0, where the system tells no more.

    Raises:
        psutil.Error: If the process has ended.
    """
    try:
        return {one.id: int((one.user_time + one.system_time) * 1e9) for one in process.threads()}
    except psutil.AccessDenied:
        whole = process.cpu_times()
        return {0: int((whole.user + whole.system) * 1e9)}


def command_of(pid: int) -> tuple[str, ...]:
    """Return the command line of a process.

    Raises:
        UsageError: If there is none, or it may not be seen.
    """
    try:
        return tuple(_process(pid).cmdline())
    except (psutil.Error, ObserveError):
        raise UsageError(_gone(pid)) from None


def pythons_below(pid: int) -> list[int]:
    """Return the processes that descend from this one and are called as a Python is."""
    found = []
    with suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):
                if recognise_by_name(child.exe()):
                    found.append(child.pid)
    return found


def _process(pid: int) -> psutil.Process:
    try:
        return psutil.Process(pid)
    except (psutil.Error, OverflowError, ValueError):
        raise ObserveError(_gone(pid)) from None


def _gone(pid: int) -> str:
    return f"there is no process {pid}, or none that may be looked at; see ps for others"
