"""Going on from the log of a monitor that ended, however it did."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnout.errors import UsageError
from turnout.jobs.monitor._core import Machine, Standing
from turnout.jobs.monitor._log import Kind, Record, read_segment, segments
from turnout.jobs.monitor._packing import count_of, unpack
from turnout.jobs.monitor._types import Batch, Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a monitor goes on with.

    Attributes:
        changes: All since the last state: reactions to them may not have been begun.
        others: What else the last state held, by name.
        effects: How far reactions got since.
        active: The ids of alarms that are active.
        last_ns: When the last thing happened.
    """

    changes: Sequence[Change]
    others: Mapping[str, bytes]
    effects: Sequence[Mapping[str, Any]]  # values of JSON
    active: frozenset[str]
    last_ns: int


def recover(machine: Machine, folder: Path) -> Recovered | None:
    """Bring a new machine to where the log of a folder ends.

    Returns:
        What else goes on; None if there is no log.

    Raises:
        UsageError: If there is one that cannot be gone on with.
    """
    found = _last_state(folder)
    if found is None:
        return None
    state, later = found
    standing = Standing.from_bytes(state.body)
    try:
        machine.restore(standing.machine)
    except ValueError as error:
        raise UsageError(
            f"the state in {str(folder.parent)!r} cannot be gone on with: {error}; name another folder, or remove it"
        ) from None
    changes: list[Change] = []
    effects: list[Mapping[str, Any]] = []
    last_ns = state.at_ns
    for record in later:
        last_ns = max(last_ns, record.at_ns)
        if record.kind == Kind.EFFECT:
            effects.append(json.loads(record.body))
        else:
            changes += apply(machine, record)
    active = frozenset(alarm.id for alarm in machine.alarms)
    return Recovered(changes=changes, others=standing.others, effects=effects, active=active, last_ns=last_ns)


def apply(machine: Machine, record: Record) -> Sequence[Change]:
    """Let a record move a machine, if it is of the kind that does.

    Raises:
        UsageError: If its content is not what its kind says.
    """
    try:
        match record.kind:
            case Kind.FEED:
                return machine.feed(unpack(record.body), record.at_ns)
            case Kind.TICK:
                return machine.tick(record.at_ns)
            case Kind.ACTION:
                return machine.act(json.loads(record.body), record.at_ns)
            case _:
                return ()
    except ValueError as error:
        raise UsageError(f"the recording holds something that is not understood: {error}") from None


def latest_readings(folder: Path, least: int) -> Iterator[Batch]:
    """Return the last readings in a log, in their order: at least so many, if there are."""
    kept: deque[bytes] = deque()
    for _, path in reversed(segments(folder)):
        bodies = [record.body for record in read_segment(path) if record.kind == Kind.FEED]
        for body in reversed(bodies):
            kept.appendleft(body)
            least -= count_of(body)
            if least <= 0:
                return map(unpack, kept)
    return map(unpack, kept)


def _last_state(folder: Path) -> tuple[Record, list[Record]] | None:
    later: list[Record] = []
    for _, path in reversed(segments(folder)):
        records = list(read_segment(path))
        for place in reversed(range(len(records))):
            if records[place].kind == Kind.STATE:
                return records[place], records[place + 1 :] + later
        later = records + later  # its writer was killed before it had begun
    return None
