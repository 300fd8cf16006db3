"""What travels between stages, and what stages remember of it."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.executors import Batch, Feed, Reply, feed
from turnout.outcomes import Failure, Success
from turnout.pipeline import OMITTED
from turnout.pipeline._passage import Entry, Numbered, Packer, PassedBy, Passing, Roots, outcome_of, source_entries


def entries(count: int, *, failed: Iterable[int] = (), omitted: Iterable[int] = ()) -> list[Entry]:
    """Return entries whose values are ten times their place."""
    made: list[Entry] = []
    for place in range(count):
        value: Any = 10 * place
        if place in failed:
            value = Passing(LookupError(place))
        if place in omitted:
            value = OMITTED
        made.append(Entry(place, f"item {place}", value))
    return made


class Dripping:
    """Gives what it is told to at each call; nothing for an empty list; raises an error."""

    again_ns: int | None = None

    def __init__(self, *drops: Sequence[Entry] | Exception) -> None:
        self._drops = list(drops)

    @property
    def is_open(self) -> bool:
        return bool(self._drops)

    def take(self, count: int) -> Sequence[Entry]:
        if not self._drops:
            return []
        drop = self._drops.pop(0)
        if isinstance(drop, Exception):
            raise drop
        if len(drop) > count:
            self._drops.insert(0, drop[count:])
        return drop[:count]

    def remaining(self) -> int | None:
        return None


def values_of(packs: Sequence[Entry]) -> list[Any]:
    return [pack.value for pack in packs]


def take_all(packer: Feed, count: int) -> list[Entry]:
    taken: list[Entry] = []
    while some := packer.take(count):
        taken += some
    return taken


@given(st.integers(0, 30), st.integers(1, 5), st.integers(1, 5), st.sets(st.integers(0, 30)))
def test_every_entry_is_packed_once_and_failures_go_by_alone(
    count: int, size: int, at_once: int, failed: set[int]
) -> None:
    packer = Packer(feed(entries(count, failed=failed)), size, inf)

    packs = take_all(packer, at_once)

    alone = [pack.place for pack in packs if isinstance(pack.value, Passing)]
    packed = [pack for pack in packs if not isinstance(pack.value, Passing)]
    assert alone == sorted(failed & set(range(count)))
    assert [value for pack in packed for value in pack.value] == [
        10 * place for place in range(count) if place not in failed
    ]
    assert [len(pack.value) for pack in packed[:-1]] == [size] * (len(packed) - 1)
    assert all(pack.item == tuple(f"item {value // 10}" for value in pack.value) for pack in packed)
    assert all(pack.place == pack.value[0] // 10 for pack in packed)
    assert not packer.is_open


def test_what_was_left_out_is_not_packed() -> None:
    packer = Packer(feed(entries(6, omitted={1, 2})), 4, inf)

    packs = take_all(packer, 9)

    assert OMITTED not in [value for pack in packs if pack.value is not OMITTED for value in pack.value]
    assert [pack.value for pack in packs if pack.value is not OMITTED] == [[0, 30, 40, 50]]


def test_a_pack_tells_the_most_tries_of_its_entries() -> None:
    packer = Packer(feed([Entry(0, "a", 1, 1), Entry(1, "b", 2, 3)]), 2, inf)

    (pack,) = packer.take(1)

    assert pack == Entry(0, ("a", "b"), [1, 2], 3, last=1)
    assert packer.remaining() is None


def test_a_pack_waits_for_more_until_it_has_lingered() -> None:
    some = entries(3)
    packer = Packer(Dripping(some[:2], [], [], some[2:]), 5, 60.0)

    assert packer.take(1) == []
    assert packer.again_ns is not None
    assert packer.take(1) == []
    assert values_of(packer.take(1)) == [[0, 10, 20]]
    assert packer.again_ns is None


def test_a_pack_that_has_lingered_is_given_out_with_fewer() -> None:
    packer = Packer(Dripping(entries(2), [], []), 5, 1e-9)

    assert values_of(packer.take(1)) == [[0, 10]]
    assert packer.is_open


def test_nothing_is_due_while_nothing_waits() -> None:
    packer = Packer(Dripping(entries(2, failed={0, 1}), [], []), 5, 1e-9)

    assert [pack.place for pack in packer.take(1)] == [0, 1]

    assert packer.again_ns is None


@pytest.mark.parametrize("at_once", [1, 9])
def test_a_source_that_breaks_is_told_after_all_that_came_before(at_once: int) -> None:
    packer = Packer(Dripping(entries(5), OSError("the disk is gone")), 2, inf)

    found: list[Entry] = []
    while len(found) < 3:
        found += packer.take(at_once)

    assert values_of(found) == [[0, 10], [20, 30], [40]]
    assert packer.is_open
    with pytest.raises(OSError, match="the disk is gone"):
        packer.take(at_once)
    assert packer.take(1) == []


def test_items_are_numbered_as_they_are_taken() -> None:
    numbered = Numbered(feed(iter("abc")))

    assert numbered.take(1) == [Entry(0, "a", "a")]
    assert numbered.remaining() is None
    assert numbered.take(9) == [Entry(1, "b", "b"), Entry(2, "c", "c")]
    assert numbered.take(9) == []
    assert not numbered.is_open
    assert Numbered(feed([1, 2])).remaining() == 2


class KnowsEven:
    """A ledger that knows what became of items at even places, and keeps the others."""

    known_end = 8

    def __init__(self) -> None:
        self.kept: list[Reply] = []

    def sort(self, batch: Batch) -> list[Batch | Reply]:
        found: list[Batch | Reply] = []
        for place, item in enumerate(batch.items, start=batch.first):
            one = Batch(place, [item])
            found.append(one if place % 2 else Reply(one, [f"known {item}"], {}, None))
        return found

    def keep(self, reply: Reply) -> Reply:
        self.kept.append(reply)
        return reply


def test_a_later_stage_is_given_values_and_failures_pass_it_by() -> None:
    roots = Roots()

    given = roots.sort(Batch(20, entries(6, failed={2}, omitted={3})))

    before, failed, omitted, after = given
    assert isinstance(before, Batch)
    assert (before.first, before.items) == (20, [0, 10])
    assert isinstance(failed, Reply)
    assert (failed.batch.first, failed.batch.items, str(failed.failures[0])) == (22, ["item 2"], "2")
    assert isinstance(omitted, Reply)
    assert (omitted.batch.first, omitted.values, omitted.failures) == (23, [OMITTED], {})
    assert isinstance(after, Batch)
    assert (after.first, after.items) == (24, [40, 50])
    assert roots.known_end == 0
    assert roots.keep(failed) is failed


def test_what_a_stage_hands_on_tells_the_source_item() -> None:
    roots = Roots()
    (batch,) = roots.sort(Batch(7, [Entry(3, "source", 30, 2)]))
    assert isinstance(batch, Batch)

    made = list(roots.entries(Reply(batch, ["made"], {}, None), "map"))

    assert made == [Entry(3, "source", "made", 2)]


def test_a_later_stage_asks_its_ledger_about_what_does_not_pass_by() -> None:
    ledger = KnowsEven()
    roots = Roots(ledger)

    found = roots.sort(Batch(0, entries(4, failed={2})))

    assert [type(one) for one in found] == [Reply, Batch, PassedBy, Batch]
    assert isinstance(found[0], Reply)
    assert found[0].values == ["known 0"]
    assert roots.known_end == 8
    reply = Reply(Batch(1, [10]), ["run"], {}, None)
    assert roots.keep(reply) is reply
    assert ledger.kept == [reply]


@pytest.mark.parametrize(
    ("kind", "value", "handed_on"),
    [
        ("map", "x", ["x"]),
        ("batch", "x", ["x"]),
        ("sink", None, [None]),
        ("filter", True, ["item"]),
        ("filter", False, []),
        ("filter", 0, []),
        ("flat", ["x", "y"], ["x", "y"]),
        ("flat", [], []),
        ("flat", OMITTED, [OMITTED]),
        ("filter", OMITTED, [OMITTED]),
        ("map", OMITTED, [OMITTED]),
    ],
)
def test_each_kind_of_stage_hands_on_what_it_should(kind: Any, value: object, handed_on: list[object]) -> None:
    made = list(source_entries(Reply(Batch(5, ["item"], 2), [value], {}, None), kind))

    assert made == [Entry(5, "item", one, 2) for one in handed_on]


def test_a_failure_is_handed_on_by_every_kind() -> None:
    reply = Reply(Batch(5, ["a", "b"], 3), [None, True], {0: LookupError("a")}, None)

    failed, other = source_entries(reply, "filter")

    assert isinstance(failed.value, Passing)
    assert other == Entry(6, "b", "b", 3)
    error = failed.value.error
    assert outcome_of(failed) == Failure(error, "a", 5, 3)
    assert outcome_of(other) == Success("b", "b", 6, 3)
