"""How people are told what goes on."""

import logging
from collections.abc import Callable
from typing import Protocol

from turnout.jobs.monitor._changes import change_line
from turnout.jobs.monitor._types import Change


class Voice(Protocol):
    """Tells people what goes on."""

    def note(self, text: str) -> None:
        """Say something that is as it should be."""
        ...

    def warn(self, text: str) -> None:
        """Say something that somebody may have to look after."""
        ...

    def change(self, change: Change) -> None:
        """Say what became of an alarm."""
        ...


class LogVoice:
    """Tells it to the logger ``turnout.monitor``."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("turnout.monitor")

    def note(self, text: str) -> None:
        """Say something that is as it should be."""
        self._logger.info("%s", text)

    def warn(self, text: str) -> None:
        """Say something that somebody may have to look after."""
        self._logger.warning("%s", text)

    def change(self, change: Change) -> None:
        """Say what became of an alarm."""
        self._logger.info("%s", change_line(change))


class OddTeller:
    """Tells of the first message that is no reading, and then of the tenth, the hundredth ...

    Args:
        warn: Called with a sentence.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._count, self._due = 0, 1

    def __call__(self, topic: str, payload: str, reason: str) -> None:
        """Count a message, and tell of it if it is time to."""
        self._count += 1
        if self._count >= self._due:
            self._due *= 10
            others = f"; {self._count:,} so far" if self._count > 1 else ""
            self._warn(f"no reading: {reason}: {topic} {payload!r}{others}")
