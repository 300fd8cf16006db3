"""Which bytes of a file are there, and which are still missing."""

from collections.abc import Iterable

Span = tuple[int, int]
"""The first byte, and the one after the last."""


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the same bytes in as few spans as can be, in order."""
    made: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def gaps(spans: Iterable[Span], size: int | None) -> list[tuple[int, int | None]]:
    """Return what is missing of a file.

    Args:
        spans: What is there.
        size: Of the whole; None if it is not known: then the last gap has no end.
    """
    missing: list[tuple[int, int | None]] = []
    place = 0
    for start, end in joined(spans):
        if start > place:
            missing.append((place, start))
        place = end
    if size is None or place < size:
        missing.append((place, size))
    return missing


class Stretch:
    """A piece of a file that one exchange brings.

    Attributes:
        start: Its first byte.
        place: Where the next byte goes.
        end: The byte after its last; None if that is not known. Others may take bytes from its end meanwhile.
    """

    __slots__ = ("end", "place", "start")

    def __init__(self, start: int, end: int | None) -> None:
        self.start = self.place = start
        self.end = end

    @property
    def done(self) -> Span:
        """What has come."""
        return self.start, self.place if self.end is None else min(self.place, self.end)

    @property
    def missing_bytes(self) -> int | None:
        """How much has not; None if that is not known."""
        return None if self.end is None else max(0, self.end - self.place)

    @property
    def is_complete(self) -> bool:
        """Whether all has come, as far as is known."""
        return self.end is not None and self.place >= self.end
