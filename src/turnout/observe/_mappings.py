"""The mappings of a process, from ``smaps``, or from ``maps`` where the kernel has no ``smaps``.

    7f3a1c000000-7f3a1c021000 rw-p 00000000 00:00 0          [heap]
    Rss:                  84 kB
    Pss:                  84 kB

Source: proc_pid_maps(5), proc_pid_smaps(5); Linux, Documentation/filesystems/proc.rst.
"""

import re
from dataclasses import dataclass

from turnout.observe._proc import Folder

_HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) [0-9a-f]+ (\S+) ([0-9]+) *(.*)")
_DELETED = " (deleted)"


@dataclass(slots=True, kw_only=True)
class Mapping:
    """One range of addresses.

    Attributes:
        start: Its first address.
        end: The first one behind it.
        permissions: As the kernel writes them: ``"r-xp"``; the last is ``"s"`` if writes are seen by others.
        device: Of the file: ``"fe:00"``.
        inode: Of the file; 0 if there is none.
        path: Of the file, or what the kernel calls it: ``"[heap]"``; empty if it has no name.
        deleted: Whether the file has no name any more.
        resident_bytes: None if the kernel does not tell; so are the next.
        proportional_bytes: Each page divided by how many processes have it.
        swapped_bytes: Moved out to disk.
    """

    start: int
    end: int
    permissions: str
    device: str
    inode: int
    path: str
    deleted: bool
    resident_bytes: int | None = None
    proportional_bytes: int | None = None
    swapped_bytes: int | None = None

    @property
    def size_bytes(self) -> int:
        """How many addresses it has."""
        return self.end - self.start

    @property
    def shared(self) -> bool:
        """Whether other processes can see what is written there."""
        return self.permissions.endswith("s")


def read_mappings(folder: Folder) -> tuple[Mapping, ...]:
    """Return the mappings of a process, by address."""
    try:
        text = folder.text("smaps")
    except FileNotFoundError:
        text = folder.text("maps")
    return parse_mappings(text)


def parse_mappings(text: str) -> tuple[Mapping, ...]:
    """Return the mappings in the text of ``smaps`` or ``maps``, in its order."""
    found: list[Mapping] = []
    for line in text.split("\n"):
        head = _HEAD.match(line)
        if head is not None:
            found.append(_mapping(head))
        elif found and line.startswith("Rss:"):
            found[-1].resident_bytes = _size(line)
        elif found and line.startswith("Pss:"):
            found[-1].proportional_bytes = _size(line)
        elif found and line.startswith("Swap:"):
            found[-1].swapped_bytes = _size(line)
    return tuple(found)


def _mapping(head: re.Match[str]) -> Mapping:
    start, end, permissions, device, inode, path = head.groups()
    return Mapping(
        start=int(start, 16),
        end=int(end, 16),
        permissions=permissions,
        device=device,
        inode=int(inode),
        path=path.removesuffix(_DELETED).replace(r"\012", "\n"),  # all that the kernel escapes there
        deleted=path.endswith(_DELETED),
    )


def _size(line: str) -> int:
    return int(line.split()[1]) * 1024
