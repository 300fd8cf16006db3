from dataclasses import replace

import pytest

from report_samples import (
    MS,
    download_report,
    factor_report,
    lane,
    main_thread,
    measurement,
    small_report,
    thread,
    trace,
)
from turnout.advise import Bound, Choice
from turnout.measurement import Measurement
from turnout.report import RaceReport, verdict
from turnout.report._standings import baseline_name, standings
from turnout.report._verdict import BOUNDS


def ran(executor: str, wall_ms: int, workers: int = 1) -> Measurement:
    return measurement(executor, workers, trace(lane(0, 0, [wall_ms * MS], 0.5), thread, tail_ns=0))


def race(*measurements: Measurement, chosen: int | None = 0) -> RaceReport:
    return small_report(measurements, chosen=None if chosen is None else measurements[chosen].contender)


def test_the_headline_tells_the_winner_and_its_gain() -> None:
    assert verdict(download_report())[0] == "Take threads x 10: 264 ms, 8.85 times as fast as sequential (2.34 s)."


def test_the_wrong_model_is_named_with_its_cost() -> None:
    sentences = verdict(factor_report())

    assert any("threads x 10 took 319 ms, 1.58 times as long as processes x 2" in one for one in sentences)


def test_all_items_are_projected_on_the_winner() -> None:
    assert "All 10,000 items would take about 403 ms (397 to 415 ms) with processes x 2." in verdict(factor_report())


def test_models_whose_intervals_overlap_are_called_level() -> None:
    assert any("cannot tell threads x 10" in one for one in verdict(download_report()))


def test_the_next_model_is_told_with_its_distance() -> None:
    report = race(ran("threads", 100, 4), ran("processes", 130, 2), ran("sequential", 390))

    assert "The next best model, processes x 2, took 130 ms: 1.30 times as long as threads x 4." in verdict(report)


def test_a_simpler_winner_that_is_a_little_slower_is_explained() -> None:
    report = race(ran("threads", 210, 4), ran("processes", 100, 2))

    assert any("too little to give up threads x 4" in one for one in verdict(report))


def test_sequential_can_win() -> None:
    report = race(ran("sequential", 100), ran("threads", 300, 4))

    assert verdict(report)[0] == "Stay sequential: 100 ms; threads x 4 took 300 ms."


def test_without_sequential_the_slowest_is_the_yardstick() -> None:
    report = race(ran("threads", 100, 4), ran("processes", 300, 2))

    assert verdict(report)[0] == "Take threads x 4: 100 ms, 3.00 times as fast as processes x 2 (300 ms)."
    assert baseline_name(report) == "the slowest, processes x 2"


def test_a_tie_of_all_models_costs_little() -> None:
    report = race(ran("threads", 100, 4), ran("processes", 101, 2))

    assert verdict(report)[0].endswith("about as fast as processes x 2.")
    assert "The wrong model costs little here: none is more than 10 % slower." in verdict(report)


def test_a_cost_within_the_noise_is_not_called_dear() -> None:
    noisy = ran("processes", 120, 2)
    fast, *rest = noisy.heats
    noisy = replace(noisy, heats=(replace(fast, wall_ns=95 * MS), *rest))
    report = race(ran("threads", 100, 4), noisy)

    assert "The wrong model costs nothing that this race can tell from noise." in verdict(report)


def test_other_worker_counts_of_the_winner_are_no_wrong_model() -> None:
    report = race(ran("threads", 100, 4), ran("threads", 300, 1))

    assert not any("wrong model" in one or "next best" in one for one in verdict(report))


def test_a_faster_model_that_fails_more_is_not_said_to_be_slower() -> None:
    failing = ran("sequential", 10)
    failing = replace(failing, heats=tuple(replace(heat, failures=1) for heat in failing.heats))
    report = race(ran("processes", 100, 2), failing)

    assert verdict(report)[0] == "Take processes x 2: 100 ms; under sequential more items failed, 1 against 0."


def test_a_race_of_one_item_does_not_tell_what_more_workers_would_gain() -> None:
    report = replace(race(ran("sequential", 100)), sample_count=1, item_count=1)

    said = " ".join(verdict(report))

    assert "It was one item, which one worker runs" in said
    assert "more cores would help" not in said
    assert "1 item would take" not in said


def test_a_model_that_fails_more_is_no_rival() -> None:
    failing = ran("processes", 90, 2)
    failing = replace(failing, heats=tuple(replace(heat, failures=1) for heat in failing.heats))
    report = race(ran("threads", 100, 4), failing)

    assert not any("next best" in one for one in verdict(report))
    assert [row.failures for row in standings(report)] == [0, 1]


@pytest.mark.parametrize(
    ("report", "headline"),
    [
        (race(ran("threads", 100, 4)), "threads x 4 is the only model that ran: 100 ms."),
        (race(ran("threads", 100, 4), chosen=None), "No model finished the work."),
        (small_report(), "No model could run the work."),
    ],
)
def test_a_race_without_a_rival_is_told_as_it_was(report: RaceReport, headline: str) -> None:
    assert verdict(report)[0] == headline


def test_a_winner_that_took_no_time_is_not_divided_by() -> None:
    nothing = measurement("threads", 2, trace([], main_thread, tail_ns=0))
    report = race(nothing, ran("processes", 100, 2))

    assert verdict(report)[0] == "Take threads x 2: 0 s, against 100 ms for processes x 2."
    assert standings(report)[0].speedup is None


def test_a_choice_that_did_not_run_has_no_measurement() -> None:
    report = replace(
        race(ran("threads", 100, 4)),
        choice=Choice(contender=ran("asyncio", 1).contender, reasons=(), predicted_s=None),
    )

    assert report.best is None


@pytest.mark.parametrize("bound", list(Bound))
def test_each_bound_is_explained(bound: Bound) -> None:
    assert all(BOUNDS[bound])
