from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.errors import UsageError
from turnout.executors import Batch
from turnout.pipeline._throttle import BURST_NS, Keys, Rate


@given(st.floats(0.5, 5_000), st.lists(st.integers(0, 200_000_000), min_size=1, max_size=300))
def test_no_second_sees_more_calls_than_the_rate_and_a_short_burst(rate: float, gaps: list[int]) -> None:
    limit = Rate(rate)
    now, begun = 10**9, []
    for gap in gaps:
        now += gap
        if limit.take(now):
            begun.append(now)

    for first in begun:
        within = sum(first <= moment < first + 10**9 for moment in begun)

        assert within <= rate * (1 + BURST_NS / 1e9) + 2


def test_a_call_that_may_not_begin_tells_when_it_may() -> None:
    limit = Rate(10)

    assert limit.take(10**9)
    assert not limit.take(10**9 + 1)
    assert limit.take(int(limit.next_ns) + 1)


def test_a_rate_is_awaited_by_calls_that_begin_when_it_lets_them() -> None:
    limit = Rate(10)
    first = limit.is_awaited(10**12)
    limit.take(10**12)
    due = int(limit.next_ns)

    assert [first, limit.is_awaited(due), limit.is_awaited(due + BURST_NS)] == [False, True, False]


@pytest.mark.parametrize("rate", [0, 1e-300, -1, float("inf"), float("nan"), "10", True])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    with pytest.raises(UsageError, match=f"rate must be a number of calls per second, at least 1e-09, not {rate!r}"):
        Rate(rate)


def batch(index: int, item: object) -> Batch:
    return Batch(index, [item])


def test_a_coroutine_function_gives_no_key() -> None:
    async def key(item: str) -> str:
        return item

    with pytest.raises(UsageError, match="key must be a plain function"):
        Keys(key, 1)  # type: ignore[arg-type]


def test_items_of_a_busy_key_wait_and_others_go_by() -> None:
    keys = Keys(lambda item: item[0], 1)

    assert keys.admit(batch(0, "a1"))
    assert not keys.admit(batch(1, "a2"))
    assert keys.admit(batch(2, "b1"))
    assert keys.parked_count == 1
    assert keys.released() is None


def test_the_next_item_of_a_key_is_released_when_one_leaves() -> None:
    keys = Keys(lambda item: item[0], 1)
    keys.admit(batch(0, "a1"))
    keys.admit(batch(1, "a2"))

    keys.leave(0)

    released = keys.released()
    assert released is not None
    assert released.first == 1
    assert keys.parked_count == 0
    assert not keys.admit(batch(2, "a3")), "the released one is under way"


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 3), st.randoms())
def test_every_item_gets_its_turn_and_no_key_is_over_its_limit(items: list[int], limit: int, random: Any) -> None:
    keys = Keys(lambda item: item, limit)
    under_way = [index for index, item in enumerate(items) if keys.admit(batch(index, item))]
    done = []
    while under_way:
        assert all(sum(items[index] == key for index in under_way) <= limit for key in set(items))
        leaving = under_way.pop(random.randrange(len(under_way)))
        done.append(leaving)
        keys.leave(leaving)
        while (released := keys.released()) is not None:
            under_way.append(released.first)

    assert sorted(done) == list(range(len(items)))
    assert keys.parked_count == 0


@pytest.mark.parametrize("limit", [0, -1, 1.5, "2", True])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(UsageError, match="key_limit must be a whole number of at least 1"):
        Keys(str, limit)


def test_a_key_that_is_no_function_is_refused() -> None:
    with pytest.raises(UsageError, match="key must be a function"):
        Keys("host", 1)  # type: ignore[arg-type]  # on purpose
