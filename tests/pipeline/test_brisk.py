"""The interpreter's switch interval, which belongs to whoever set it."""

import sys
from collections.abc import Iterator

import pytest

from turnout.pipeline._brisk import BRISK_S, Brisk


@pytest.fixture(autouse=True)
def interval_s() -> Iterator[float]:
    """Set an interval that nobody else would, and put the former one back."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.007)
    yield sys.getswitchinterval()
    sys.setswitchinterval(before)


def test_threads_change_more_often_for_a_while(interval_s: float) -> None:
    brisk = Brisk()

    brisk.begin()
    brisk.begin()
    during = sys.getswitchinterval()
    brisk.end()

    assert during == pytest.approx(BRISK_S)
    assert sys.getswitchinterval() == interval_s


def test_an_end_without_a_beginning_changes_nothing(interval_s: float) -> None:
    brisk = Brisk()

    brisk.end()
    brisk.begin()
    brisk.end()
    brisk.end()

    assert sys.getswitchinterval() == interval_s


def test_a_shorter_interval_is_kept() -> None:
    sys.setswitchinterval(BRISK_S / 4)
    before = sys.getswitchinterval()
    brisk = Brisk()

    brisk.begin()
    during = sys.getswitchinterval()
    brisk.end()

    assert during == before == sys.getswitchinterval()


@pytest.mark.parametrize("first", [0, 1])
def test_the_last_of_several_leaves_what_the_first_one_found(first: int, interval_s: float) -> None:
    several = [Brisk(), Brisk()]
    for brisk in several:
        brisk.begin()

    several[first].end()
    between = sys.getswitchinterval()
    several[1 - first].end()

    assert between == pytest.approx(BRISK_S)
    assert sys.getswitchinterval() == interval_s
