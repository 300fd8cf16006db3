"""One thread's time, split by what it was seen to do."""

from collections import defaultdict

from turnout.observe._recording import State, ThreadRecord
from turnout.observe._segments import Segments

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
        self.step = 0  # of its event loop, as `Segment.step`
        self._start_ns = self._last_ns = now_ns
        self._run_before_ns, self._queue_before_ns = run_ns, queue_ns
        self._run_ns, self._queue_ns = run_ns, queue_ns
        self._samples = 0
        self._settled_ns = 0  # of waiting that was given to a state
        self._waits: dict[State, int] = defaultdict(int)
        self._seen: dict[tuple[State, int], int] = defaultdict(int)  # samples, which share out what was exactly counted
        self._locks: dict[int, int] = defaultdict(int)
        self._holders: dict[int, int] = defaultdict(int)
        self._lock = 0
        self._seen_stack, self._seen_step = -1, 0  # at the look before
        self._again_count = 0  # of looks that saw the same as the one before, and are not yet taken in
        self._again_ns = now_ns
        self._again_times = run_ns, queue_ns
        self._segments = Segments()
        self._segments_kept = segments_kept
        self._grain_ns = 0  # how long a segment is at least
        self._window: dict[State, tuple[int, int]] = {}  # seen since the last segment, each with its stack and step
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
        if self._again_count:
            self._take_again()
        self._lock = lock
        self._take(now_ns, times, state, (self.stack, self.step), lock=lock, holder=holder)

    def look_again(self, now_ns: int, times: tuple[int, int]) -> None:
        """Take notice that the thread still runs, or has waited for the same since the look before.

        It takes a tenth of a look. Such looks are counted when something else is seen.

        Args:
            now_ns: On the monotonic clock.
            times: On a core, and ready without one, so far; as before if it waits.
        """
        self._again_count += 1
        self._again_ns = now_ns
        self._again_times = times

    def record(self) -> ThreadRecord:
        """Return all of it."""
        if self._again_count:
            self._take_again()
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
            segments=self._segments.told(),
            stack_ns=self._stack_ns(state_ns),
            lock_ns=dict(self._locks),
            held_back_ns=dict(self._holders),
        )

    def _take_again(self) -> None:
        """Take in the looks that saw the same as the one before, as one that counts as many."""
        count, self._again_count = self._again_count, 0
        self._take(
            self._again_ns,
            self._again_times,
            self.state,
            (self._seen_stack, self._seen_step),
            lock=self._lock,
            count=count,
        )

    def _take(
        self,
        now_ns: int,
        times: tuple[int, int],
        state: State,
        place: tuple[int, int],
        *,
        lock: int = 0,
        holder: int = 0,
        count: int = 1,
    ) -> None:
        self._run_ns, self._queue_ns = times
        self._samples += count
        self._seen[state, place[0]] += count
        if state is not State.RUN:
            waited_ns = self._settle(self._unsettled_ns(now_ns), state)
            if waited_ns and lock:
                self._locks[lock] += waited_ns
            if waited_ns and state is State.GIL:
                self._holders[holder] += waited_ns
        elif now_ns - self._last_ns > GAP_NS and self.state is not State.RUN:
            self._settle(self._unsettled_ns(now_ns) - TICK_NS, self.state)
        self._extend(now_ns, state, place)
        self.state, self._last_ns = state, now_ns
        self._seen_stack, self._seen_step = place

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

    def _extend(self, now_ns: int, state: State, place: tuple[int, int]) -> None:
        if not self._grain_ns:
            if now_ns > self._window_ns:
                self._keep(now_ns, state, place)
            return
        self._owed_ns[state] += now_ns - self._last_ns
        self._window[state] = place
        if now_ns - self._window_ns >= self._grain_ns:
            self._close_window(now_ns)

    def _close_window(self, now_ns: int) -> None:
        """Keep one segment of what was seen since the last one, of the state that is still owed most."""
        state = max(self._window, key=self._owed_ns.__getitem__)
        self._owed_ns[state] -= now_ns - self._window_ns
        place, self._window = self._window[state], {}
        self._keep(now_ns, state, place)

    def _keep(self, now_ns: int, state: State, place: tuple[int, int]) -> None:
        self._segments.append(self._window_ns, now_ns, state, *place)
        self._window_ns = now_ns
        count = len(self._segments)
        if count > self._segments_kept:
            self._grain_ns = max(2 * self._grain_ns, 2 * self._segments.wall_ns // count)
            self._segments = self._segments.thinned()
