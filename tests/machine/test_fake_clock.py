"""The clock that tests are in charge of."""

from turnout.clock import Clock
from turnout.testing import FakeClock


def shown(clock: Clock) -> int:
    return clock.wall_ns()


def test_time_stands_still_until_it_is_told_to_pass() -> None:
    clock = FakeClock(start_ns=5)

    first, second = shown(clock), shown(clock)

    assert (first, second) == (5, 5)


def test_waiting_passes_off_the_core_and_work_on_it() -> None:
    clock = FakeClock()

    clock.wait(90)
    clock.pause_s(0.01)
    clock.work(5)

    assert clock.wall_ns() == 105_000_000
    assert clock.cpu_ns() == 5_000_000


def test_a_step_passes_with_each_reading() -> None:
    clock = FakeClock(step_ns=100)

    readings = [clock.wall_ns() for _ in range(3)]

    assert readings == [0, 100, 200]
