"""Time goes on, whatever happens to the clock."""

from turnout.jobs.monitor._timekeeper import Timekeeper


class Times:
    """Two clocks."""

    epoch_ns = 1_000
    steady_ns = 5


def keeper(times: Times, after_ns: int = 0) -> Timekeeper:
    return Timekeeper(after_ns, epoch_ns=lambda: times.epoch_ns, steady_ns=lambda: times.steady_ns)


def test_it_tells_the_time_of_day() -> None:
    times = Times()
    now_ns = keeper(times)

    times.epoch_ns, times.steady_ns = 1_100, 105
    later_ns = now_ns()

    assert later_ns == 1_100


def test_a_clock_that_is_set_back_is_waited_for_while_time_goes_on() -> None:
    times = Times()
    now_ns = keeper(times)
    now_ns()

    times.epoch_ns, times.steady_ns = 400, 105
    set_back_ns = now_ns()
    times.epoch_ns, times.steady_ns = 1_500, 205
    caught_up_ns = now_ns()

    assert (set_back_ns, caught_up_ns) == (1_100, 1_500)


def test_it_is_never_before_what_another_process_has_seen() -> None:
    times = Times()

    assert keeper(times, after_ns=9_000)() == 9_000
