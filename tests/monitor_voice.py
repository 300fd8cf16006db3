"""For tests of the monitor: who is told what goes on, and keeps it."""

from turnout.jobs.monitor._types import Change


class KeptVoice:
    """A voice that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.changes: list[Change] = []

    def note(self, text: str) -> None:
        self.said.append(text)

    warn = note

    def change(self, change: Change) -> None:
        self.changes.append(change)

    @property
    def url(self) -> str:
        """Where the live page is, as was told."""
        return next(text.rpartition(" ")[2] for text in self.said if "the live page is at" in text)
