"""Going on from the log of a monitor that ended, however it did."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnout.errors import UsageError
from turnout.jobs.monitor._core import Machine, Standing
from turnout.jobs.monitor._log import Kind, Record, segments
from turnout.jobs.monitor._losses import Said
from turnout.jobs.monitor._packing import count_of, unpack
from turnout.jobs.monitor._scan import Damage, read_segment, scan
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
        losses: What people have to be told of, if the log is damaged.
    """

    changes: Sequence[Change]
    others: Mapping[str, bytes]
    effects: Sequence[Mapping[str, Any]]  # values of JSON
    active: frozenset[str]
    last_ns: int
    losses: Sequence[str] = ()


def recover(machine: Machine, folder: Path) -> Recovered | None:
    """Bring a new machine to where the log of a folder ends.

    Where the log is damaged, all that is whole counts.

    Returns:
        What else goes on; None if there is no log.

    Raises:
        UsageError: If there is one that cannot be gone on with.
    """
    found = _last_state(folder)
    if found is None:
        return None
    others: Mapping[str, bytes] = {}
    if found.state is not None:
        others = _restored(machine, found.state, folder.parent)
    said = Said(machine)
    changes: list[Change] = []
    effects: list[Mapping[str, Any]] = []
    last_ns = 0 if found.state is None else found.state.at_ns
    for entry in found.later:
        if isinstance(entry, Damage):
            said.damage(entry)
            continue
        last_ns = max(last_ns, entry.at_ns)
        if entry.kind == Kind.EFFECT:
            effects.append(json.loads(entry.body))
        elif entry.kind == Kind.CHANGE:
            said.change(json.loads(entry.body))
        else:
            try:
                changes += apply(machine, entry)
            except UsageError as error:
                said.refusal(error)
    return Recovered(
        changes=changes,
        others=others,
        effects=effects,
        active=frozenset(alarm.id for alarm in machine.alarms),
        last_ns=last_ns,
        losses=(*map(str, found.before), *said.losses()),
    )


def _restored(machine: Machine, state: Record, folder: Path) -> Mapping[str, bytes]:
    """Bring a machine into a state, and return what else it holds."""
    standing = Standing.from_bytes(state.body)
    try:
        machine.restore(standing.machine)
    except ValueError as error:
        raise UsageError(
            f"the state in {str(folder)!r} cannot be gone on with: {error}; name another folder, or remove it"
        ) from None
    return standing.others


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
    except (ValueError, IndexError) as error:  # or it is of sensors that there are not
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What of a log is gone on with.

    Attributes:
        state: The last one; None if the log is damaged, and no state is whole.
        before: What is damaged before it, in its segment.
        later: What follows it.
    """

    state: Record | None
    before: Sequence[str]
    later: Sequence[Record | Damage]


def _last_state(folder: Path) -> _Found | None:
    later: list[Record | Damage] = []
    for _, path in reversed(segments(folder)):
        entries = list(_scanned(path))
        for place in reversed(range(len(entries))):
            entry = entries[place]
            if isinstance(entry, Record) and entry.kind == Kind.STATE:
                before = [
                    f"{each}; how all stood later is whole, and nothing is forgotten. The recording has a gap there"
                    for each in entries[:place]
                    if isinstance(each, Damage)
                ]
                return _Found(state=entry, before=before, later=entries[place + 1 :] + later)
        later = entries + later  # its writer was killed before it had begun, or its states are damaged
    return _Found(state=None, before=(), later=later) if any(isinstance(entry, Damage) for entry in later) else None


def _scanned(path: Path) -> Iterator[Record | Damage]:
    try:
        yield from scan(path)
    except UsageError as error:
        raise UsageError(f"{error}; to go on with what is before it, move it to another folder") from None
