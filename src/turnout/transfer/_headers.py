"""The head of a response: its status line and its headers, read only when somebody asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


class Headers:
    """Header fields in the order in which they came; names are found in any case.

    Args:
        lines: Each a name, a colon, a value and the line's end.
    """

    __slots__ = ("_fields", "_lines")

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._fields: dict[str, list[str]] | None = None

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the value of a field; of one that was sent repeatedly, the first."""
        values = self._by_name().get(name.lower())
        return values[0] if values else default

    def all(self, name: str) -> list[str]:
        """Return all values of a field, in their order."""
        return list(self._by_name().get(name.lower(), ()))

    def has_any(self, names: frozenset[str]) -> bool:
        """Tell whether any of these fields was sent; their names are in lower case."""
        return not names.isdisjoint(self._by_name())

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._by_name()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for line in self._lines:
            name, colon, value = line.partition(b":")
            if colon:
                yield name.decode("latin-1").strip(), value.decode("latin-1").strip()

    def __repr__(self) -> str:
        return f"Headers({list(self)!r})"

    def _by_name(self) -> dict[str, list[str]]:
        if self._fields is None:
            fields: dict[str, list[str]] = {}
            for line in b"".join(self._lines).decode("latin-1").split("\n"):
                name, colon, value = line.partition(":")
                if colon:
                    fields.setdefault(name.strip().lower(), []).append(value.strip())
            self._fields = fields
        return self._fields


@dataclass(slots=True)  # frozen, it would cost four times as much, for each response
class Head:
    """What a server answers before the body; to be read only.

    Attributes:
        status: The code, such as 200.
        headers: The fields.
    """

    status: int
    headers: Headers


def last_head(lines: Sequence[bytes]) -> Head | None:
    """Return the head of the last response among the header lines of all; None if there is none.

    Redirections and interim answers (1xx) come before it, each with a status line of its own and an empty line at its
    end; trailers may come after it.
    """
    for start in range(len(lines) - 1, -1, -1):
        if lines[start].startswith(b"HTTP/"):
            words = lines[start].split(None, 2)
            if len(words) > 1 and words[1].isdigit():
                return Head(int(words[1]), Headers(lines[start + 1 :]))
    return None
