"""Rules and notices together: what a monitor's log moves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from turnout.jobs.monitor.notices._notifier import Notifier
from turnout.jobs.monitor.notices._values import Notices, Silence

if TYPE_CHECKING:
    from turnout.jobs.monitor._types import Alarm, Batch, Change
    from turnout.jobs.monitor.rules import Counts, Engine

_LENGTH = 8


class Watch:
    """An engine, and the notifier that its changes go through.

    The same calls give the same changes, bit for bit, also over a snapshot in between.

    Args:
        engine: Judges readings.
        notices: What people are told of.

    Attributes:
        engine: The same.
        notifier: Knows what stands, is acknowledged and is silenced.
    """

    def __init__(self, engine: "Engine", notices: Notices) -> None:
        self.engine = engine
        self.notifier = Notifier(notices)

    @property
    def alarms(self) -> "tuple[Alarm, ...]":
        """All that stand, oldest first; of one that flaps, the one that stands for it."""
        return self.notifier.alarms

    @property
    def counts(self) -> "Counts":
        """What became of the readings."""
        return self.engine.counts

    @property
    def silences(self) -> tuple[Silence, ...]:
        """All silences that hold, or will."""
        return self.notifier.silences

    def acknowledged_by(self, alarm: "Alarm") -> str | None:
        """Return who sees to an alarm; None if nobody does."""
        return self.notifier.acknowledged_by(alarm)

    def feed(self, batch: "Batch", now_ns: int) -> "tuple[Change, ...]":
        """Take in readings; the time is that of the last tick, whatever is given."""
        del now_ns  # time passes by ticks only, so that it passes the same for readings one by one and in batches
        changes = self.engine.feed(batch)
        return self.notifier.take(changes) if changes else ()

    def tick(self, now_ns: int) -> "tuple[Change, ...]":
        """Let time pass; to be called every second or more often."""
        found = self.notifier.take(self.engine.tick(now_ns))
        return (*found, *self.notifier.tick(now_ns))

    def act(self, action: Mapping[str, object], now_ns: int) -> "tuple[Change, ...]":
        """Do what somebody asked for; see `Notifier.act`."""
        return self.notifier.act(action, now_ns)

    def snapshot(self) -> bytes:
        """Return the whole state."""
        told = self.notifier.snapshot()
        return b"".join([len(told).to_bytes(_LENGTH, "little"), told, self.engine.snapshot()])

    def restore(self, state: bytes) -> None:
        """Take over what `snapshot` returned.

        Alarms whose rule is gone are forgotten: nothing would ever clear them.

        Raises:
            ValueError: If it is something else, or of another layout.
        """
        end = _LENGTH + int.from_bytes(state[:_LENGTH], "little")
        gone = self.engine.restore(state[end:])
        self.notifier.restore(state[_LENGTH:end])
        self.notifier.forget(gone)
