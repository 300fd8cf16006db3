"""One thread's time, split by what it was seen to do."""

from collections import defaultdict
from dataclasses import replace

from turnout.observe._recording import Segment, State, ThreadRecord

GAP_NS = 20_000_000  # without a look, as the observer had no core itself
TICK_NS = 4_000_000  # of the scheduler: so late may it count what a thread is running
SEGMENTS_KEPT = 20_000  # of one thread; then its finer ones are merged


class ThreadTrack:
    """Adds up what one thread did.

    How long it was on a core, or ready without one, the system counts exactly. The rest is split among what it was seen
    to wait for: what has gathered since it was seen to wait before belongs to what it is seen to wait for now. If it is
    seen to run only after a long gap, it belongs to what it was seen to wait for before that.

    Args:
        native_id: The thread's number by the system.
        now_ns: When it is first looked at, on the monotonic clock.
        run_ns: What it was on a core until then.
        queue_ns: What it was ready without one.
        segments_kept: How many of it are kept at most.
    """

    def __init__(
        self, native_id: int, now_ns: int, run_ns: int, queue_ns: int, *, segments_kept: int = SEGMENTS_KEPT
    ) -> None:
        self.native_id = native_id
        self.name = ""
        self.label = ""  # what it is called better than by the system
        self.is_python = False
        self.state = State.UNKNOWN
        self.stack = -1
        self._start_ns = self._last_ns = now_ns
        self._run_before_ns, self._queue_before_ns = run_ns, queue_ns
        self._run_ns, self._queue_ns = run_ns, queue_ns
        self._samples = 0
        self._settled_ns = 0  # of waiting that was given to a state
        self._waits: dict[State, int] = defaultdict(int)
        self._seen: dict[tuple[State, int], int] = defaultdict(int)  # samples, which share out what was exactly counted
        self._locks: dict[int, int] = defaultdict(int)
        self._holders: dict[int, int] = defaultdict(int)
        self._segments: list[Segment] = []
        self._segments_kept = segments_kept
        self._grain_ns = 0  # how long a segment is at least
        self._window: dict[State, int] = {}  # seen since the last segment, each with its stack
        self._window_ns = now_ns
        self._owed_ns: dict[State, int] = defaultdict(int)  # of what was seen, and is in no segment

    def look(self, now_ns: int, times: tuple[int, int], state: State, *, lock: int = 0, holder: int = 0) -> None:
        """Take notice of how the thread stands.

        Args:
            now_ns: On the monotonic clock.
            times: On a core, and ready without one, so far.
            state: What it waits for; `State.RUN` if it could run.
            lock: Address of what it waits for, if that is a lock.
            holder: The thread that has the global lock meanwhile; 0 for none.
        """
        self._run_ns, self._queue_ns = times
        self._samples += 1
        self._seen[state, self.stack] += 1
        if state is not State.RUN:
            waited_ns = self._settle(self._unsettled_ns(now_ns), state)
            if waited_ns and lock:
                self._locks[lock] += waited_ns
            if waited_ns and state is State.GIL:
                self._holders[holder] += waited_ns
        elif now_ns - self._last_ns > GAP_NS and self.state is not State.RUN:
            self._settle(self._unsettled_ns(now_ns) - TICK_NS, self.state)
        self._extend(now_ns, state)
        self.state, self._last_ns = state, now_ns

    def record(self) -> ThreadRecord:
        """Return all of it."""
        if self._window and self._last_ns > self._window_ns:
            self._close_window(self._last_ns)
        state_ns = self._state_ns()
        return ThreadRecord(
            native_id=self.native_id,
            name=self.name,
            is_python=self.is_python,
            start_ns=self._start_ns,
            end_ns=self._last_ns,
            state_ns=state_ns,
            samples=self._samples,
            segments=tuple(self._segments),
            stack_ns=self._stack_ns(state_ns),
            lock_ns=dict(self._locks),
            held_back_ns=dict(self._holders),
        )

    def _state_ns(self) -> dict[State, int]:
        """Split the wall time, all of it and no more."""
        run_ns = max(0, self._run_ns - self._run_before_ns)
        queue_ns = max(0, self._queue_ns - self._queue_before_ns)
        state_ns = {State.RUN: run_ns, State.CORE: queue_ns, **self._waits}
        left_ns = self._last_ns - self._start_ns - sum(state_ns.values())
        if left_ns > 0:
            state_ns[State.UNKNOWN] = state_ns.get(State.UNKNOWN, 0) + left_ns
        split: dict[State, int] = {}
        for state, spent_ns in state_ns.items():
            back_ns = min(spent_ns, max(0, -left_ns))  # the system's figures are some milliseconds ahead of a look
            left_ns += back_ns
            if spent_ns > back_ns:
                split[state] = spent_ns - back_ns
        return split

    def _stack_ns(self, state_ns: dict[State, int]) -> dict[tuple[State, int], int]:
        """Share out the time in each state among the stacks that were seen in it."""
        samples: dict[State, int] = defaultdict(int)
        for (state, _stack), count in self._seen.items():
            samples[state] += count
        return {
            (state, stack): state_ns.get(state, 0) * count // samples[state]
            for (state, stack), count in self._seen.items()
            if stack >= 0 and state_ns.get(state, 0)
        }

    def _unsettled_ns(self, now_ns: int) -> int:
        used_ns = self._run_ns - self._run_before_ns + self._queue_ns - self._queue_before_ns
        return now_ns - self._start_ns - used_ns - self._settled_ns

    def _settle(self, waited_ns: int, state: State) -> int:
        """Give waiting to a state; return how much there was."""
        if waited_ns <= 0:
            return 0
        self._waits[state] += waited_ns
        self._settled_ns += waited_ns
        return waited_ns

    def _extend(self, now_ns: int, state: State) -> None:
        self._owed_ns[state] += now_ns - self._last_ns
        self._window[state] = self.stack
        if now_ns - self._window_ns >= max(1, self._grain_ns):
            self._close_window(now_ns)

    def _close_window(self, now_ns: int) -> None:
        """Keep one segment of what was seen since the last one, of the state that is still owed most."""
        state = max(self._window, key=self._owed_ns.__getitem__)
        self._owed_ns[state] -= now_ns - self._window_ns
        seen = Segment(start_ns=self._window_ns, end_ns=now_ns, state=state, stack=self._window[state])
        _append(self._segments, seen)
        self._window, self._window_ns = {}, now_ns
        if len(self._segments) > self._segments_kept:
            self._thin()

    def _thin(self) -> None:
        """Merge each two neighbours into one, so that each state keeps its part of the whole."""
        merged: list[Segment] = []
        owed_ns: dict[State, int] = defaultdict(int)
        for place in range(0, len(self._segments), 2):
            pair = self._segments[place : place + 2]
            for one in pair:
                owed_ns[one.state] += one.end_ns - one.start_ns
            kept = replace(
                max(pair, key=lambda one: owed_ns[one.state]), start_ns=pair[0].start_ns, end_ns=pair[-1].end_ns
            )
            owed_ns[kept.state] -= kept.end_ns - kept.start_ns
            _append(merged, kept)
        whole_ns = self._segments[-1].end_ns - self._segments[0].start_ns
        self._grain_ns = max(2 * self._grain_ns, 2 * whole_ns // len(self._segments))
        self._segments = merged


def _append(segments: list[Segment], one: Segment) -> None:
    last = segments[-1] if segments else None
    if last is not None and (last.state, last.stack) == (one.state, one.stack):
        segments[-1] = replace(last, end_ns=one.end_ns)
    else:
        segments.append(one)
