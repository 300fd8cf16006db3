"""How everything stands now: written by the monitor, read by each page that is open."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Alarm, Batch, Change, ChangeKind, Layout, Severity

if TYPE_CHECKING:
    from turnout.jobs.monitor._numpy import Ints, Longs, Singles


_MOST_ASIDE = 50_000  # readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alarm that has not been cleared.

    Attributes:
        alarm: It.
        is_acknowledged: Whether somebody has said that they see to it.
        is_flapping: Whether it comes and goes so often that it is told as one.
        is_quiet: Whether a silence covers it.
    """

    alarm: Alarm
    is_acknowledged: bool = False
    is_flapping: bool = False
    is_quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A silence.

    Attributes:
        id: To end it by.
        what: What alarms have that it covers: ``{"zone": "z3"}``.
        until_ns: When it ends.
        comment: Why.
    """

    id: str
    what: Mapping[str, str]
    until_ns: int
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooled:
    """The cooling of a zone.

    Attributes:
        level: 0 to 1; NaN if it is not known.
        note: A word on how it comes, such as ``"fallback"``; shown as it is.
    """

    level: float = nan
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the monitor has to do.

    Attributes:
        totals: What was counted since it began, by name: ``{"malformed": 3}``.
        waiting: Messages that have come and are not read yet.
        lag_s: How long a reading takes from the socket to the rules.
        is_connected: Whether the broker is there.
    """

    totals: Mapping[str, int]
    waiting: int = 0
    lag_s: float = 0.0
    is_connected: bool = True


class Board:
    """All that a page shows of the present.

    Args:
        layout: Where the sensors are.
        silent_s: After how long a reading is too old to be shown as the present.

    Readings are only laid aside when they come, and sorted in when somebody looks: at 10,000 messages a second, each
    of which is a batch, that would take a sixth of a core.

    Attributes:
        layout: The same.
        alarms_revision: Grows with each change of alarms or silences.
        readings_count: All that came.
        now_ns: The time of the last call.
        figures: Set them whenever they change.
    """

    def __init__(self, layout: Layout, *, silent_s: float = 60.0) -> None:
        count = len(layout)
        self.layout = layout
        self.alarms_revision = 0
        self.readings_count = 0
        self.now_ns = 0
        self.figures = Figures(totals={})
        self._values: Singles = np.full(count, np.nan, np.float32)
        self._times_ns: Longs = np.zeros(count, np.int64)
        self._changed_at: Longs = np.zeros(count, np.int64)
        self._revision = 0
        self._aside: list[Batch] = []
        self._aside_count = 0
        self._silent_ns = int(silent_s * 1e9)
        self._cooling: dict[str, Cooled] = {}
        self._standing: dict[str, Standing] = {}
        self._quiet: tuple[Quiet, ...] = ()
        self._raised_count: Counter[Severity] = Counter()

    @property
    def values(self) -> "Singles":
        """The last reading of each sensor, float32, shape (n,); NaN if there is none, or it is too old."""
        self._sort_in()
        return self._values

    @property
    def revision(self) -> int:
        """Grows with each change of values."""
        self._sort_in()
        return self._revision

    def changed_since(self, revision: int) -> "Ints":
        """Return the indexes of the values that changed after a revision, ascending."""
        self._sort_in()
        return np.flatnonzero(self._changed_at > revision)

    def last_readings(self, sensors: "Ints") -> Batch:
        """Return the last readings of some sensors, of those that have one that is not too old.

        To a ten-thousandth, so that they `pack` well: the float32 that are kept here have seven digits.
        """
        self._sort_in()
        found = sensors[~np.isnan(self._values[sensors])]
        values = np.rint(self._values[found].astype(np.float64) * 1e4) / 1e4
        return Batch(sensors=found.astype(np.int32), values=values, times_ns=self._times_ns[found])

    def see(self, batch: Batch, now_ns: int, *, count: int | None = None) -> None:
        """Take readings, which must not change any more; one that is older than what is known does not count.

        Args:
            batch: What came.
            now_ns: The time.
            count: How many readings there were, if these are only the last of them.
        """
        self.now_ns = now_ns
        self.readings_count += len(batch) if count is None else count
        if not len(batch):
            return
        self._aside.append(batch)
        self._aside_count += len(batch)
        if self._aside_count > _MOST_ASIDE:
            self._sort_in()

    def tick(self, now_ns: int) -> None:
        """Forget what is too old; call it every second or so."""
        self.now_ns = now_ns
        self._sort_in()
        old = np.flatnonzero(~np.isnan(self._values) & (self._times_ns < now_ns - self._silent_ns))
        if len(old):
            self._revision += 1
            self._values[old] = np.nan
            self._changed_at[old] = self._revision

    def change(self, change: Change, now_ns: int) -> None:
        """Take what became of an alarm; the same may be told twice."""
        self.now_ns = now_ns
        self.alarms_revision += 1
        name = change.alarm.id
        standing = self._standing.get(name)
        match change.kind:
            case ChangeKind.CLEARED | ChangeKind.CALM:
                self._standing.pop(name, None)
            case ChangeKind.RAISED | ChangeKind.FLAPPING:
                if standing is None:
                    self._raised_count[change.alarm.severity] += 1
                    standing = Standing(alarm=change.alarm)
                is_flapping = standing.is_flapping or change.kind is ChangeKind.FLAPPING
                self._standing[name] = replace(standing, is_flapping=is_flapping)
            case ChangeKind.ACKNOWLEDGED if standing is not None:
                self._standing[name] = replace(standing, is_acknowledged=True)
            case _:
                pass  # people were told of it

    def stand(self, standing: Iterable[Standing]) -> None:
        """Take all alarms anew, as after a restart."""
        self._standing = {each.alarm.id: each for each in standing}
        self.alarms_revision += 1

    def mirror(
        self, standing: Iterable[Standing], quiet: Iterable[Quiet], raised_count: Mapping[Severity, int]
    ) -> None:
        """Take all alarms and silences, and how many there were, as other boards have them."""
        self._quiet = tuple(quiet)
        self._raised_count = Counter(raised_count)
        self.stand(standing)

    def hush(self, quiet: Iterable[Quiet], covered: Iterable[str]) -> None:
        """Take all silences, and the ids of alarms that they cover."""
        self._quiet = tuple(quiet)
        ids = frozenset(covered)
        for name, standing in self._standing.items():
            self._standing[name] = replace(standing, is_quiet=name in ids)
        self.alarms_revision += 1

    def cool(self, zone: str, cooled: Cooled) -> None:
        """Take how a zone is cooled."""
        self._cooling[zone] = cooled

    def standing(self) -> list[Standing]:
        """Return the alarms: the worst, and among these the newest, first."""
        return sorted(
            self._standing.values(),
            key=lambda each: (each.alarm.severity, each.alarm.raised_ns, each.alarm.id),
            reverse=True,
        )

    def quiet(self) -> tuple[Quiet, ...]:
        """Return the silences."""
        return self._quiet

    def cooling(self) -> Mapping[str, Cooled]:
        """Return how zones are cooled, by name, of those where it is known."""
        return self._cooling

    def raised_count(self) -> Mapping[Severity, int]:
        """Return how many alarms there were since the start."""
        return self._raised_count

    def _sort_in(self) -> None:
        if not self._aside_count:
            return
        batches, self._aside, self._aside_count = self._aside, [], 0
        sensors = np.concatenate([batch.sensors for batch in batches])
        values = np.concatenate([batch.values for batch in batches])
        times_ns = np.concatenate([batch.times_ns for batch in batches])
        order = np.argsort(times_ns, kind="stable")  # of several readings of one sensor, the last one stays
        order = order[times_ns[order] >= self._times_ns[sensors[order]]]
        sensors = sensors[order]
        self._revision += 1
        with np.errstate(over="ignore"):
            self._values[sensors] = values[order]
        self._times_ns[sensors] = times_ns[order]
        self._changed_at[sensors] = self._revision
