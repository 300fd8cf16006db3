"""The crew that chooses: it looks at a few items, takes the track that suits them, and changes it if that was wrong.

    looking     one worker runs a few items, and the caller's thread watches it
    on a track  the crew that was chosen runs the rest; now and then, what is seen is held against what was predicted

A crew that is left is given nothing more and finishes what it has, so a change of track loses nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from turnout.advise import ItemCost, Prediction
from turnout.clock import wall_ns
from turnout.errors import TransferError
from turnout.executors import Batch, BatchSize, Reply, shortage_of
from turnout.executors._stopwatch import earlier
from turnout.pipeline import _reasons as reasons
from turnout.pipeline._brisk import BRISK_S, LOOKING_S, QUICK_S, Brisk
from turnout.pipeline._course import Course
from turnout.pipeline._crew_kinds import muster, withdraw
from turnout.pipeline._first_looks import DRAIN_S, WAITS, Decision, FirstLooks
from turnout.pipeline._forecast import Forecast
from turnout.pipeline._legs import LOOK_NS, Departed, Depot
from turnout.pipeline._observation import Observation
from turnout.pipeline._status import StageStatus, Track
from turnout.trace import Recorder

MEET_NS = 250_000  # a first batch that takes longer was perhaps kept from a core
POLL_NS = 2_000_000  # how long a crew that was left may have to wait to be heard
DRAIN_TRACK_S = 0.2  # items of a track that is left are waited for so long, as its workers do their work meanwhile


class Autopilot:
    """A crew that is one crew after another.

    Args:
        function: What to call with each item.
        items: What forked workers inherit; an iterator for nothing.
        size: Fits batches to whichever crew is at work.
        status: The stage's counters, and where the choice is told.
        recorder: Where workers are named.
        remaining: Tells how many items are left to take; None if nobody knows.
        workers: At most so many are taken; None for no limit.
        timeout_s: How long an item may take; None for no limit.
        start_method: How processes are started; None for the best way.
        is_alone: Whether what this process computes meanwhile is computed for these items.

    Attributes:
        workers: How many there are now.
    """

    def __init__(  # noqa: PLR0917  the first six have no defaults
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        size: BatchSize,
        status: StageStatus,
        recorder: Recorder | None,
        remaining: Callable[[], int | None],
        *,
        workers: int | None = None,
        timeout_s: float | None = None,
        start_method: str | None = None,
        is_alone: bool = True,
    ) -> None:
        self._size = size
        self._status = status
        self._choice = status.choice
        self._remaining = remaining
        self._limit = workers
        self._depot = Depot(function, items, recorder, timeout_s=timeout_s, start_method=start_method)
        self._forecast = Forecast(self._depot, status.choice, workers)
        self._brisk = Brisk()
        self._departed = Departed(self._depot.threads_before)
        self._left_computing = 0  # items, in crews that were left
        self._next_by_ns = 0
        self._next: Prediction | None = None  # the track to take once this one's items are done
        self._watch: Observation | None = Observation(is_alone=is_alone)
        self._native_id: int | None = None  # of the thread that is watched, once it was met
        self._watched_first = 0  # item, of the batch that it has
        self._cost: ItemCost | None = None
        self._course = Course(self._rank, lambda: self._forecast.cores, self._depot.plain, workers, is_alone=is_alone)
        self._was_woken = False
        self._alone_s = 0.0  # what an item took that was waited for
        self._leg, self._watched = self._depot.hire_watched()
        self._looks = FirstLooks(self._depot.plain, self._leg.executor, self._rank, self._brisk, workers)
        self.workers = 1
        size.retarget(1, LOOK_NS)

    @property
    def is_calling_here(self) -> bool:
        """Whether an item is run by this very thread, at this moment."""
        return self._leg.crew.is_calling_here

    def muster(self) -> None:
        """Fork what can fork workers later on, if that may be needed: before this process has threads."""
        self._depot.quieten()
        if self._forecast.allows_processes:
            self._depot.lay_down(self._remaining(), lambda: self._forecast.cores)

    def has_room(self) -> bool:
        """Tell whether a batch put now would be looked at soon."""
        if self._next is not None:
            if self._leg.given and wall_ns() < self._next_by_ns:
                return False
            self._take(self._next)
        if self._watch is not None:
            return not self._leg.given or self._looks.needs_second
        if self._departed.have_items and self._leg.given >= max(1, self.workers - self._left_computing):
            return False  # the cores that those who were left still compute on are not there for others
        return self._course.has_room(self._leg.given, self.workers) and self._leg.crew.has_room()

    def put(self, batch: Batch) -> None:
        """Hand over a batch."""
        if self._watch is not None and self._remaining() == 0 and not self._status.done and len(batch.items) == 1:
            self._tell(reasons.single())
            self._follow(Prediction(executor=self._depot.plain, workers=1, wall_s=0.0), None)
        if self._watch is not None:
            self._begin(self._watch, batch)
        self._course.skip(self._leg.put(batch))
        if self._left_computing and self._remaining() != 0:
            muster(self._leg.crew)  # so that nobody has to be forked for the core that who was left will leave
        if self._leg.crew.workers < self.workers:
            self._do_with(self._leg.crew.workers)

    def get(self, until_ns: int | None = None) -> Reply | None:
        """Wait for a reply, and learn from it."""
        if self._watch is not None and self._leg.given:
            return self._look(self._watch, until_ns)
        if self._departed.have_items:
            return self._get_any(until_ns)
        if self._next is not None:
            until_ns = earlier(until_ns, self._next_by_ns)
        look_ns = self._course.look_ns
        reply = self._leg.crew.get(until_ns if look_ns is None else earlier(until_ns, look_ns))
        self._course.look(self._leg)
        return self._learned(reply)

    def wake(self) -> None:
        """Have `get` return."""
        self._was_woken = True  # that the crew's wait was short tells nothing: the lock may be long in coming
        self._leg.crew.wake()

    def withdraw(self) -> None:
        """Give back what nobody has begun, where that can be done."""
        withdraw(self._leg.crew)

    def threads(self) -> list[tuple[int, int]]:
        """Return the process and the system's number of each worker's thread."""
        return self._leg.crew.threads()

    def close(self, recorder: Recorder | None) -> None:  # noqa: ARG002  each crew has one of its own
        """Let workers finish the item at hand."""
        if self._watch is not None:  # it was all done before anything was chosen
            self._choice.executor = self._leg.executor
        self._stop_looking()
        self._leg.crew.close(self._leg.recorder)
        self._departed.close()  # last, as threads that end would take the lock meanwhile
        self._wind_up()

    def salvage(self) -> list[Reply]:
        """Return what is done of batches that are not; nobody waits for the rest."""
        return [*self._departed.salvage(), *self._leg.salvage()]

    def abort(self) -> None:
        """Leave at once."""
        self._departed.abort()
        self._leg.crew.abort()
        self._wind_up()

    def _is_over(self, until_ns: int | None) -> bool:
        """Tell whether to stop waiting: the time is over, or somebody wants to be heard."""
        was_woken, self._was_woken = self._was_woken, False
        return was_woken or (until_ns is not None and wall_ns() >= until_ns)

    def _wind_up(self) -> None:
        self._brisk.end()
        self._depot.close()

    # looking

    def _begin(self, watch: Observation, batch: Batch) -> None:
        """Look at a worker from before it has the batch on: beside one that computes, the meters would be late.

        The first thread is started with its first batch, and met when that is seen to take some time: of tiny items,
        meeting it would take longer than all of them.
        """
        if self._looks.needs_second:
            self._looks.begin_second()
            self._leg.crew.workers = 2
            self._native_id = self._watched.stand_by()
        elif self._native_id is None and self._depot.is_coroutine:
            self._native_id = self._watched.stand_by()
        elif self._leg.crew.threads():
            self._meet(watch)
        self._watched_first = batch.first
        self._brisk.begin(LOOKING_S)
        watch.begin(self._native_id, len(batch.items))

    def _look(self, watch: Observation, until_ns: int | None) -> Reply | None:
        """Wait for the worker that is watched."""
        reply = self._leg.crew.get(wall_ns())  # a tiny item is done by now, and need not be looked at
        if reply is None:
            reply = self._wait_watching(watch, until_ns)
        if reply is None:
            return None
        self._leg.take(reply)
        if reply.batch.first == self._watched_first:  # or it is the first item, which was left for a second one
            if reply.spans is not None and reply.spans.end_ns - reply.spans.start_ns > MEET_NS:
                self._meet(watch)
            watch.end(reply)
            self._keep_sample(reply)
            self._decide(watch)
        return reply

    def _wait_watching(self, watch: Observation, until_ns: int | None) -> Reply | None:
        """Wait for the worker that is watched, and look at it now and then; None if there is room for more, too."""
        if self._is_over(until_ns):
            return None
        self._meet(watch)
        while self._watch is not None and not self._looks.needs_second:
            due_ns = watch.due_ns()
            reply = self._leg.crew.get(earlier(until_ns, due_ns))
            if reply is not None or self._is_over(until_ns):
                return reply
            if (now := wall_ns()) >= due_ns:
                reply = self._leg.crew.get(now)
                watch.tick(due_ns, has_ended=reply is not None)
                if reply is not None:
                    return reply
                self._decide_under_way(watch)
        return None

    def _keep_sample(self, reply: Reply) -> None:
        if reply.values and not reply.failures:
            self._forecast.sample = (reply.batch.items[-1], reply.values[-1])

    def _meet(self, watch: Observation) -> None:
        """Look at a thread that was started with its first batch, unless that is done already."""
        if self._native_id is None:
            self._brisk.begin(QUICK_S)  # it takes the lock some five times
            _, self._native_id = self._leg.crew.threads()[-1]
            watch.meet(self._native_id)
            self._brisk.begin(LOOKING_S)

    def _decide(self, watch: Observation) -> None:
        """Choose a track, when the worker that is watched has nothing to do, unless too little was seen."""
        self._act_on(self._looks.after(watch, self._remaining(), self._left()))

    def _decide_under_way(self, watch: Observation) -> None:
        """Choose a track while the worker that is watched is on a long item."""
        self._act_on(self._looks.under_way(watch, self._remaining(), self._left()))

    def _act_on(self, decision: Decision | None) -> None:
        if decision is not None:
            self._tell(*decision.why)
            self._alone_s = decision.alone_s
            self._follow(decision.track, decision.cost)

    # on a track

    def _get_any(self, until_ns: int | None) -> Reply | None:
        """Wait for this crew and for those that were left, turn by turn."""
        while True:
            now = wall_ns()
            reply = self._departed.get(now)
            if reply is not None:
                if not self._departed.have_items:
                    self._brisk.end()
                return reply
            reply = self._leg.crew.get(earlier(until_ns, now + POLL_NS))
            if reply is not None:
                return self._learned(reply)
            if self._is_over(until_ns):
                return None

    def _learned(self, reply: Reply | None) -> Reply | None:
        if reply is None:
            return None
        reply = self._leg.take(reply)
        if self._leg.was_refused:
            self._leave_processes()
            return reply
        if self._forecast.sample is None:
            self._keep_sample(reply)
        self._course.add(self._leg, reply, self.workers, are_others_at_work=self._departed.have_items)
        now = wall_ns()
        if self._next is None and self._course.is_due(now, self.workers):
            self._check(now)
        return reply

    def _check(self, now: int) -> None:
        """Hold what was seen since the last look against what other tracks would do."""
        self._departed.send_away()
        was_growing = self._course.is_growing
        turn = self._course.check(self._leg, now, self.workers, done=self._status.done, left=self._left())
        self._tell(*turn.why)
        if turn.is_misjudged:
            self._forecast.bar(self._leg.executor, turn.cost, self._cost)
        if turn.track is not None and turn.track.executor == self._leg.executor and not turn.is_fresh:
            self._set_workers(turn.track.workers)
        elif turn.track is not None:
            self._follow(turn.track, turn.cost, is_fresh=turn.is_fresh)
        if was_growing and not self._course.is_growing and not self._departed.have_items:
            self._brisk.end()

    def _leave_processes(self) -> None:
        """Take another track, as items or their results turn out not to pickle."""
        self._forecast.bar("processes")
        self._tell(reasons.result_cannot_cross())
        cost = self._cost or ItemCost(wall_s=0.0, cpu_s=0.0, held=1.0)
        self._follow(self._rank(cost, self._left())[0], cost)

    # changing tracks

    def _follow(self, track: Prediction, cost: ItemCost | None, *, is_fresh: bool = False) -> None:
        """Take a track, now or when this one's items are done."""
        was_looking = self._watch is not None
        self._stop_looking()
        self._cost = cost
        needs_fork = track.executor == "processes" and self._leg.executor != "processes"
        drain_s = self._drain_s(cost, is_looking=was_looking) if needs_fork and self._leg.given else 0.0
        if drain_s:
            self._next, self._next_by_ns = track, wall_ns() + int(drain_s * 1e9)
        else:
            self._take(track, is_fresh=is_fresh)

    def _drain_s(self, cost: ItemCost | None, *, is_looking: bool) -> float:
        """Return how long to wait for what is under way, so that processes can be forked; 0 for not at all."""
        if cost is None or (is_looking and cost.wait_share < WAITS):  # who computes is left behind instead
            return 0.0
        patience_s = DRAIN_S if is_looking else DRAIN_TRACK_S
        return patience_s if max(cost.wall_s, self._leg.given * cost.cpu_s) < patience_s else 0.0

    def _take(self, track: Prediction, *, is_fresh: bool = False) -> None:
        self._next = None
        is_other = track.executor != self._leg.executor or is_fresh
        self._set_workers(self._change_crew(track) if is_other else track.workers)
        self._course.begin(self._leg, track, self._cost, self._alone_s, is_fresh=is_fresh)
        if self._course.is_growing and self._leg.executor == "threads":
            self._brisk.begin()  # threads that start beside others that compute would wait as long
        self._alone_s = 0.0  # later on, items may be others
        self._choice.predicted_s = track.wall_s or None

    def _change_crew(self, track: Prediction) -> int:
        """Leave this crew for one on the track, if it can be had; return how many workers there will be."""
        left, cost = self._leg, self._cost
        self._left_computing = 0
        if left.given:
            computes = cost is not None and cost.wait_share < WAITS and left.executor != "processes"
            self._left_computing = left.given if computes else 0
            # or this thread would wait for the lock, five milliseconds each time
            self._brisk.begin(QUICK_S if left.given == 1 else BRISK_S)
        elif track.executor == "processes":
            self._departed.clear_for_fork(left)
        else:
            self._departed.keep(left)
        try:
            self._leg = self._depot.hire(track.executor, track.workers)
        except TransferError as error:
            self._forecast.bar(track.executor)
            self._tell(reasons.cannot_cross(error))
            if left.given:
                return self.workers
            self._leg = self._depot.hire(self._depot.plain, 1)
            return 1
        if left.given:
            self._departed.let_finish(left)
        return track.workers

    def _set_workers(self, count: int) -> None:
        self.workers = self._leg.crew.workers = count
        self._size.retarget(count, self._leg.batch_ns)
        name, choice = self._leg.executor, self._choice
        choice.executor, choice.workers = name, count
        choice.tracks.append(Track(executor=name, workers=count, since_ns=wall_ns(), done=self._status.done))

    def _do_with(self, workers: int) -> None:
        """Go on with the workers that the system has started."""
        self._tell(reasons.fewer_started(workers, shortage_of(self._leg.crew)))
        self._course.stop_growing()
        self._set_workers(workers)

    def _stop_looking(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
            self._brisk.end()

    def _left(self) -> int:
        """Return how many items are left; as many again as were done, if nobody knows."""
        left = self._remaining()
        return max(1, self._status.done) if left is None else left

    def _rank(self, cost: ItemCost, left: int) -> list[Prediction]:
        """Return the tracks that are open; a crew that is on a track is waited for before a fork."""
        is_busy = self._watch is not None and self._leg.given > 0 and not self._drain_s(cost, is_looking=True)
        return self._forecast.rank(cost, left, is_busy=is_busy)

    def _tell(self, *sentences: str) -> None:
        self._choice.reasons += sentences
