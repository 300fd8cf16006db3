from synthetic import measured
from turnout.advise import Choice, choose, project
from turnout.measurement import Contender, Measurement

SEQUENTIAL = measured("sequential", item_s=0.01)


def chosen(*measurements: Measurement, item_count: int = 100) -> Choice:
    choice = choose(measurements, [project(one, item_count) for one in measurements])
    assert choice is not None
    return choice


def test_the_fastest_wins_and_says_by_how_much() -> None:
    choice = chosen(SEQUENTIAL, measured("threads", 10, item_s=0.01), measured("processes", 10, wall_s=2.0))

    assert choice.contender == Contender(executor="threads", workers=10)
    assert choice.predicted_s == 0.1
    assert choice.reasons == (
        "threads x 10 takes 100 ms for 100 items.",
        "That is 10.0 times as fast as sequential, which takes 1.00 s.",
        "The slowest, processes x 10, takes 2.00 s: 20.0 times as long.",
    )


def test_what_all_items_take_decides_and_not_what_the_sample_took() -> None:
    short = [measured("sequential", item_s=0.001), measured("processes", 2, item_s=0.001, startup_s=0.1)]

    small = choose(short, [project(one, 100) for one in short])
    large = choose(short, [project(one, 10_000) for one in short])

    assert small is not None
    assert large is not None
    assert small.contender.executor == "sequential"
    assert large.contender.executor == "processes"


def test_within_the_noise_the_simpler_one_wins() -> None:
    choice = chosen(SEQUENTIAL, measured("threads", 2, wall_s=0.98), measured("processes", 2, wall_s=0.99))

    assert choice.contender.executor == "sequential"
    assert choice.reasons == (
        "sequential takes 1.00 s for 100 items.",
        "threads x 2 takes 980 ms; the difference of 2 % is within the noise, and sequential is simpler.",
    )


def test_the_fastest_that_is_also_the_simplest_says_so() -> None:
    choice = chosen(SEQUENTIAL, measured("threads", 2, wall_s=1.01))

    assert choice.reasons == (
        "sequential takes 1.00 s for 100 items.",
        "threads x 2 takes as long within the noise; sequential is simpler.",
    )


def test_fewer_workers_win_within_the_noise() -> None:
    choice = chosen(SEQUENTIAL, measured("threads", 64, wall_s=0.100), measured("threads", 16, wall_s=0.102))

    assert choice.contender.workers == 16


def test_overlapping_intervals_make_a_tenth_noise_and_distinct_ones_do_not() -> None:
    noise = (0.9, 1.0, 1.2)
    noisy = chosen(measured("sequential", drifts=noise), measured("threads", 2, wall_s=0.095, drifts=noise))
    clear = chosen(measured("sequential"), measured("threads", 2, wall_s=0.095))

    assert noisy.contender.executor == "sequential"
    assert clear.contender.executor == "threads"


def test_a_contender_that_fails_more_is_left_out() -> None:
    choice = chosen(SEQUENTIAL, measured("threads", 10, item_s=0.01, failures=3))

    assert choice.contender.executor == "sequential"
    assert choice.reasons[-1] == "threads x 10 is left out: 3 of 100 items failed, against none under sequential."


def test_items_that_fail_everywhere_do_not_prevent_a_choice() -> None:
    choice = chosen(measured("sequential", failures=1), measured("threads", 10, failures=1))

    assert choice.contender.executor == "threads"
    assert choice.reasons[-1] == "1 of 100 items failed under every contender that was compared."


def test_nobody_is_chosen_if_all_items_failed_or_nobody_ran() -> None:
    assert choose([measured("sequential", item_count=3, failures=3)]) is None
    assert choose([]) is None


def test_without_projections_the_sample_decides() -> None:
    choice = choose([SEQUENTIAL, measured("processes", 2, item_s=0.01, drifts=(0.9, 1.0, 1.1))])

    assert choice is not None
    assert choice.contender.executor == "processes"
    assert choice.predicted_s is None
    assert choice.reasons[0] == "processes x 2 takes 500 ms for 100 items (between 450 ms and 550 ms)."


def test_an_executor_that_is_not_known_is_the_least_simple() -> None:
    assert (
        chosen(measured("dask", 2, wall_s=1.0), measured("processes", 2, wall_s=1.0)).contender.executor == "processes"
    )
