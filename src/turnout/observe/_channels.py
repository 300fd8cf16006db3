"""The pipes and sockets of a process, with who is at the other end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from turnout.observe._connections import Channel, End
from turnout.observe._descriptors import inode_of
from turnout.observe._holders import Hold, find_holds
from turnout.observe._holdings import Descriptor, DescriptorKind
from turnout.observe._proc import name_of

_PIPES = (DescriptorKind.PIPE, DescriptorKind.NAMED_PIPE)

_Way = tuple[str, bool | None, bool | None]  # a target, and whether it is read and written


def find_channels(
    root: Path, pid: int, descriptors: Iterable[Descriptor], other_ends: Mapping[int, int]
) -> tuple[tuple[Channel, ...], int]:
    """Return the channels of a process, and how many other processes could not be looked into.

    Args:
        root: The folder that holds ``proc``.
        pid: The process.
        descriptors: What it has open.
        other_ends: The inode of the other end of sockets, by their own.
    """
    ways: dict[_Way, list[Descriptor]] = defaultdict(list)
    for one in descriptors:
        if one.kind in _PIPES or one.kind is DescriptorKind.SOCKET:
            ways[_way(one)].append(one)
    opposite = {target: _opposite(target, other_ends) for target, _, _ in ways}
    holds, hidden_count = find_holds(root, {*opposite, *opposite.values()}) if ways else ([], 0)
    by_target: dict[str, list[Hold]] = defaultdict(list)  # thousands of pipes would else be looked for in thousands
    for hold in holds:
        by_target[hold.target].append(hold)
    channels = (
        _channel(root, pid, held, [hold for end in {target, opposite[target]} for hold in by_target[end]])
        for (target, _, _), held in ways.items()
    )
    return tuple(one for one in channels if _leads_somewhere(one)), hidden_count


def _opposite(target: str, other_ends: Mapping[int, int]) -> str:
    """Return the name of the other end, as far as it is known; both ends of a pipe have the same one."""
    inode = other_ends.get(inode_of(target) or 0) if target.startswith("socket:") else None
    return target if inode is None else f"socket:[{inode}]"


def _channel(root: Path, pid: int, held: list[Descriptor], holds: Iterable[Hold]) -> Channel:
    way = target, reads, writes = _way(held[0])
    ends: dict[tuple[int, _Way, bool], list[int]] = defaultdict(list)
    for hold in holds:
        theirs = _way(hold)
        same = theirs == way if held[0].kind in _PIPES else hold.target == target
        if not (hold.pid == pid and same):
            ends[hold.pid, theirs, same].append(hold.number)
    return Channel(
        kind=held[0].kind,
        target=target,
        descriptors=tuple(one.number for one in held),
        reads=reads,
        writes=writes,
        socket=held[0].socket,
        ends=tuple(_ends(root, ends)),
    )


def _way(one: Descriptor | Hold) -> _Way:
    return one.target, one.reads, one.writes


def _ends(root: Path, found: Mapping[tuple[int, _Way, bool], list[int]]) -> Iterator[End]:
    for (pid, (_, reads, writes), same), numbers in sorted(found.items(), key=lambda entry: (entry[0][2], entry[0][0])):
        name = name_of(root, pid)
        yield End(pid=pid, name=name, descriptors=tuple(numbers), reads=reads, writes=writes, same=same)


def _leads_somewhere(channel: Channel) -> bool:
    socket = channel.socket
    return (
        channel.kind in _PIPES
        or bool(channel.ends)
        or (socket is not None and (bool(socket.remote) or socket.state in {"listening", "connected"}))
    )
