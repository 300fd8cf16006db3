"""One thread's time, split by what it was seen to do."""

from collections import defaultdict

from turnout.observe._recording import Segment, State, ThreadRecord

_SEGMENTS = 20_000  # kept of one thread; then its finer ones are merged


class ThreadTrack:
    """Adds up what one thread did.

    How long it was on a core, or ready without one, the system counts exactly. The rest is split among what it was seen
    to wait for: what has gathered since it was seen to wait before belongs to what it is seen to wait for now.

    Args:
        native_id: The thread's number by the system.
        now_ns: When it is first looked at, on the monotonic clock.
        run_ns: What it was on a core until then.
        queue_ns: What it was ready without one.
    """

    def __init__(self, native_id: int, now_ns: int, run_ns: int, queue_ns: int) -> None:
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
        self._grain_ns = 0

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
            waited_ns = self._unsettled_ns(now_ns)
            if waited_ns > 0:
                self._waits[state] += waited_ns
                self._settled_ns += waited_ns
                if lock:
                    self._locks[lock] += waited_ns
                if state is State.GIL:
                    self._holders[holder] += waited_ns
        self._extend(now_ns, state)
        self.state, self._last_ns = state, now_ns

    def record(self) -> ThreadRecord:
        """Return all of it."""
        wall_ns = self._last_ns - self._start_ns
        run_ns = self._run_ns - self._run_before_ns
        queue_ns = self._queue_ns - self._queue_before_ns
        state_ns = {State.RUN: run_ns, State.CORE: queue_ns, **self._waits}
        left_ns = wall_ns - sum(state_ns.values())
        state_ns[State.UNKNOWN] = state_ns.get(State.UNKNOWN, 0) + max(0, left_ns)
        for state in (State.RUN, State.CORE, *self._waits):  # the system's figures may be ahead of a look
            state_ns[state] += (more_ns := max(left_ns, -state_ns[state]) if left_ns < 0 else 0)
            left_ns -= more_ns
        return ThreadRecord(
            native_id=self.native_id,
            name=self.name,
            is_python=self.is_python,
            start_ns=self._start_ns,
            end_ns=self._last_ns,
            state_ns={state: spent for state, spent in state_ns.items() if spent},
            samples=self._samples,
            segments=tuple(self._segments),
            stack_ns=self._stack_ns(state_ns),
            lock_ns=dict(self._locks),
            held_back_ns=dict(self._holders),
        )

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

    def _extend(self, now_ns: int, state: State) -> None:
        last = self._segments[-1] if self._segments else None
        if last is not None and (
            (last.state is state and last.stack == self.stack) or now_ns - last.start_ns < self._grain_ns
        ):
            kept, stack = (last.state, last.stack) if last.state is state or self._grain_ns else (state, self.stack)
            self._segments[-1] = Segment(start_ns=last.start_ns, end_ns=now_ns, state=kept, stack=stack)
            return
        self._segments.append(Segment(start_ns=self._last_ns, end_ns=now_ns, state=state, stack=self.stack))
        if len(self._segments) > _SEGMENTS:
            self._thin()

    def _thin(self) -> None:
        """Merge each two neighbours into one, which tells what the longer one did."""
        pairs = zip(self._segments[::2], self._segments[1::2], strict=False)
        merged = []
        for left, right in pairs:
            longer = max(left, right, key=lambda one: one.end_ns - one.start_ns)
            merged.append(Segment(start_ns=left.start_ns, end_ns=right.end_ns, state=longer.state, stack=longer.stack))
        if len(self._segments) % 2:
            merged.append(self._segments[-1])
        self._segments = merged
        self._grain_ns = max(2 * self._grain_ns, 2 * (merged[-1].end_ns - merged[0].start_ns) // len(merged) // 2)
