"""Writes a history from a thread of its own, so that no event loop waits for a disk."""

import sqlite3
from collections.abc import Callable
from threading import Event, Thread
from typing import Self

from turnout.jobs.monitor.history._writer import History


class Scribe:
    """Commits a history now and then, as long as the block, and once more at its end.

    Args:
        history: It is closed at the end.
        now_ns: Tells nanoseconds since the Unix epoch.
        every_s: How much a ``kill -9`` may cost.
        say: Told once that the file cannot be written, and once that it can again; from the thread.

    Attributes:
        trouble: Why the file cannot be written; None if it can.
    """

    def __init__(
        self, history: History, now_ns: Callable[[], int], *, every_s: float = 1.0, say: Callable[[str], None] = print
    ) -> None:
        self._history = history
        self._now_ns = now_ns
        self._every_s = every_s
        self._say = say
        self._ends = Event()
        self.trouble: str | None = None
        self._thread = Thread(target=self._write, name="turnout-history", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        self._history.close()

    def _write(self) -> None:
        while not self._ends.wait(self._every_s):
            self._commit()
        self._commit()

    def _commit(self) -> None:
        try:
            self._history.commit(self._now_ns())
        except (sqlite3.Error, OSError) as error:
            if self.trouble is None:
                self._say(
                    f"the history cannot be written ({error}): it is kept in memory, and tried again, until it can; "
                    "rules and reactions go on"
                )
            self.trouble = str(error)
        else:
            if self.trouble is not None:
                self._say("the history is written again")
            self.trouble = None
