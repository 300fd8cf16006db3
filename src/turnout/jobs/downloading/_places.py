"""Where files come to lie: names that are taken, and those that no other file may get meanwhile."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from turnout.errors import DownloadError
from turnout.jobs.downloading._names import numbered
from turnout.jobs.downloading._part import PART, STATE, Part

IfExists = Literal["number", "overwrite", "skip"]
IF_EXISTS: tuple[IfExists, ...] = ("number", "overwrite", "skip")
_MOST_NUMBERS = 100_000


class Places:
    """The names in a folder; what is not said to be for any thread is for the event loop's.

    Args:
        folder: Where files come to lie.
        if_exists: What becomes of a file whose name is taken.
    """

    def __init__(self, folder: str, if_exists: IfExists) -> None:
        self.folder = folder
        self.if_exists = if_exists
        self._claimed: set[str] = set()
        self._folders: set[str] = set()
        self._former: dict[str, set[str]] = {}
        self._next: dict[str, int] = {}

    def path(self, name: str) -> str:
        """Return where a file of this name lies."""
        return f"{self.folder}/{name}"

    def size_of(self, name: str) -> int | None:
        """Return the length of the file that has this name; None if there is none."""
        try:
            return Path(self.path(name)).stat().st_size
        except OSError:
            return None

    def claim_part(self, name: str, urls: Sequence[str], *, may_continue: bool) -> Part:
        """Return a part for a file from one of these addresses, which no other file of this program has.

        Args:
            name: Of the file, as far as it is known.
            urls: Where it comes from.
            may_continue: Whether to take up what an earlier run has left.
        """
        for number in range(_MOST_NUMBERS):
            final = self.path(numbered(name, number))
            path = final + PART
            if path in self._claimed:
                continue
            self._claimed.add(path)
            part = Part(path)
            folder, _, last = final.rpartition("/")
            former = self._former_names(folder)
            has_state = last + STATE in former
            if not (has_state or last + PART in former):
                return part
            if has_state and part.read_state(urls) and part.take_up():
                if not may_continue:
                    part.empty()
                return part
            self.release(path)
        raise DownloadError(urls[0], "file", f"{self.path(name)!r} and {_MOST_NUMBERS:,} names after it are taken")

    def leave(self, part: Part) -> None:
        """Let a part lie, for another try to go on with."""
        folder, _, name = part.path.rpartition("/")
        if part.descriptor >= 0:
            self._former[folder] |= {name, name.removesuffix(PART) + STATE}
        part.close()
        self.release(part.path)

    def _former_names(self, folder: str) -> set[str]:
        """Return what was in a folder when it was first looked into.

        To look for each file would take longer than all else that is done for a small one. What other programs make
        meanwhile is not overwritten either: files are made only where there are none.
        """
        names = self._former.get(folder)
        if names is None:
            names = self._former[folder] = set(os.listdir(folder))  # noqa: PTH208  names only
        return names

    def release(self, path: str) -> None:
        """Let others have a name; in any thread."""
        self._claimed.discard(path)

    def make_folder(self, name: str) -> None:
        """Make sure that the folder is there in which a file of this name lies."""
        folder = self.folder if "/" not in name else str(Path(self.path(name)).parent)
        if folder not in self._folders:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)

    def put(self, part: Part, name: str) -> str | None:
        """Give a complete part its final name; return its path, or None if the name is taken and it is to be skipped.

        A file that is there is never replaced unless that is asked for, whoever made it. This holds in any thread.
        """
        self.make_folder(name)
        if self.if_exists == "overwrite":
            path = self.path(name)
            os.replace(part.path, path)  # noqa: PTH105  Path has no cheaper way
            return path
        for number in range(self._next.get(name, 0), _MOST_NUMBERS):
            path = self.path(numbered(name, number))
            if _moved(part.path, path):
                if number:
                    self._next[name] = number
                return path
            if self.if_exists == "skip":
                return None
        raise DownloadError(part.url, "file", f"{self.path(name)!r} and {_MOST_NUMBERS:,} names after it are taken")

    def flush(self) -> None:
        """See that the names are kept, whatever happens to the machine."""
        for folder in self._folders:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            except OSError:  # some file systems cannot
                continue
            finally:
                os.close(descriptor)


def _moved(part: str, path: str) -> bool:
    """Give a file another name, unless that is taken; tell whether it was."""
    try:
        os.link(part, path, follow_symlinks=False)  # which fails where a rename would replace
    except FileExistsError:
        return False
    except OSError:  # the file system knows no links
        if os.path.lexists(path):
            return False
        os.rename(part, path)  # noqa: PTH104  Path has no cheaper way
        return True
    os.unlink(part)  # noqa: PTH108  likewise
    return True
