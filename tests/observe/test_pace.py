"""How often is looked, so that it takes no more than it may."""

import pytest

from turnout.observe._pace import SHARE, Pace

S = 1_000_000_000


def settled(cost: float, *, cores: int = 1, base: float = 0.0) -> Pace:
    """Return a pace after many rounds, each of whose looks takes a part of a core, beside what is taken anyway."""
    pace = Pace(15, 3, cores=cores)
    cpu_ns = 0
    for number in range(100):
        pace.adapt(number * S, cpu_ns)
        cpu_ns += int(S * (base + cost * pace.looks))
    return pace


def test_looks_that_take_little_are_as_many_as_may_be() -> None:
    assert settled(SHARE / 100).looks == 15


def test_looks_that_take_too_much_are_fewer_until_they_take_their_share() -> None:
    pace = settled(SHARE / 6)

    assert pace.looks == pytest.approx(6, rel=0.2)
    assert settled(SHARE / 6, cores=2).looks == pytest.approx(12, rel=0.2)
    assert settled(SHARE / 6, cores=64).looks == pytest.approx(12, rel=0.2)


def test_some_looks_are_left_whatever_they_take() -> None:
    assert settled(1.0).looks == 3


def test_looks_are_more_again_when_they_take_less() -> None:
    pace = settled(1.0)

    for number in range(100, 120):
        pace.adapt(number * S, 100 * S)

    assert pace.looks == 15


def test_time_that_does_not_pass_changes_nothing() -> None:
    pace = Pace(15, 3)

    pace.adapt(5, 100)
    pace.adapt(5, 900)

    assert pace.looks == 15


@pytest.mark.parametrize(("looks", "threads", "expected"), [(15, 4, 40), (15, 100, 150), (2.5, 100, 25), (2.5, 2, 20)])
def test_a_part_of_a_look_is_one_in_some_rounds(looks: float, threads: int, expected: int) -> None:
    pace = Pace(looks, 1)

    turns = [pace.turn(threads) for _ in range(10)]

    assert sum(turns) == expected
    assert max(turns) <= threads
