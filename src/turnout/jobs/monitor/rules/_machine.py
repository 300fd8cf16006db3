"""From too much to an alarm and back: one rule, all its subjects.

              too much           for long enough
       CALM ───────────► RISING ───────────────► ACTIVE        raised
         ▲ ◄─────────────  │                       │ ▲
         │  not any more                well again │ │ not any more
         │                                         ▼ │
         └──────────────────────────────────── FALLING         cleared
                    for long enough

What was seen last holds until something else is seen. So an alarm is raised at the moment at which it was due, whether
that is noticed at the next reading or, if none comes, when time passes: it gets the same moment, and the same id.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from turnout.jobs.monitor._numpy import Bools, Floats, Longs, np
from turnout.jobs.monitor._types import Alarm, Change, ChangeKind, Reading
from turnout.jobs.monitor.rules._snapshot import alarm_from_json, alarm_to_json
from turnout.jobs.monitor.rules._values import Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALM, RISING, ACTIVE, FALLING = range(4)


class Subject(NamedTuple):
    """What an alarm can be about: a sensor or a zone."""

    name: str
    zone: str
    room: str


class Pending(NamedTuple):
    """A subject on its way from one state to the other.

    Attributes:
        since_ns: When it set out.
        first: The newest reading at that time.
        first_ns: When that was; 0 if there was none.
        value: What the rule looked at last.
        last: The newest reading.
        last_ns: When that was; 0 if there is none.
    """

    since_ns: int
    first: float
    first_ns: int
    value: float
    last: float
    last_ns: int


class Outbox:
    """Where changes wait until those of a batch are complete, and in order.

    Attributes:
        place: Which reading of the batch is looked at, where readings are not taken one after the other.
        changes: With the reading's place and the machine's number.
    """

    __slots__ = ("changes", "place")

    def __init__(self) -> None:
        self.place = 0
        self.changes: list[tuple[int, int, Change]] = []

    def take(self) -> tuple[Change, ...]:
        """Return all changes in the order in which they came, and forget them."""
        if not self.changes:
            return ()
        taken = tuple(change for *_, change in self.changes)
        self.changes.clear()
        return taken

    def take_sorted(self) -> tuple[Change, ...]:
        """Return all changes in the order of readings, those of one reading in that of machines, and forget them."""
        self.changes.sort(key=lambda entry: entry[:2])
        return self.take()


Cause = Callable[[int, Pending], tuple[Reading, ...]]


class Machine:
    """Where each subject of a rule stands.

    Args:
        rule: The rule.
        subjects: What it is about.
        outbox: Takes the changes.

    Attributes:
        number: Those of one reading act in the order of their numbers.
        phases: Of each subject: CALM, RISING, ACTIVE or FALLING.
        pending: Those that are on the way.
        active: The alarms of those that are ACTIVE or FALLING.
        seen: The same phases, as an array that shares their memory; to be read only.
    """

    def __init__(self, rule: Rule, subjects: tuple[Subject, ...], outbox: Outbox) -> None:
        self.rule = rule
        self.number = 0
        self.phases = bytearray(len(subjects))
        self.seen: NDArray[np.uint8] = np.frombuffer(self.phases, np.uint8)
        self.pending: dict[int, Pending] = {}
        self.active: dict[int, Alarm] = {}
        self.cause: Cause = self._own_readings
        self._subjects = subjects
        self._outbox = outbox
        self._for_ns = rule.for_ns
        self._clear_for_ns = rule.clear_for_ns

    @property
    def is_busy(self) -> bool:
        """Whether any subject is not CALM."""
        return bool(self.active or self.pending)

    def advance(
        self, subject: int, time_ns: int, value: float, reading: float, reading_ns: int, *, hot: bool, cool: bool
    ) -> None:
        """Take in what was seen of a subject.

        Args:
            subject: Its index.
            time_ns: When that was, later than before.
            value: What the rule looks at.
            reading: The newest reading of it.
            reading_ns: When that was.
            hot: Whether it is too much.
            cool: Whether it is well again; not both.
        """
        phase = self.phases[subject]
        if phase & 1:  # RISING or FALLING
            onwards = hot if phase == RISING else cool
            due = self.pending[subject].since_ns + (self._for_ns if phase == RISING else self._clear_for_ns)
            if onwards:
                self.pending[subject] = self.pending[subject]._replace(value=value, last=reading, last_ns=reading_ns)
            if due < time_ns or (onwards and due == time_ns):
                self._arrive(subject, due)
                phase = self.phases[subject]
            elif not onwards:
                del self.pending[subject]
                self.phases[subject] = CALM if phase == RISING else ACTIVE
                return
        if (phase == CALM and hot) or (phase == ACTIVE and cool):
            self.pending[subject] = Pending(time_ns, reading, reading_ns, value, reading, reading_ns)
            self.phases[subject] = phase + 1
            if (self._clear_for_ns if phase else self._for_ns) == 0:
                self._arrive(subject, time_ns)

    def advance_all(
        self,
        times_ns: Longs,
        values: Floats,
        readings: Floats,
        readings_ns: Longs,
        *,
        hot: Bools,
        cool: Bools,
        known: Bools,
    ) -> None:
        """Take in what was seen of all subjects, of some of which nothing is known; arguments as for `advance`."""
        for subject in np.flatnonzero(worth_a_look(self.seen, hot, cool) & known).tolist():
            self.advance(
                subject,
                int(times_ns[subject]),
                float(values[subject]),
                float(readings[subject]),
                int(readings_ns[subject]),
                hot=bool(hot[subject]),
                cool=bool(cool[subject]),
            )

    def pass_time(self, until_ns: int, since_ns: int) -> None:
        """Raise and clear what was due before a moment, in the order of subjects.

        Args:
            until_ns: The moment.
            since_ns: Since when the monitor has been listening: what was seen before holds only if nothing else was
                seen for as long since then.
        """
        for subject in sorted(self.pending):
            takes_ns = self._for_ns if self.phases[subject] == RISING else self._clear_for_ns
            due = self.pending[subject].since_ns + takes_ns
            if due < until_ns and since_ns + takes_ns < until_ns:
                self._arrive(subject, due)

    def state(self) -> dict[str, object]:
        """Return who is on the way and what is active, as JSON can keep it; `phases` is kept beside it."""
        return {
            "pending": [[subject, *pending] for subject, pending in sorted(self.pending.items())],
            "active": [[subject, alarm_to_json(self.active[subject])] for subject in sorted(self.active)],
        }

    def restore(self, state: Mapping[str, Any], phases: bytes) -> None:  # whatever JSON has
        """Take over what `state` returned, and the phases of that time."""
        self.phases[:] = phases
        self.pending = {subject: Pending(*pending) for subject, *pending in state["pending"]}
        self.active = {subject: alarm_from_json(alarm) for subject, alarm in state["active"]}

    def _arrive(self, subject: int, time_ns: int) -> None:
        pending = self.pending.pop(subject)
        if self.phases[subject] == RISING:
            self.phases[subject] = ACTIVE
            alarm = self.active[subject] = self._alarm(subject, time_ns, pending)
            kind = ChangeKind.RAISED
        else:
            self.phases[subject] = CALM
            alarm = self.active.pop(subject)
            kind = ChangeKind.CLEARED
        change = Change(kind=kind, alarm=alarm, time_ns=time_ns, value=pending.value)
        self._outbox.changes.append((self._outbox.place, self.number, change))

    def _alarm(self, subject: int, time_ns: int, pending: Pending) -> Alarm:
        name, zone, room = self._subjects[subject]
        return Alarm(
            id=alarm_id(self.rule.name, name, time_ns),
            rule=self.rule.name,
            subject=name,
            zone=zone,
            room=room,
            severity=self.rule.severity,
            raised_ns=time_ns,
            value=pending.value,
            cause=self.cause(subject, pending),
            labels=self.rule.labels,
        )

    def _own_readings(self, subject: int, pending: Pending) -> tuple[Reading, ...]:
        name = self._subjects[subject].name
        readings = [(pending.first, pending.first_ns), (pending.last, pending.last_ns)]
        return tuple(Reading(name, value, time_ns) for value, time_ns in dict.fromkeys(readings) if time_ns)


def worth_a_look(phases: "NDArray[np.uint8]", hot: Bools, cool: Bools) -> Bools:
    """Tell for which subjects `Machine.advance` would do anything."""
    worthy: Bools = ((phases == CALM) & hot) | ((phases == ACTIVE) & cool) | (phases & 1).astype(np.bool_)
    return worthy


def alarm_id(rule: str, subject: str, raised_ns: int) -> str:
    """Return an alarm's id: 16 hexadecimal digits, the same for the same rule, subject and moment."""
    return blake2b(f"{rule}\0{subject}\0{raised_ns}".encode(), digest_size=8).hexdigest()
