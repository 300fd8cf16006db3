from synthetic import environment, measured
from turnout.advise import judge_environment
from turnout.measurement import Environment, Measurement

QUIET = environment()


def titles(where: Environment, *measurements: Measurement) -> list[str]:
    return [finding.title for finding in judge_environment(where, measurements)]


def test_a_quiet_machine_and_clear_results_are_no_finding() -> None:
    assert titles(QUIET, measured("sequential"), measured("processes", 2)) == []


def test_a_race_without_contenders_is_no_finding() -> None:
    assert titles(environment(load=None)) == []


def test_a_machine_that_was_busy_before_is_told() -> None:
    assert titles(environment(load=5.2), measured("sequential")) == [
        "The machine was busy before the race: 5.20 processes wanted 2 usable cores."
    ]


def test_a_machine_that_took_cores_away_meanwhile_is_told() -> None:
    slowed = measured("sequential", item_count=100, item_s=0.01, cpu_share=0.7, queued_s=0.3)

    assert titles(QUIET, measured("processes", 2, queued_s=9), slowed) == [
        (
            "Other programs took cores away: the only worker of sequential was ready to run but without a core for "
            "30 % of its items' time."
        )
    ]


def test_a_system_that_tells_nothing_of_queues_is_no_finding() -> None:
    assert titles(QUIET, measured("sequential", queued_s=None)) == []


def test_few_runs_are_told_with_what_they_are_worth() -> None:
    assert titles(QUIET, measured("sequential", drifts=(1.0, 1.0, 1.0))) == [
        "Each contender ran only 3 times, so an interval holds the true median in 75 % of cases."
    ]
    assert titles(QUIET, measured("sequential", drifts=(1.0,))) == [
        "Each contender ran only once, so nothing tells how much its times vary."
    ]


def test_contenders_that_overlap_because_runs_vary_are_told() -> None:
    noise = (0.8, 0.9, 1.0, 1.1, 1.5)

    found = titles(QUIET, measured("sequential", drifts=noise), measured("threads", 2, wall_s=0.11, drifts=noise))

    assert found == ["The runs vary too much to tell sequential and threads x 2 apart."]


def test_runs_that_vary_but_leave_no_doubt_are_no_finding() -> None:
    noise = (0.8, 0.9, 1.0, 1.1, 1.5)

    assert titles(QUIET, measured("sequential", drifts=noise), measured("threads", 2, wall_s=1, drifts=noise)) == []


def test_workers_without_an_item_are_told() -> None:
    found = titles(QUIET, measured("sequential", item_count=4), measured("threads", 8, item_count=4))

    assert found == ["threads x 8 had only 4 items in each run, so not every worker had one."]
