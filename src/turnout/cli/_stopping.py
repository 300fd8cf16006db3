"""Ctrl-C, SIGTERM and SIGHUP: the first asks the run to stop, the second leaves at once.

SIGHUP tells that the terminal is gone, as when a connection is lost; it may come twice, from the system and the shell.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Self

from turnout.cli._streams import drop_output
from turnout.cli._unheard import Unheard
from turnout.errors import UsageError

_SAID = {
    signal.SIGINT: "turnout: stopping; what is done is kept. Press Ctrl-C again to leave at once",
    signal.SIGTERM: "turnout: stopping; what is done is kept",
    signal.SIGHUP: "turnout: stopping; what is done is kept",
}
_STATUS = 128  # plus the signal, as a shell reports it
_BRISK_S = 0.0002  # each step to the end waits so long for the lock beside each thread that computes, and not 5 ms
_PATIENCE_S = 1.0  # after the second signal: an item that catches everything in this very thread cannot be ended


class Stopping:
    """Catches the signals as long as the block.

    Handlers are set only in the main thread, and not for a signal that whoever started us has chosen to ignore, as
    ``nohup`` does.

    Args:
        stop: Called at the first signal, from its handler.
        say: Called with a sentence then; may fail if it is interrupted in the midst of its own work.
        leave_later: Ends this process with a status, unless what it returns is called within a moment.

    Attributes:
        number: The first signal that came; None if none did.
        is_urgent: Whether a second one came. What it raises may have ended there where it was raised.
    """

    def __init__(
        self,
        stop: Callable[[], None],
        say: Callable[[str], None],
        leave_later: Callable[[int], Callable[[], None]] | None = None,
    ) -> None:
        self._stop = stop
        self._leave_later = leave_later or _leave_later
        self._stay: Callable[[], None] | None = None
        self._say = say
        self._former: dict[int, Any] = {}  # handlers are functions, numbers or None
        self._unheard = Unheard(*_SAID)
        self.number: int | None = None
        self.is_urgent = False

    @property
    def exit_status(self) -> int | None:
        """What to leave with; None if no signal came."""
        return None if self.number is None else _STATUS + self.number

    @contextmanager
    def or_nobody_reads(self) -> Iterator[None]:
        """Let the block end if what it prints cannot be written, where the terminal is gone."""
        try:
            yield
        except (OSError, UsageError):
            if self.number != signal.SIGHUP:
                raise
            drop_output(sys.stdout, sys.stderr)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SAID:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._former[number] = signal.signal(number, self._handle)
        if self._former:
            self._unheard.begin()
        return self

    def __exit__(self, *_: object) -> None:
        if self._stay is not None:
            self._stay()
        if self._former:
            self._unheard.end()
        for number, former in self._former.items():
            signal.signal(number, signal.SIG_DFL if former is None else former)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if not self._unheard.hear() or self.number == number == signal.SIGHUP:
            return
        if self.number is not None:
            self._stay = self._stay or self._leave_later(_STATUS + self.number)
            self.is_urgent = True
            raise KeyboardInterrupt
        self.number = number
        sys.setswitchinterval(_BRISK_S)
        try:
            self._say(_SAID[signal.Signals(number)])
        except (RuntimeError, OSError):  # the signal came while the same stream was being written, or it is gone
            with suppress(OSError):
                os.write(sys.stderr.fileno(), b"\nturnout: stopping\n")
        self._stop()  # comes last: to end an item that runs in this very thread, it raises


def _leave_later(status: int) -> Callable[[], None]:
    timer = threading.Timer(_PATIENCE_S, _leave, (status,))
    timer.daemon = True
    timer.start()
    return timer.cancel


def _leave(status: int) -> None:
    """Leave, whatever the main thread is at; the programs that items have started are not left behind."""
    try:
        from turnout.cli._programs import end_programs  # noqa: PLC0415  only who is stopped pays for it

        end_programs()
    finally:
        os._exit(status)
