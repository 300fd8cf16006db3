"""Looks at a process again and again, a thousand times a second, and keeps what it saw."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from turnout.clock import Clock, thread_cpu_ns
from turnout.errors import ObserveError
from turnout.machine import usable_workers
from turnout.observe._calls import Waits, parse_call
from turnout.observe._gil_track import HOLDS_KEPT, GilTrack
from turnout.observe._interpreter import Interpreter
from turnout.observe._lock_reader import LockReader
from turnout.observe._loop_steps import LOOP, LoopSteps
from turnout.observe._memory import UnreadableError
from turnout.observe._pace import Pace
from turnout.observe._probe import ChildrenProbe, ThreadProbe
from turnout.observe._recording import Frame, LockHolder, Recording, Stack, State, ThreadRecord, started_for
from turnout.observe._task_reader import TaskReader
from turnout.observe._task_times import TaskTimes
from turnout.observe._track import ThreadTrack

TICK_NS = 1_000_000
LOOK_EVERY = 5  # ticks between rounds of looks at threads; a round finds our own code in the cache from its second on
LOOKS = 15  # at threads in a round, in turn if there are more
FEWEST_LOOKS = 3  # likewise, where more would take too much of a core
LOOKS_A_STACK = 3  # looks in a round for each stack that may be read in it: each takes as long as three
STACK_EVERY = 10  # ticks between looks at the stack of a thread that moves
CHORES_EVERY = 10  # ticks between looks at tasks, and what children took: it often ends soon after it has waited
THREADS_EVERY = 20  # ticks between looks for new threads
PACE_EVERY = 25  # ticks between looks at what looking takes
NAMES_EVERY = 500  # ticks between looks at the names of all threads, and for thread states where no thread is new
UNSETTLED = 3  # looks for threads after one that found another one, in which it may get a name and a thread state
LOCK_EVERY = 25  # ticks between looks for who holds a lock
LOCK_SHARE = 200  # times as long as such a look takes until the next one: some 0.5 % of a core at most
STACKS_KEPT = 20_000
LOCK_HOLDERS_KEPT = 100
THREADS_AT_ONCE = 250  # each takes three descriptors, of which a process may often have 1,024
THREADS_KEPT = 2_000  # of those that have ended; then the shortest are left out


@dataclass(slots=True)
class _Seen:
    """A thread that is looked at.

    Attributes:
        probe: Looks at it.
        track: Adds up what it did.
        text: The system's line on it at the look before.
        times: Likewise, what it had on a core, and waited for one.
        call: That line when its stack was read; None if it is to be read.
        stack_due: The tick from which on to read its stack again, if it may have moved.
    """

    probe: ThreadProbe
    track: ThreadTrack
    text: bytes | None = None
    times: tuple[int, int] | None = None
    call: bytes | None = None
    stack_due: int = 0

    def forget(self) -> None:
        """Have the next look read its stack."""
        self.call = self.text = None


class Sampler:
    """Looks at a process until it ends or somebody says so.

    Args:
        pid: The process.
        runtime: Its interpreter; None if it has none that can be read.
        clock: Tells the time, and waits.
        notes: What cannot be seen, in sentences.
        machine: As `platform.machine` says.
        proc: Where the system tells of processes.
        look_every: Ticks between rounds of looks at threads.
    """

    def __init__(
        self,
        pid: int,
        runtime: Interpreter | None,
        clock: Clock,
        *,
        notes: tuple[str, ...] = (),
        machine: str | None = None,
        proc: Path = Path("/proc"),
        look_every: int = LOOK_EVERY,
    ) -> None:
        self._pid = pid
        self._runtime = runtime
        self._python = runtime.layout.label if runtime is not None else ""
        self._clock = clock
        self._notes = notes
        self._proc = proc
        self._task_folder = f"{proc}/{pid}/task"
        is_gil, read = (runtime.is_gil, runtime.read) if runtime else (_no, None)
        self._waits = Waits(pid, is_gil, read, machine=machine, proc=proc)
        self._name = _read_name(proc / str(pid) / "comm")
        self._probes: dict[int, _Seen] = {}
        self._gone: set[int] = set()  # threads that were seen to have ended
        self._ended: list[ThreadRecord] = []
        self._dropped_count = self._crowd_count = 0
        self._order: list[int] = []
        self._next = 0
        self._look_every = look_every
        self._pace = Pace(LOOKS, FEWEST_LOOKS, cores=usable_workers())
        self._children_probe = ChildrenProbe(pid, proc)
        self._task_names: list[str] = []
        self._unsettled = UNSETTLED
        self._states: dict[int, int] = {}  # thread states, by the system's number
        self._stacks: dict[Stack, int] = {}
        self._are_stacks_full = False
        self._ticks = self._missed = 0
        self._start_ns = clock.wall_ns()
        self._had_gil: bool | None = None  # until it has been looked at
        self._stacks_left = 0
        self._gil = GilTrack(runtime) if runtime is not None else None
        self._steps = LoopSteps(runtime) if runtime is not None else None
        self._locks = LockReader(runtime) if runtime is not None else None
        tasks = TaskReader(runtime) if runtime is not None else None
        self._tasks = TaskTimes(tasks, clock) if tasks is not None and tasks.knows else None
        self._lock_due = self._lock_due_ns = 0  # the tick and the time from which on to look for a holder again
        self._lock_holders: Counter[tuple[int, int, Frame, int]] = Counter()
        self._cpu_ns = 0
        self._children: tuple[int, int] | None = None  # what they had taken at first, and by now

    def run(self, is_over: Callable[[], bool]) -> None:
        """Look until ``is_over`` or the process has ended."""
        began_cpu_ns = thread_cpu_ns()
        tick, wall_ns, pause_s = self.tick, self._clock.wall_ns, self._clock.pause_s  # each costs once a millisecond
        due_ns = wall_ns()
        while not is_over() and tick():
            if self._ticks % PACE_EVERY == 0:
                self._pace.adapt(wall_ns(), thread_cpu_ns())
            due_ns += TICK_NS
            left_ns = due_ns - wall_ns()
            if left_ns > 0:
                pause_s(left_ns / 1e9)
            else:
                behind = -left_ns // TICK_NS
                self._missed += behind
                due_ns += behind * TICK_NS
        self._cpu_ns = thread_cpu_ns() - began_cpu_ns

    def tick(self) -> bool:
        """Look once; return whether the process is still there."""
        now_ns = self._clock.wall_ns()
        if self._ticks % CHORES_EVERY == 0 and not self._do_chores(now_ns):
            return False
        holder = self._gil.look(now_ns) if self._gil is not None and self._had_gil else 0
        if self._ticks % self._look_every == 0:
            self._look_at_threads(now_ns, holder)
        self._ticks += 1
        return bool(self._order)

    def _look_at_threads(self, now_ns: int, holder: int) -> None:
        """Look at those whose turn it is."""
        self._stacks_left, order = max(1, round(self._pace.looks / LOOKS_A_STACK)), self._order
        for _ in range(self._pace.turn(len(order))):
            self._next = (self._next + 1) % len(order)
            self._look_at_thread(order[self._next], holder, now_ns)

    def _do_chores(self, now_ns: int) -> bool:
        """Look at what changes seldom; return whether the process is still there."""
        if self._ticks % THREADS_EVERY == 0 and not self._find_threads(now_ns):
            return False
        self._look_at_children()
        if self._tasks is not None and now_ns >= self._tasks.due_ns:
            self._tasks.look(self._states.values())
        return True

    def recording(self, *, command: tuple[str, ...], cores: int, exit_code: int | None = None) -> Recording:
        """Return what was seen."""
        for native_id in list(self._probes):
            self._lose(native_id)
        self._look_at_children()
        self._children_probe.close()
        gil, end_ns = self._gil, self._clock.wall_ns()
        return Recording(
            pid=self._pid,
            command=command,
            python=self._python,
            has_gil=self._had_gil,
            cores=cores,
            start_ns=self._start_ns,
            end_ns=end_ns,
            threads=tuple(sorted(self._ended, key=lambda one: (one.start_ns, one.native_id))),
            stacks=tuple(self._stacks),
            holds=gil.holds() if gil is not None else (),
            lock_holders=tuple(
                LockHolder(holder=holder, waiter=waiter, at=at, since_line=line, seen=seen)
                for (holder, waiter, at, line), seen in self._lock_holders.most_common(LOCK_HOLDERS_KEPT)
            ),
            tasks=self._tasks.records() if self._tasks is not None else (),
            handoffs=gil.handoffs if gil is not None else None,
            ticks=self._ticks,
            missed=self._missed,
            observer_cpu_ns=self._cpu_ns,
            child_cpu_ns=0 if self._children is None else self._children[1] - self._children[0],
            notes=(*self._notes, *self._left_out()),
            exit_code=exit_code,
        )

    def _left_out(self) -> Iterator[str]:
        if self._runtime is not None and self._runtime.lost_stacks:
            yield f"Left out, since they changed while they were read: {_count(self._runtime.lost_stacks, 'stack')}."
        if self._are_stacks_full:
            yield f"Only the first {STACKS_KEPT:,} different stacks were kept."
        if self._gil is not None and self._gil.is_full:
            yield f"Who held the global lock was kept for its first {HOLDS_KEPT:,} changes only."
        if self._tasks is None and any(frame.function == LOOP for stack in self._stacks for frame in stack):
            where = f"where Python {self._python} keeps them is not known here"
            yield f"Tasks of its event loops were not looked at: {where}."
        if self._tasks is not None and self._tasks.unseen_count:
            yield f"{_count(self._tasks.unseen_count, 'task')} of event loops had not been looked at when it ended."
        if self._crowd_count:
            yield f"At most {THREADS_AT_ONCE:,} threads were looked at; up to {self._crowd_count:,} more were not."
        if self._dropped_count:
            yield f"Left out, since they were the shortest of many: {_count(self._dropped_count, 'thread')}."

    def _find_threads(self, now_ns: int) -> bool:
        try:
            names = os.listdir(self._task_folder)  # noqa: PTH208  ten times faster
        except OSError:
            return False
        if names == self._task_names and not self._gone and not self._unsettled and self._ticks % NAMES_EVERY:
            return bool(self._order)
        found, self._task_names = set(map(int, names)), names
        for native_id in (self._probes.keys() - found) | (self._probes.keys() & self._gone):
            self._lose(native_id)
            self._unsettled = UNSETTLED
        self._gone.clear()
        for native_id in sorted(found - self._probes.keys()):
            if len(self._probes) >= THREADS_AT_ONCE:
                self._crowd_count = max(self._crowd_count, len(found) - len(self._probes))
                break
            self._find(native_id, now_ns)
            self._unsettled = UNSETTLED
        self._order = list(self._probes)
        if self._unsettled or self._ticks % NAMES_EVERY == 0:
            self._unsettled = max(0, self._unsettled - 1)
            for one in self._probes.values():
                one.track.name = one.probe.name() or one.track.name
            self._find_states()
        return bool(self._order)

    def _find_states(self) -> None:
        if self._runtime is None:
            return
        try:
            self._runtime.find_interpreters()
            states = self._runtime.thread_states()
            self._had_gil = self._had_gil or self._runtime.has_gil
        except (UnreadableError, ObserveError):
            self._unsettled = UNSETTLED
            return
        for native_id, _state in states.items() ^ self._states.items():
            if native_id in self._probes:
                self._probes[native_id].forget()  # its stack is to be read anew, though it may not have moved
        self._states = states
        if self._gil is not None:
            self._gil.owners = {state: native_id for native_id, state in states.items()}

    def _find(self, native_id: int, now_ns: int) -> None:
        try:
            probe = ThreadProbe(self._pid, native_id, self._proc)
        except ObserveError:
            return
        times = probe.times()
        if times is None or probe.call() is None:
            probe.close()
            return
        track = ThreadTrack(native_id, now_ns, *times)
        if native_id != self._pid and (name := probe.name()) != self._name:
            track.label = name  # one of its own, as Python gives from 3.14 on
        self._probes[native_id] = _Seen(probe, track)

    def _look_at_children(self) -> None:
        spent_ns = self._children_probe.cpu_ns()
        if spent_ns is not None:
            self._children = (spent_ns if self._children is None else self._children[0], spent_ns)

    def _look_at_thread(self, native_id: int, holder: int, tick_ns: int) -> None:
        seen = self._probes[native_id]
        track, (text, times) = seen.track, seen.probe.look()
        if text is None or times is None:
            self._gone.add(native_id)
            return
        if self._stands(seen, text, times):
            track.look_again(tick_ns, times)
            return
        now_ns = self._clock.wall_ns()
        if text == b"running":
            state, lock = State.RUN, 0
        else:
            call = parse_call(text)
            state = self._waits.state(call)
            lock = call.arguments[0] if call is not None and state is State.LOCK else 0
        self._look_at_stack(native_id, seen, text, times)
        seen.text, seen.times = text, times
        if lock and track.stack >= 0:
            self._look_for_holder(native_id, lock, now_ns)
        track.look(now_ns, times, state, lock=lock, holder=holder)

    def _stands(self, seen: "_Seen", text: bytes, times: tuple[int, int]) -> bool:
        """Tell whether a thread does what it did at the look before, and there is nothing else to look at."""
        if text is not seen.text or (seen.call is None and seen.track.is_python):
            return False
        match seen.track.state:
            case State.RUN:
                return self._ticks < seen.stack_due or not seen.track.is_python
            case State.GIL:  # it may be held by another thread than before
                return False
            case State.LOCK if self._ticks >= self._lock_due:
                return False
        return times is seen.times

    def _look_at_stack(self, native_id: int, seen: "_Seen", text: bytes, times: tuple[int, int]) -> None:
        """Read the stack of a thread that has moved since, or may have, if it was not read for a while."""
        state, track = self._states.get(native_id), seen.track
        if state is None or self._runtime is None:
            return
        track.is_python = True
        if text == seen.call:
            has_moved = times is not seen.times or text == b"running"
            if has_moved and self._ticks < seen.stack_due:
                seen.call = None  # so that it is read at the next look: it may wait elsewhere in the same way
            if seen.call is None or not has_moved:
                return
        if not self._stacks_left:
            seen.call = None  # so that it is read at the next look
            track.stack = -1  # where it was is not where it is
            return
        self._stacks_left -= 1
        seen.call, seen.stack_due = text, self._ticks + STACK_EVERY
        try:
            stack = self._runtime.stack(state)
        except (UnreadableError, ObserveError):
            return
        self._keep_stack(native_id, track, stack)
        if self._steps is not None:
            track.step = self._steps.step(state, stack)

    def _keep_stack(self, native_id: int, track: ThreadTrack, stack: Stack) -> None:
        if native_id != self._pid:
            track.label = track.label or started_for(stack)
        if stack in self._stacks or (stack and len(self._stacks) < STACKS_KEPT):
            track.stack = self._stacks.setdefault(stack, len(self._stacks))
        elif stack:
            self._are_stacks_full, track.stack = True, -1

    def _look_for_holder(self, native_id: int, lock: int, now_ns: int) -> None:
        """See who holds a lock that somebody waits for; nobody is told where several may be the one."""
        if self._locks is None or self._ticks < self._lock_due or now_ns < self._lock_due_ns:
            return
        self._lock_due = self._ticks + LOCK_EVERY
        try:
            found = self._locks.holders(lock, self._states, native_id)
        except ObserveError:
            return
        self._lock_due_ns = now_ns + LOCK_SHARE * (self._clock.wall_ns() - now_ns)
        if len(found) == 1:
            ((holder, held),) = found.items()
            self._lock_holders[holder, native_id, held.at, held.since_line] += 1

    def _lose(self, native_id: int) -> None:
        seen = self._probes.pop(native_id)
        track = seen.track
        track.name = track.label or seen.probe.name() or track.name
        seen.probe.close()
        self._ended.append(track.record())
        if len(self._ended) > THREADS_KEPT:
            ended = (one for one in range(len(self._ended)) if self._ended[one].native_id != self._pid)
            del self._ended[min(ended, key=lambda one: self._ended[one].wall_ns)]
            self._dropped_count += 1


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _read_name(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
    except OSError:
        return ""


def _no(_address: int) -> bool:
    return False
