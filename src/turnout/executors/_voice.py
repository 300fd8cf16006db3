"""What a worker process says while it runs items: it is sent to the parent and not written here.

Text goes line by line, and at once, so that a worker that is killed has not lost what it said before.
"""

import io
import os
import pickle
import socket
import sys
import warnings
from _thread import allocate_lock
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from turnout.executors._link import STREAMS, Kind, SharedMarks, send

NO_ITEM = -1


class Voice:
    """Sends all that goes from a worker to its parent: what is said, and the answers between.

    Args:
        link: The socket to the parent.

    Attributes:
        level: Of the parent's root logger, if it was sent; a forked worker has it.
    """

    def __init__(self, link: socket.socket) -> None:
        self.level: int | None = None
        self._link = link
        self._pid = os.getpid()
        self._lock = allocate_lock()
        self._frames: deque[tuple[Kind, int, bytes, int]] = deque()
        self._marks: SharedMarks | None = None
        self._length = 0
        self._streams: list[SpokenStream] = []
        self._hears_logging = False

    @property
    def is_ours(self) -> bool:
        """Whether this is the worker: a process that its function has forked must keep off the socket."""
        return os.getpid() == self._pid

    def finish(self) -> None:
        """Hear the end of the batch."""
        self.end()
        self._marks = None

    def begin(self, marks: SharedMarks, length: int) -> None:
        """Hear the batch of that length, whose times are kept in ``marks``."""
        self._marks, self._length = marks, length
        if not self._streams:
            self._streams = [SpokenStream(self, 0, sys.stdout), SpokenStream(self, 1, sys.stderr)]
            sys.stdout, sys.stderr = self._streams
            warnings.showwarning = _warn_with(self, warnings.showwarning)
        if not self._hears_logging and "logging" in sys.modules:
            self._hears_logging = True
            from turnout.executors._voice_logging import take_over  # noqa: PLC0415  for those who log

            take_over(self, self.level)

    def end(self) -> None:
        """Send what was said without an end of line."""
        for stream in self._streams:
            stream.end()

    def leave(self) -> None:
        """Give the streams back."""
        for name, stream in zip(("stdout", "stderr"), self._streams, strict=False):
            if getattr(sys, name) is stream:  # or else the function has put another there
                setattr(sys, name, stream.original)

    @property
    def offset(self) -> int:
        """Which item of the batch is running, `NO_ITEM` between batches."""
        marks = self._marks
        if marks is None:
            return NO_ITEM
        ends = marks.ends
        return min(bisect_left(range(self._length), 1, key=lambda place: int(not ends[place])), self._length - 1)

    def say(self, stream: int, payload: bytes, offset: int | None = None) -> None:
        """Send what was said by an item: the one that is running, if no other is named."""
        with suppress(OSError):  # nobody hears it, which is no fault of the function's
            self.send(Kind.SAID, self.offset if offset is None else offset, payload, stream)

    def send(self, kind: Kind, a: int = 0, payload: bytes = b"", b: int = 0) -> None:
        """Send a frame after those that are being sent.

        Several threads may speak, and a thread may be interrupted by a finalizer that speaks: who finds the socket
        taken leaves its frame to who has it.
        """
        self._frames.append((kind, a, payload, b))
        while self._frames and self._lock.acquire(blocking=False):
            try:
                while self._frames:
                    send(self._link, *self._frames.popleft())
            finally:
                self._lock.release()


class SpokenStream(io.TextIOBase):
    """Stands for ``sys.stdout`` or ``sys.stderr``.

    Args:
        voice: Where text goes.
        number: Its place in `STREAMS`.
        original: What it stands for; bytes and descriptors are still its own.
    """

    def __init__(self, voice: Voice, number: int, original: TextIO) -> None:
        self.original = original
        self._voice = voice
        self._number = number
        self._parts: list[str] = []  # of a line that has no end yet
        self._offset = NO_ITEM  # of the item that began it

    def __getattr__(self, name: str) -> Any:  # whatever the stream has
        return getattr(self.original, name)

    @property
    def name(self) -> str:
        """What the stream is called."""
        return f"<{STREAMS[self._number]}>"

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read only, as every stream's is in truth
        """What text is written in here: any."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # as above
        """What is done with text that has no encoding: it is passed on."""
        return "surrogatepass"

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return False: the parent decides where the text goes."""
        return False

    def fileno(self) -> int:
        """Return the descriptor of what it stands for, for programs that are started with it."""
        return self.original.fileno()

    def write(self, text: str) -> int:
        """Say the lines that are complete, and keep the rest."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if not self._voice.is_ours:
            return self.original.write(text)
        offset = self._voice.offset
        if self._parts and offset != self._offset:
            self.end()
        cut = text.rfind("\n") + 1
        if cut:
            self._parts.append(text[:cut])
            self._offset = offset
            self.end()
        if cut < len(text):
            self._parts.append(text[cut:])
            self._offset = offset
        return len(text)

    def flush(self) -> None:
        """Say what there is."""
        if self._voice.is_ours:
            self.end()
        else:
            self.original.flush()

    def end(self) -> None:
        """Say what there is, for the item that wrote it."""
        if self._parts:
            text = "".join(self._parts)
            self._parts.clear()
            self._voice.say(self._number, text.encode("utf-8", "surrogatepass"), self._offset)


def _warn_with(voice: Voice, original: Callable[..., object]) -> Callable[..., None]:
    """Return what shows a warning by sending it."""

    def showwarning(  # noqa: PLR0917  as Python calls it
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if file is not None or not voice.is_ours:
            original(message, category, filename, lineno, file, line)
            return
        text, plain = str(message), _builtin(category)
        try:
            whole = pickle.dumps((message, category))
        except Exception:  # noqa: BLE001  pickling runs the warning's own code
            whole = b""
        voice.end()
        voice.say(STREAMS.index("warning"), pickle.dumps((whole, text, plain, filename, lineno, line)))

    return showwarning


def _builtin(category: type[Warning]) -> type[Warning]:
    """Return the nearest kind of warning that every process knows."""
    return next(each for each in category.__mro__ if each.__module__ == "builtins")
