"""A recording once more: the same readings at the same times give the same alarms, bit for bit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from turnout.errors import UsageError
from turnout.jobs.monitor._changes import change_line
from turnout.jobs.monitor._core import Machine, Standing
from turnout.jobs.monitor._log import LOG_FOLDER, Kind, Record, segments
from turnout.jobs.monitor._packing import count_of
from turnout.jobs.monitor._recovery import apply
from turnout.jobs.monitor._scan import Damage, scan
from turnout.jobs.monitor._types import Change

MakeMachine = Callable[[bytes], Machine]
"""Makes a machine of what a segment says about its monitor, which is JSON."""

_MOVES = {Kind.FEED, Kind.TICK, Kind.ACTION}


@dataclass(slots=True)
class Comparison:
    """How a replay compares with what was recorded.

    Attributes:
        readings: How many there were.
        changes: How many came of them now.
        differing: How many of these were recorded otherwise, or not at all; and those that were recorded and did not
            come.
        first_difference: What was recorded and what came, one above the other.
        gaps: How often a segment begins with another state than that to which the one before it led: the recording
            was interrupted, or the configuration changed.
        damage: What of the recording cannot be read.
        passed_over: How many readings came between that and the next state, from which it goes on.
        began_ns: When the first thing happened, nanoseconds since 1970; 0 if nothing did.
        ended_ns: When the last thing did.
    """

    readings: int = 0
    changes: int = 0
    differing: int = 0
    first_difference: str = ""
    gaps: int = 0
    damage: list[Damage] = field(default_factory=list)
    passed_over: int = 0
    began_ns: int = 0
    ended_ns: int = 0


class Replay:
    """Loop over it for the changes, as they come.

    Args:
        recording: A folder with the log of a monitor, or one segment of it.
        make: See `MakeMachine`.
        pace: Called with the moment of each piece before it counts, nanoseconds since 1970; may wait.

    Attributes:
        comparison: How it went so far.

    Raises:
        UsageError: If there is no recording.
    """

    def __init__(self, recording: Path, make: MakeMachine, pace: Callable[[int], None] = lambda _: None) -> None:
        self._paths = recording_of(recording)
        self._make = make
        self._pace = pace
        self.comparison = Comparison()

    def __iter__(self) -> Iterator[Change]:
        machine: Machine | None = None
        known = b""
        for path in self._paths:
            given: Sequence[str] = ()
            recorded: list[str] = []
            about = b""
            for record in scan(path):
                if isinstance(record, Damage):
                    self._compare(given, recorded, is_last=True)
                    self.comparison.damage.append(record)
                    machine, given, recorded = None, (), []  # what follows is compared from the next state on
                    continue
                if record.kind == Kind.CHANGE:
                    if machine is not None:
                        recorded.append(record.body.decode())
                    continue
                if record.kind == Kind.ABOUT:
                    about = record.body
                elif record.kind == Kind.STATE and (about or (machine is None and known)):
                    about = about or known
                    machine = self._begin(machine, record, about, is_same=about == known)
                    known, about = about, b""
                elif record.kind == Kind.FEED and machine is None:
                    self.comparison.passed_over += count_of(record.body)
                elif record.kind in _MOVES and machine is not None:
                    self._compare(given, recorded)
                    changes = self._move(machine, record)
                    given, recorded = [change_line(change) for change in changes], []
                    yield from changes
            self._compare(given, recorded, is_last=True)

    def _begin(self, machine: Machine | None, record: Record, about: bytes, *, is_same: bool) -> Machine:
        """Return a machine in the state with which a segment begins."""
        state = Standing.from_bytes(record.body).machine
        if machine is not None and is_same and machine.snapshot() == state:
            return machine
        self.comparison.gaps += machine is not None
        machine = self._make(about)
        try:
            machine.restore(state)
        except ValueError as error:
            raise UsageError(f"the recording holds a state that does not fit its configuration: {error}") from None
        return machine

    def _move(self, machine: Machine, record: Record) -> Sequence[Change]:
        self._pace(record.at_ns)
        comparison = self.comparison
        comparison.began_ns = comparison.began_ns or record.at_ns
        comparison.ended_ns = record.at_ns
        if record.kind == Kind.FEED:
            comparison.readings += count_of(record.body)
        changes = apply(machine, record)
        comparison.changes += len(changes)
        return changes

    def _compare(self, given: Sequence[str], recorded: Sequence[str], *, is_last: bool = False) -> None:
        if is_last:  # the monitor may have been killed before it had recorded all that came of its last piece
            given = given[: len(recorded)]
        if list(given) == list(recorded):
            return
        comparison = self.comparison
        for place in range(max(len(given), len(recorded))):
            mine = given[place] if place < len(given) else "nothing"
            theirs = recorded[place] if place < len(recorded) else "nothing"
            if mine != theirs:
                comparison.differing += 1
                comparison.first_difference = comparison.first_difference or f"recorded: {theirs}\nnow:      {mine}"


def recording_of(path: Path) -> list[Path]:
    """Return the segments that a path stands for: a state folder, the folder of its log, or one segment.

    Raises:
        UsageError: If there are none.
    """
    found = [path] if path.is_file() else [part for _, part in segments(path / LOG_FOLDER) or segments(path)]
    if not found:
        raise UsageError(
            f"there is no recording in {str(path)!r}; name the state folder of a monitor, or a segment of its log"
        )
    return found
