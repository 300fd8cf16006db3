"""The rule engine: readings and the time in, changes of alarms out; nothing else moves it."""

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from turnout.jobs.monitor._numpy import Longs, np
from turnout.jobs.monitor._types import Alarm, Batch, Change, Layout
from turnout.jobs.monitor.rules._batches import Batches
from turnout.jobs.monitor.rules._judges import Sight, ZoneJudge
from turnout.jobs.monitor.rules._plan import make_plan
from turnout.jobs.monitor.rules._readings import Counts, Feed, compile_feed
from turnout.jobs.monitor.rules._snapshot import pack, unpack
from turnout.jobs.monitor.rules._values import SECOND_NS, Missing, Rule

if TYPE_CHECKING:
    from turnout.jobs.monitor.rules._means import Column

Path = Literal["auto", "readings", "batches"]

_LARGE = 256  # readings of a batch, on average, from which on arrays are quicker, divided by what looks at each
_LEAST_LARGE = 48  # but not less
_SMALL_SHARE = 4  # a quarter of that, and lists are: in between, changing over is not worth it
_FEW = 32  # readings of a single batch that are quicker one by one, though everything is in arrays
_FORGETS = 64  # batches over which the average is taken
_BREAK_NS = 30 * SECOND_NS  # without a tick for so long, or for half of what is a sensor's silence, it was away
_FOREVER = 1 << 62


class Engine:
    """Judges readings by rules.

    Only `feed` and `tick` move it, and only by what they are given: the same calls bring the same changes, bit for bit,
    whichever path they take, however readings are split into batches, and over a snapshot in between.

    Of each sensor, time only moves forwards: a reading that is not newer than its newest, whether it is late or comes
    a second time, is counted and changes nothing. So are readings that are not finite, that are beyond 131,072, or
    that are more than `ahead_ns` in the future of the last tick, since they would keep all others out.

    Args:
        layout: Where the sensors are.
        rules: Of different names.
        lateness_ns: How long readings may be under way: the end of a step is judged, and a time that nobody denies has
            passed, so much later.
        ahead_ns: How much the clocks of sensors may be ahead.
        path: Whether readings are taken one by one, in batches, or as it suits the batches that come.

    Attributes:
        counts: What became of the readings.

    Raises:
        ValueError: If two rules have one name.
    """

    def __init__(
        self,
        layout: Layout,
        rules: tuple[Rule, ...],
        *,
        lateness_ns: int = 2 * SECOND_NS,
        ahead_ns: int = 300 * SECOND_NS,
        path: Path = "auto",
    ) -> None:
        names = [rule.name for rule in rules]
        if len(set(names)) < len(names):
            raise ValueError(f"two rules are called {next(name for name in names if names.count(name) > 1)!r}")
        self.counts = Counts()
        self.rules = rules
        self._layout = layout
        self._lateness_ns = lateness_ns
        self._ahead_ns = ahead_ns
        self._path = path
        self._plan = make_plan(layout, rules, lateness_ns)
        self._fingerprint = blake2b(repr(layout.sensors).encode(), digest_size=16).hexdigest()
        silences = (max(SECOND_NS, rule.silence_ns // 2) for rule in rules if isinstance(rule, Missing))
        self._break_ns = min([_BREAK_NS, *silences])
        self._now_ns = 0
        self._since_ns = 0
        self._average = 0.0
        self._heard_ns: Column = [0] * len(layout)  # 0 for never
        self._batches: Batches | None = None
        if path == "batches":
            self._use_arrays()
        else:
            self._use_lists()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All that were raised and not cleared, oldest first."""
        active = (alarm for machine in self._plan.machines for alarm in machine.active.values())
        return tuple(sorted(active, key=lambda alarm: (alarm.raised_ns, alarm.id)))

    @property
    def now_ns(self) -> int:
        """The time of the last tick; 0 before the first."""
        return self._now_ns

    def zone_values(self, rule: str) -> dict[str, float]:
        """Return what a rule about zones found last, by zone: NaN where too few sensors had readings.

        Raises:
            KeyError: If there is no rule of that name that is about zones.
        """
        for judges in self._plan.judges.values():
            for judge in judges:
                if isinstance(judge, ZoneJudge) and judge.machine.rule.name == rule:
                    return dict(zip(judge.zones, judge.latest.tolist(), strict=True))
        raise KeyError(rule)

    def feed(self, batch: Batch) -> tuple[Change, ...]:
        """Take in readings, and return what they changed, in their order.

        Raises:
            IndexError: If there is a sensor that the layout does not have; nothing is taken in then.
        """
        size = len(batch)
        self._choose_path(size)
        if self._batches is None or size < _FEW:
            return self.feed_lists(batch.sensors.tolist(), batch.values.tolist(), batch.times_ns.tolist())
        sensors = batch.sensors.astype(np.intp)
        if int(sensors.view(np.uintp).max()) >= len(self._layout):  # less than 0 becomes more than anything
            raise self._unknown()
        self._batches.feed(sensors, batch.values, batch.times_ns, self._latest_ns())
        return self._plan.outbox.take_sorted()

    def feed_lists(
        self, sensors: Sequence[int], values: Sequence[float], times_ns: Sequence[int]
    ) -> tuple[Change, ...]:
        """Take in readings that are in lists, one by one; otherwise this is `feed`.

        Raises:
            IndexError: As there.
        """
        if not sensors:
            return ()
        if max(sensors) >= len(self._layout) or min(sensors) < 0:
            raise self._unknown()
        self._feed(sensors, values, times_ns, self._latest_ns())
        return self._plan.outbox.take()

    def tick(self, now_ns: int) -> tuple[Change, ...]:
        """Let time pass, and return what it changed, in its order; to be called every second or more often.

        After half a minute without a tick, or half of the shortest silence that is an alarm, silence of sensors counts
        from now on: the monitor was away itself.

        Args:
            now_ns: The time; an earlier one than the last changes nothing.
        """
        if now_ns <= self._now_ns:
            return ()
        if now_ns - self._now_ns > self._break_ns:
            self._since_ns = now_ns
        before_ns = (self._now_ns or now_ns) - self._lateness_ns
        self._now_ns = now_ns
        until_ns = now_ns - self._lateness_ns
        ends = self._ends(before_ns, until_ns)
        heard_ns: Longs = np.asarray(self._heard_ns if ends else [], np.int64)
        for end_ns, step_ns in ends:
            self._pass_time(end_ns)
            sight = Sight(end_ns, self._since_ns, heard_ns, self._plan.histories[step_ns])
            for judge in self._plan.judges[step_ns]:
                judge(sight)
        self._pass_time(until_ns)
        return self._plan.outbox.take()

    def snapshot(self) -> bytes:
        """Return the whole state, for `restore`; it holds all readings of the rules' windows."""
        header: dict[str, object] = {
            "layout": self._fingerprint,
            "now_ns": self._now_ns,
            "since_ns": self._since_ns,
            "counts": asdict(self.counts),
            "machines": {machine.rule.name: machine.state() for machine in self._plan.machines},
        }
        return pack(header, {"heard": np.array(self._heard_ns, np.int64), **self._plan.arrays()})

    def restore(self, data: bytes) -> tuple[Alarm, ...]:
        """Go on where an engine was when it made a snapshot.

        With the same rules, this goes on bit for bit. Rules that are new begin anew; a rule that has changed keeps its
        alarms, and clears them by its new limits.

        Returns:
            Alarms that were active and whose rule is gone: nothing will clear them.

        Raises:
            ValueError: If it is no snapshot, is damaged, or of another layout.
        """
        header, arrays = unpack(data)
        if header["layout"] != self._fingerprint:
            raise ValueError("the state of the monitor is of another layout: other sensors, or in another order")
        self._now_ns, self._since_ns = header["now_ns"], header["since_ns"]
        self.counts = Counts(**header["counts"])
        self._heard_ns = arrays["heard"]
        gone = self._plan.restore(header["machines"], arrays)
        if self._path == "readings":
            self._use_lists()
        else:
            self._use_arrays()
        return gone

    def _pass_time(self, until_ns: int) -> None:
        for machine in self._plan.machines:
            if machine.pending:
                machine.pass_time(until_ns, self._since_ns)

    def _ends(self, after_ns: int, until_ns: int) -> list[tuple[int, int]]:
        """Return which steps end after one moment and not after another: when, and their length; in order.

        Of many, as after a break, only those of which there still may be readings.
        """
        ends = []
        for step_ns in self._plan.judges:
            kept_ns = self._plan.histories[step_ns].slots * step_ns
            first = max(after_ns, until_ns - kept_ns) // step_ns + 1
            ends += [(number * step_ns, step_ns) for number in range(first, until_ns // step_ns + 1)]
        return sorted(ends)

    def _use_lists(self) -> None:
        self._heard_ns = list(map(int, self._heard_ns))
        for watched in self._plan.watched:
            if watched.means is not None:
                watched.means.to_lists()
        self._feed, self._batches = self._compile(), None

    def _use_arrays(self) -> None:
        self._heard_ns = np.array(self._heard_ns, np.int64)
        for watched in self._plan.watched:
            if watched.means is not None:
                watched.means.to_arrays()
        self._feed = self._compile()
        self._batches = Batches(
            heard_ns=self._heard_ns,
            keepers=self._plan.keepers,
            watched=self._plan.watched,
            outbox=self._plan.outbox,
            counts=self.counts,
            one_by_one=self._feed,
        )

    def _compile(self) -> Feed:
        return compile_feed(
            heard_ns=self._heard_ns,
            keepers=self._plan.keepers,
            watched=self._plan.watched,
            counts=self.counts,
        )

    def _latest_ns(self) -> int:
        return self._now_ns + self._ahead_ns if self._now_ns else _FOREVER

    def _unknown(self) -> IndexError:
        return IndexError(f"the layout has {len(self._layout):,} sensors, and the batch others")

    def _choose_path(self, size: int) -> None:
        if self._path != "auto":
            return
        self._average += (size - self._average) / _FORGETS
        parts = len(self._plan.watched) + len(self._plan.keepers)
        large = max(_LARGE // max(parts, 1), _LEAST_LARGE)
        if self._batches is None and self._average > large:
            self._use_arrays()
        elif self._batches is not None and self._average < large / _SMALL_SHARE:
            self._use_lists()
