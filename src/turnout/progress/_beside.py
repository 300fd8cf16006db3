"""What the work prints, above what is drawn on the same terminal."""

import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import get_ident
from typing import Any, TextIO


class Beside(io.TextIOBase):
    """Stands for a standard stream while its terminal is drawn on: whole lines take the place of what is drawn.

    A line without an end waits for it, as what is drawn next would run over it.

    Args:
        original: What it stands for; bytes and the descriptor are still its own.
        room: Makes room for lines as long as a block, in which nobody else draws.
    """

    def __init__(self, original: TextIO, room: Callable[[], AbstractContextManager[None]]) -> None:
        self.original = original
        self._room = room
        self._pid = os.getpid()
        self._parts: dict[int, str] = {}  # of lines without an end, by the thread that is on each

    def __getattr__(self, name: str) -> Any:  # whatever the stream has
        return getattr(self.original, name)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read only, as every stream's is in truth
        """What text is written in."""
        return self.original.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # as above
        """What is done with text that has no encoding."""
        return self.original.errors

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self.original.isatty()

    def fileno(self) -> int:
        """Return the descriptor of what it stands for."""
        return self.original.fileno()

    def write(self, text: str) -> int:
        """Write the lines that are complete, and keep the rest."""
        if os.getpid() != self._pid:  # a forked process: what is drawn is not its own
            return self.original.write(text)
        me, cut = get_ident(), text.rfind("\n") + 1
        lines, part = self._parts.pop(me, "") + text[:cut], text[cut:]
        if not cut:
            lines, part = "", lines + part
        if part:
            self._parts[me] = part
        if lines:
            with self._room():
                self.original.write(lines)
                self.original.flush()
        return len(text)

    def flush(self) -> None:
        """Write out what the original holds."""
        self.original.flush()

    def end(self) -> None:
        """Write what waits for the end of its line."""
        parts, self._parts = list(self._parts.values()), {}
        if parts:
            self.write("".join(f"{part}\n" for part in parts))
