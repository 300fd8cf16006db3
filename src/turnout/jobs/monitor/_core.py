"""The heart of the monitor: what comes in is logged, then counts, and what follows from it is logged, too.

    feeds, ticks, actions ──► log ──► machine (rules, notices) ──► changes ──► log

Only what is in the log moves the machine, and the machine is a function of it. So the log is all there is to keep: it
is the state that a killed monitor goes on from, and the recording that a replay gives the same alarms of. A message is
acknowledged when it is in the log.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from turnout.jobs.monitor._changes import change_line, line_of
from turnout.jobs.monitor._log import SEGMENT_BYTES, Kind, LogWriter, Record
from turnout.jobs.monitor._packing import pack
from turnout.jobs.monitor._types import Alarm, Batch, Change
from turnout.jobs.monitor.notices import Silence

_STATE_SHARE = 4  # so many times as long as a state is, the log becomes before another one is written
_LEAST_TAIL_BYTES = 1 << 20
_PATIENCE_NS = 10 * 10**9  # before a log that could not be written is tried again


class Machine(Protocol):
    """What the log moves. The same calls give the same changes, to the last bit."""

    @property
    def alarms(self) -> Sequence[Alarm]:
        """Those that are active."""
        ...

    @property
    def silences(self) -> Sequence[Silence]:
        """Those that hold, or will; the one that was asked for last comes last."""
        ...

    def acknowledged_by(self, alarm: Alarm) -> str | None:
        """Return who sees to an alarm; None if nobody does."""
        ...

    def feed(self, batch: Batch, now_ns: int) -> Sequence[Change]:
        """Take readings."""
        ...

    def tick(self, now_ns: int) -> Sequence[Change]:
        """Let time pass."""
        ...

    def act(self, action: Mapping[str, object], now_ns: int) -> Sequence[Change]:
        """Do what somebody asked for: acknowledge, silence."""
        ...

    def snapshot(self) -> bytes:
        """Return all that it knows."""
        ...

    def restore(self, state: bytes) -> None:
        """Go on from what `snapshot` returned."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How everything stands at one moment, as the log keeps it.

    Attributes:
        machine: Of `Machine.snapshot`.
        others: What else goes on from there, by name: the reactions.
    """

    machine: bytes
    others: Mapping[str, bytes]

    def to_bytes(self) -> bytes:
        """Return it as the body of a record."""
        parts = {"": self.machine, **self.others}
        lengths = line_of({name: len(part) for name, part in parts.items()})
        return b"\n".join((lengths.encode(), b"".join(parts.values())))

    @classmethod
    def from_bytes(cls, body: bytes) -> "Standing":
        """Return what `to_bytes` made a body of."""
        head, _, rest = body.partition(b"\n")
        parts: dict[str, bytes] = {}
        for name, length in json.loads(head).items():
            parts[name], rest = rest[:length], rest[length:]
        return cls(machine=parts.pop(""), others=parts)


class Core:
    """A machine whose every move is logged.

    Args:
        machine: What is moved.
        folder: Where the log is; nothing is kept if it is None.
        about: What a replay has to know: it is kept with each segment.
        others: Called for what else a state has to hold, by name.
        now_ns: The time, nanoseconds since 1970.
        segment_bytes: As in `LogWriter`.
        keep_bytes: Likewise.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        folder: Path | None,
        about: Mapping[str, object],
        now_ns: Callable[[], int],
        others: Callable[[], Mapping[str, bytes]] = dict,
        segment_bytes: int = SEGMENT_BYTES,
        keep_bytes: int | None = None,
    ) -> None:
        self._machine = machine
        self._about = line_of(about).encode()
        self._others = others
        self._now_ns = now_ns
        self._next_state = 0
        self._renewed_ns = 0
        self.log = (
            LogWriter(folder, self._opening, segment_bytes=segment_bytes, keep_bytes=keep_bytes) if folder else None
        )

    def feed(self, batch: Batch, now_ns: int) -> Sequence[Change]:
        """Take readings; they are in the log when this returns, and so is what it returns."""
        self._keep_state()
        if self.log is not None:
            self.log.append(Kind.FEED, now_ns, pack(batch))
        return self._note(self._machine.feed(batch, now_ns))

    def tick(self, now_ns: int) -> Sequence[Change]:
        """Let time pass."""
        self._keep_state()
        if self.log is not None:
            self.log.append(Kind.TICK, now_ns)
        return self._note(self._machine.tick(now_ns))

    def act(self, action: Mapping[str, object], now_ns: int) -> Sequence[Change]:
        """Do what somebody asked for.

        Raises:
            UsageError: If it cannot be done; then nothing has happened.
        """
        self._keep_state()
        changes = self._machine.act(action, now_ns)
        if self.log is not None:
            self.log.append(Kind.ACTION, now_ns, line_of(action).encode())
        return self._note(changes)

    def note_effect(self, effect: Mapping[str, object], now_ns: int) -> None:
        """Keep how far a reaction is, so that it is not done twice."""
        if self.log is not None:
            self.log.append(Kind.EFFECT, now_ns, line_of(effect).encode())

    def close(self) -> None:
        """Keep how everything stands, and end the log."""
        if self.log is not None:
            self.log.append(Kind.STATE, self._now_ns(), self._state().to_bytes())
            self.log.close()

    def _note(self, changes: Sequence[Change]) -> Sequence[Change]:
        if self.log is not None:
            for change in changes:
                self.log.append(Kind.CHANGE, change.time_ns, change_line(change).encode())
        return changes

    def _keep_state(self) -> None:
        """Write a state if it is time to: before a move, when what followed from the last one has been handed on."""
        log = self.log
        if log is None:
            return
        if log.is_full or (log.trouble and self._now_ns() > self._renewed_ns + _PATIENCE_NS):
            self._renewed_ns = self._now_ns()
            log.renew()
        elif log.place.offset > self._next_state:
            state = self._state().to_bytes()
            log.append(Kind.STATE, self._now_ns(), state)
            self._next_state = _after(log.place.offset, state)

    def _opening(self) -> Iterable[Record]:
        now_ns = self._now_ns()
        state = self._state().to_bytes()
        self._next_state = _after(len(state), state)
        return (Record(Kind.ABOUT, now_ns, self._about), Record(Kind.STATE, now_ns, state))

    def _state(self) -> Standing:
        return Standing(machine=self._machine.snapshot(), others=self._others())


def _after(offset: int, state: bytes) -> int:
    """Return where in the segment the next state goes: so that they are a fifth of the log at most."""
    return offset + max(_LEAST_TAIL_BYTES, _STATE_SHARE * len(state))
