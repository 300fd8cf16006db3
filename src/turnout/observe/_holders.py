"""Which processes hold a pipe, a socket or shared memory: all of them are looked through.

The only way there is: no file of ``/proc`` tells who has the other end.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from turnout.observe._connections import Relative
from turnout.observe._descriptors import access_of
from turnout.observe._proc import Folder, folder_of, name_of, number_in, process_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A descriptor of some process that leads to what was looked for."""

    pid: int
    number: int
    target: str
    reads: bool | None
    writes: bool | None


def find_holds(root: Path, targets: Collection[str]) -> tuple[list[Hold], int]:
    """Return every descriptor that leads to one of ``targets``, and how many processes could not be looked into.

    Args:
        root: The folder that holds ``proc``.
        targets: As the kernel words them: ``"pipe:[4711]"``.
    """
    found: list[Hold] = []
    hidden_count = 0
    for pid in sorted(process_numbers(root)):
        folder = folder_of(root, pid)
        try:
            found += _holds_of(folder, pid, targets)
        except PermissionError:
            hidden_count += not _is_kernels(folder)
        except OSError:  # it ended
            continue
    return found, hidden_count


def find_mappers(root: Path, files: Collection[tuple[str, int]], pid: int) -> dict[tuple[str, int], list[Relative]]:
    """Return which other processes map each of ``files``, as far as can be seen.

    Args:
        root: The folder that holds ``proc``.
        files: Device and inode of each, as ``maps`` writes them.
        pid: The process that is not to be named.
    """
    found = defaultdict(list)
    patterns = {file: re.compile(rf"^\S+ \S+ \S+ {file[0]} {file[1]} ", re.MULTILINE) for file in files}
    for other in sorted(process_numbers(root)) if patterns else ():
        text = ""
        with suppress(OSError):
            text = folder_of(root, other).text("maps") if other != pid else ""
        for file, pattern in patterns.items():
            if pattern.search(text):
                found[file].append(Relative(pid=other, name=name_of(root, other)))
    return found


def _holds_of(folder: Folder, pid: int, targets: Collection[str]) -> Iterator[Hold]:
    for number in folder.names("fd"):
        with suppress(FileNotFoundError):
            target = folder.link(f"fd/{number}")
            if target in targets:
                flags = _flags(folder, number)
                reads, writes = (None, None) if flags is None else access_of(flags)
                yield Hold(pid=pid, number=number, target=target, reads=reads, writes=writes)


def _flags(folder: Folder, number: int) -> int | None:
    try:
        return number_in(r"^flags:\s*([0-7]+)", folder.text(f"fdinfo/{number}"), 8)
    except OSError:
        return None


def _is_kernels(folder: Folder) -> bool:
    try:
        return folder.stat().kernel_thread
    except OSError:
        return True  # it ended, and hides nothing any more
