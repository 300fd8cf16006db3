"""Who looked after which part since when: it tells whom to ask about the past.

    part 0   ada ├──────────────┤ bob ├────────────────┤ ada ├─────────►
    part 1   bob ├─────────────────────────────────────────────────────►

A tenure begins at the state that its owner went on from. Since an owner makes all moves after that state itself, its
history has all that happened from then on, also before it took the part over.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

_MOST = 32  # histories that are asked, where it is not known who has looked after a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """A history began to have all of a part.

    Attributes:
        who: The name of the history.
        called: What people call the process.
        since_ns: When.
    """

    who: str
    called: str
    since_ns: int

    def to_bytes(self) -> bytes:
        """Return it as a message."""
        return json.dumps({"who": self.who, "called": self.called, "since_ns": self.since_ns}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Tenure":
        """Return what `to_bytes` made a message of.

        Raises:
            ValueError: If it did not.
        """
        try:
            told = json.loads(content)
            return cls(who=str(told["who"]), called=str(told["called"]), since_ns=int(told["since_ns"]))
        except (LookupError, TypeError) as error:
            raise ValueError(f"a message is no tenure: {error}") from None


class Tenures:
    """Those of all parts, in the order in which they were taken over."""

    def __init__(self) -> None:
        self._of: dict[int, list[Tenure]] = {}
        self._called: dict[str, str] = {}

    def add(self, part: int, tenure: Tenure) -> None:
        """Take the next one of a part. What it makes anew counts from it, and not from the one before."""
        self._called.pop(tenure.who, None)  # the last to be heard of comes last
        self._called[tenure.who] = tenure.called
        known = self._of.setdefault(part, [])
        while known and known[-1].since_ns >= tenure.since_ns:
            known.pop()
        known.append(tenure)

    @property
    def everybody(self) -> tuple[str, ...]:
        """All histories that were heard of, the last ones of very many."""
        return tuple(self._called)[-_MOST:]

    def of(self, part: int, start_ns: int, end_ns: int) -> tuple[str, ...]:
        """Return the histories that had a part between two moments, the last one last.

        Before the first tenure that is known it may have been anybody's, such as that of a monitor that was alone.
        """
        known = self._of.get(part, [])
        earlier = self.everybody if not known or start_ns < known[0].since_ns else ()
        found = [
            tenure.who
            for tenure, later in zip_longest(known, known[1:])
            if tenure.since_ns <= end_ns and (later is None or later.since_ns > start_ns)
        ]
        return tuple(reversed(dict.fromkeys(reversed([*earlier, *found]))))

    def called(self, whos: Iterable[str]) -> tuple[str, ...]:
        """Return what people call the processes of histories, in alphabetical order."""
        return tuple(sorted({self._called.get(who, who) for who in whos}))
