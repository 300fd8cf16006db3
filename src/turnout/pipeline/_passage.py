"""What travels between stages: values, each with the source item that it was made of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import filterfalse, groupby
from math import inf
from typing import Any, NamedTuple, Protocol, assert_never

from turnout.clock import wall_ns
from turnout.executors import Batch, Feed, Reply, outcomes_of
from turnout.outcomes import Failure, Outcome, Success
from turnout.pipeline._omitted import OMITTED
from turnout.pipeline._stages import Kind

LONGEST_S = 1e9  # that can be waited for: 30 years


class Entry(NamedTuple):
    """A value on its way.

    Attributes:
        place: The source item's index, from 0; of the first one, if a batch stage made one value of many.
        item: The source item; a tuple of them after a batch stage.
        value: What the next stage is given; a `Passing` goes by all stages.
        attempts: How often the stage that had most trouble with it tried.
        last: Index of the last source item, if a batch stage made one value of many; -1 for the first one's.
    """

    place: int
    item: Any  # of the caller's types, here and below
    value: Any
    attempts: int = 1
    last: int = -1

    @property
    def end(self) -> int:
        """Index after the last source item that it was made of."""
        return max(self.place, self.last) + 1


@dataclass(slots=True)
class Passing:
    """A failure on its way to the end.

    Attributes:
        error: What was raised.
        stage: Where, by the stage's name.
    """

    error: BaseException
    stage: str = ""


class PassedBy(Reply):
    """An answer for what no later stage is given: it is not the doing of the stage that it is put through."""

    __slots__ = ()


class Ledger(Protocol):
    """Where final outcomes are kept, such as a journal."""

    @property
    def known_end(self) -> int:
        """Index after the last item whose outcome may be known."""
        ...

    def sort(self, batch: Batch) -> list[Batch | Reply]:
        """Cut a fresh batch into answers that are known and batches that are to be run."""
        ...

    def keep(self, reply: Reply) -> Reply:
        """Keep final outcomes, and return them as they are to be reported."""
        ...


class Roots:
    """Remembers what a stage's items were made of, while they are with its crew; the ledger of all but a first stage.

    Args:
        ledger: Where outcomes are kept for good; None for nowhere.

    Attributes:
        consumed: How many entries were handed on, or dropped: all those in a pack.
        reached: Index after the last source item among them.
    """

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.consumed = 0
        self.reached = 0
        self._entries: dict[int, Entry] = {}
        self._ledger = ledger

    @property
    def known_end(self) -> int:
        """Index after the last item whose outcome may be known."""
        return 0 if self._ledger is None else self._ledger.known_end

    def sort(self, batch: Batch) -> list[Batch | Reply]:
        """Turn a batch of entries into batches of their values, and answers for those that pass by."""
        found: list[Batch | Reply] = []
        for offset, entry in enumerate(batch.items, start=batch.first):
            self._entries[offset] = entry
        for passes, group in groupby(enumerate(batch.items, start=batch.first), key=lambda one: has_passed_by(one[1])):
            places, entries = zip(*group, strict=True)
            if passes:
                found += (_answer(place, entry) for place, entry in zip(places, entries, strict=True))
                continue
            part = Batch(places[0], [entry.value for entry in entries], fine_cpu=batch.fine_cpu)
            found += (part,) if self._ledger is None else self._ledger.sort(part)
        return found

    def keep(self, reply: Reply) -> Reply:
        """Have the outcomes kept."""
        return reply if self._ledger is None else self._ledger.keep(reply)

    def entries(self, reply: Reply, kind: Kind, stage: str = "") -> Iterator[Entry]:
        """Yield what a stage of this kind and name hands on, after this reply."""
        for outcome in outcomes_of(reply):
            given = self._entries.pop(outcome.index)
            self.consumed += len(given.value) if kind == "batch" and not has_passed_by(given) else 1
            self.reached = max(self.reached, given.end)
            yield from _handed_on(kind, stage, given, outcome)


def _answer(place: int, entry: Entry) -> Reply:
    """Answer for an entry that no later stage is given."""
    batch = Batch(place, [entry.item], entry.attempts)
    if isinstance(entry.value, Passing):
        return PassedBy(batch, [None], {0: entry.value.error}, None)
    return PassedBy(batch, [OMITTED], {}, None)


def source_entries(reply: Reply, kind: Kind, stage: str = "") -> Iterator[Entry]:
    """Yield what the first stage, of that name, hands on after this reply."""
    for outcome in outcomes_of(reply):
        yield from _handed_on(kind, stage, Entry(outcome.index, outcome.item, outcome.item), outcome)


def _handed_on(kind: Kind, stage: str, given: Entry, outcome: Outcome[Any]) -> Iterable[Entry]:
    place, item, value, attempts, last = given
    attempts = max(attempts, outcome.attempts)
    if isinstance(outcome, Failure):
        passing = value if isinstance(value, Passing) else Passing(outcome.error, stage)
        return (Entry(place, item, passing, attempts, last),)
    if outcome.value is OMITTED:
        return (Entry(place, item, OMITTED, attempts, last),)
    match kind:
        case "flat":
            return (Entry(place, item, each, attempts, last) for each in outcome.value)
        case "filter":
            return (Entry(place, item, value, attempts, last),) if outcome.value else ()
        case "map" | "batch" | "sink":
            return (Entry(place, item, outcome.value, attempts, last),)
        case _:
            assert_never(kind)


def has_passed_by(entry: Entry) -> bool:
    """Tell whether an entry is given to no later stage: a failure, or one that was left out."""
    return entry.value is OMITTED or isinstance(entry.value, Passing)


def outcome_of(entry: Entry) -> Outcome[Any]:
    """Return the outcome that an entry is at the end of a pipeline."""
    if isinstance(entry.value, Passing):
        return Failure(entry.value.error, entry.item, entry.place, entry.attempts)
    return Success(entry.value, entry.item, entry.place, entry.attempts)


class Numbered:
    """A source's items as entries, for a first stage that is given many at once.

    Args:
        feed: The items.
    """

    again_ns: int | None = None

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._count = 0

    @property
    def is_open(self) -> bool:
        """Whether there may be more when there is nothing now."""
        return self._feed.is_open

    def take(self, count: int) -> Sequence[Entry]:
        """Return up to ``count`` entries."""
        first = self._count
        items = self._feed.take(count)
        self._count += len(items)
        return [Entry(index, item, item) for index, item in enumerate(items, start=first)]

    def remaining(self) -> int | None:
        """Return how many are left; None if that is unknown."""
        return self._feed.remaining()


class Packer:
    """Entries, many to one, for a stage that makes one call with many items.

    Args:
        feed: Entries; failures, and what was left out, pass by alone.
        size: How many go together.
        linger_s: A pack that is not full is given out once its first entry has waited for so long.

    Attributes:
        again_ns: When that will be; None while no entry waits.
    """

    def __init__(self, feed: Feed, size: int, linger_s: float) -> None:
        self._feed = feed
        self._size = size
        self._linger_s = linger_s
        self._waiting: list[Entry] = []
        self._error: Exception | None = None
        self.again_ns: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether there may be more when there is nothing now: an error counts."""
        return bool(self._waiting) or self._error is not None or self._feed.is_open

    def take(self, count: int) -> Sequence[Entry]:
        """Return up to ``count`` packs and failures.

        Raises what the feed raised, once all entries are given out.
        """
        taken: list[Entry] = []
        while len(taken) < count:
            fresh = self._fresh(self._size - len(self._waiting))
            if not fresh:
                if self._waiting and (self._error is not None or not self._feed.is_open or self._is_overdue()):
                    taken.append(self._packed())
                break
            taken += filter(has_passed_by, fresh)
            self._waiting += filterfalse(has_passed_by, fresh)
            if self._waiting and self.again_ns is None and self._linger_s < inf:
                self.again_ns = wall_ns() + int(min(self._linger_s, LONGEST_S) * 1e9)
            if len(self._waiting) == self._size:
                taken.append(self._packed())
        if not taken and self._error is not None:
            error, self._error = self._error, None
            raise error
        return taken

    def remaining(self) -> int | None:
        """Return None: nobody knows."""
        return None

    def _fresh(self, count: int) -> Sequence[Entry]:
        if self._error is not None:
            return ()
        try:
            return self._feed.take(count)
        except Exception as error:  # noqa: BLE001  the user's source; raised once what came before it is given out
            self._error = error
            return ()

    def _is_overdue(self) -> bool:
        return self.again_ns is not None and wall_ns() >= self.again_ns

    def _packed(self) -> Entry:
        entries, self._waiting, self.again_ns = self._waiting, [], None
        return Entry(
            entries[0].place,
            tuple(entry.item for entry in entries),
            [entry.value for entry in entries],
            max(entry.attempts for entry in entries),
            max(entry.end for entry in entries) - 1,
        )
