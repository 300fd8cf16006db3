"""The arithmetic and the table of ``bench/choice``; what it measures is its own affair."""

from math import inf, isclose

import pytest

from choice._catalogue import AUTO, SEQUENTIAL, Contender, all_workloads, chosen, fixed_choices
from choice._measure import Measured, in_turn, read
from choice._one import choice_of, time_one
from choice._regret import best_of, chance, median_of, regret_of, summary
from choice._server import latency_s
from choice._table import Row, fixed, nature, regrets, table
from choice._workload import Workload
from turnout.pipeline import TrackChoice

THREADS = Contender(executor="threads", workers=2)


def workload(name: str = "work", *, failing: int = 0, is_tiny: bool = False) -> Workload:
    return Workload(
        name=name,
        character="3 items",
        reason="a test",
        function=str,
        items=lambda: [1, 2, 3],
        count=3,
        failing=failing,
        is_tiny=is_tiny,
    )


def took(*times: float, chose: str = "") -> list[Measured]:
    return [Measured(wall_s=time, chose=chose) for time in times]


def invert(number: int) -> float:
    return 1 / number


def said(*, count: int = 3, failed: int = 0, error: str = "", choice: str = "null") -> str:
    times = '"wall_s": 0.5, "cpu_s": 0.1, "ready": 1.5'
    outcomes = f'"count": {count}, "failed": {failed}, "error": "{error}"'
    return f'printed by the work\n{{{times}, {outcomes}, "choice": {choice}}}\n'


def test_a_regret_compares_with_the_best_fixed_choice_and_with_the_loop() -> None:
    times = {"sequential": 4.0, "threads x 2": 2.0, "auto": 3.0}

    found = regret_of(times, auto="auto", sequential="sequential")

    assert (found.best, found.ratio, found.over_sequential, found.added_ms) == ("threads x 2", 1.5, 0.75, 1000)


def test_an_automatic_run_is_not_its_own_best() -> None:
    found = regret_of({"sequential": 4.0, "auto": 1.0}, auto="auto", sequential="sequential")

    assert (found.best, found.ratio) == ("sequential", 0.25)


def test_a_failed_automatic_run_has_an_endless_regret() -> None:
    found = regret_of({"sequential": 4.0}, auto="auto", sequential="sequential")

    assert (found.ratio, found.over_sequential) == (inf, inf)


def test_what_nobody_could_run_leaves_no_best() -> None:
    assert best_of({}) is None
    assert best_of({"sequential": inf}) is None
    assert median_of([None, None]) == inf


def test_the_best_fixed_choice_has_a_regret_by_chance_too() -> None:
    times = {"sequential": [4.0], "threads x 2": [2.0, 3.0, 2.2], "processes x 2": [2.4, 2.1, 2.6]}

    # the other two rounds speak for processes (2.35 to 2.6), threads (2.1 to 2.5), processes (2.25 to 2.5)
    assert chance(times) == pytest.approx(sorted([2.4 / 2.2, 3.0 / 2.2, 2.6 / 2.2])[1])


@pytest.mark.parametrize("times", [{}, {"sequential": [1.0], "threads x 2": [2.0]}])
def test_one_run_says_nothing_of_chance(times: dict[str, list[float]]) -> None:
    assert chance(times) is None


def test_a_summary_leaves_out_what_failed_and_names_it() -> None:
    found = summary(
        {
            name: regret_of({"sequential": 1.0, **auto}, auto="auto", sequential="sequential")
            for name, auto in {"even": {"auto": 1.0}, "worse": {"auto": 4.0}, "lost": {}}.items()
        }
    )

    assert found is not None
    assert (found.middle, found.worst, found.notable, found.failed) == (2.5, ("worse", 4.0), 1, ("lost",))
    assert isclose(found.mean, 2)


def test_there_is_no_summary_of_nothing() -> None:
    assert summary({}) is None


def test_a_run_that_lost_or_failed_items_does_not_count() -> None:
    lost = read(workload(), said(count=2))
    failed = read(workload(), said(failed=1, error="TransferError: no"))
    silent = read(workload(), "")

    assert lost.problem == "2 outcomes of 3"
    assert failed.problem == "1 failed, not 0: TransferError: no"
    assert silent.problem == "said nothing"


def test_a_run_whose_items_fail_as_they_should_counts() -> None:
    found = read(workload(failing=2), said(failed=2, choice='{"executor": "threads", "workers": 8}'))

    assert (found.problem, found.wall_s, found.chose) == ("", 0.5, "threads x 8")


def test_one_run_tells_its_time_its_failures_and_what_was_chosen() -> None:
    facts = time_one(invert, [1, 0, 2], "threads", 2)

    assert (facts["count"], facts["failed"], facts["error"]) == (3, 1, "ZeroDivisionError: division by zero")
    assert facts["wall_s"] > 0


def test_a_choice_is_told_in_words_that_json_can_keep() -> None:
    told = choice_of(TrackChoice(executor="threads", workers=8, reasons=["it waits"]))
    plain = read(workload(), said(choice='{"executor": "sequential", "workers": 1}'))

    assert told == {"executor": "threads", "workers": 8, "reasons": ["it waits"], "tracks": []}
    assert plain.chose == "sequential"


def test_contenders_run_in_turn_and_those_that_fail_or_are_far_behind_run_once() -> None:
    results = {"sequential": Measured(wall_s=9.0), "threads x 2": Measured(wall_s=1.0), "auto": Measured(wall_s=9.0)}
    order: list[str] = []

    def measure(_module: str, _workload: Workload, contender: Contender) -> Measured:
        order.append(str(contender))
        return results.get(str(contender), Measured(problem="over 60 s"))

    contenders = [SEQUENTIAL, THREADS, Contender(executor="processes", workers=2), AUTO]
    runs = in_turn("cpu", workload(), contenders, 3, measure)

    assert order == ["sequential", "threads x 2", "processes x 2", "auto", *["threads x 2", "auto"] * 2]
    assert [len(done) for done in runs.values()] == [1, 3, 1, 3]


def test_the_table_tells_what_was_chosen_and_what_it_cost() -> None:
    runs = {
        "sequential": took(2.0),
        "threads x 2": took(0.5, 1.0, 9.0),
        "processes x 2": [Measured(wall_s=0.1, problem="3 failed, not 0: a | b")],
        "auto": [*took(1.5, 1.5, chose="threads x 8"), *took(7.0, chose="sequential")],
    }

    shown = regrets([Row(workload(), runs)])

    cells = "threads x 2 | 1.000 | threads x 8 (2), sequential (1) | 1.500 | 1.50 | 0.75 |"
    assert f"| work | 3 items | {cells}" in shown
    assert "regret over 1 workloads: median 1.50, geometric mean 1.50, worst 1.50 (work), 1 above 1.25" in shown
    assert "3 failed, not 0: a \\| b" in fixed([Row(workload(), runs)])


def test_tiny_work_is_judged_by_what_is_added() -> None:
    row = Row(workload("tiny", is_tiny=True), {"sequential": took(0.001), "auto": took(0.003, chose="sequential")})

    shown = regrets([row])

    assert "worst 2.00 ms (tiny), 0 of 1 under 1 ms" in shown
    assert "regret over" not in shown


def test_an_automatic_run_that_failed_becomes_a_cell() -> None:
    row = Row(workload(), {"sequential": took(1.0), "auto": [Measured(problem="over 60 s")]})

    shown = regrets([row])

    assert "| over 60 s |" in shown
    assert "auto could not be counted on 1: work" in shown
    assert "regret over" not in shown


def test_the_nature_of_work_is_told_by_ready_workers_and_what_sending_costs() -> None:
    runs = {
        "sequential": [Measured(wall_s=1.0, cpu_s=0.5, ready=0.9)],
        "threads x 2": [Measured(wall_s=1.0, cpu_s=0.5, ready=1.75)],
        "processes x 2": [Measured(wall_s=1.0, cpu_s=2.0)],
    }

    assert "| work | 0.500 | 0.90 | 1.75 | - | 4.0 |" in nature([Row(workload(), runs)])


def test_a_table_has_a_line_for_each_row() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


@pytest.mark.parametrize("workload", [workload for _, workload in all_workloads()], ids=lambda workload: workload.name)
def test_each_workload_says_what_it_is_and_has_choices(workload: Workload) -> None:
    names = [str(choice) for choice in fixed_choices(workload)]

    assert workload.character
    assert workload.reason
    assert len(set(names)) == len(names)
    assert str(SEQUENTIAL) in names
    assert any(name.startswith("asyncio") for name in names) == workload.is_async


def test_names_are_unique_and_unknown_ones_are_refused() -> None:
    names = [workload.name for _, workload in all_workloads()]

    assert len(set(names)) == len(names) >= 28
    with pytest.raises(ValueError, match="no workload is called nonsense"):
        chosen(["noops", "nonsense"])


def test_the_limited_server_answers_less_the_more_ask_beyond_its_knee() -> None:
    answered = [callers / latency_s(0.02, 8, callers) for callers in (4, 8, 16, 32)]

    assert answered[0] < answered[1] > answered[2] > answered[3]
