"""Whether every Python came to the same outcomes."""

from collections.abc import Sequence

from python_samples import entrant, sample_runs, took
from turnout.advise import compare_pythons
from turnout.measurement import PythonRun


def run(name: str, *models: tuple[str, Sequence[int]], failures: int = 0) -> PythonRun:
    return PythonRun(
        entrant=entrant(name),
        measurements=tuple(
            took(name, model, 1.0, prints=prints, failures=failures if model == "sequential" else 0)
            for model, prints in models
        ),
    )


def test_equal_outcomes_are_no_finding() -> None:
    assert compare_pythons(sample_runs()) == ()


def test_no_other_python_is_no_finding() -> None:
    assert compare_pythons([]) == ()


def test_outcomes_that_differ_between_pythons_name_items_and_camps() -> None:
    runs = [
        run("A 3", ("sequential", (2, 4, 6))),
        run("B 3", ("sequential", (2, 4, 6))),
        run("C 2", ("sequential", (2, 8, 6))),
    ]

    (found,) = compare_pythons(runs, indexes=(10, 20, 30))

    assert found.title == "1 of 3 items came out differently under different Pythons."
    assert found.details[:2] == (
        "On 1 item: A 3 and B 3 agree; C 2 stands alone.",
        "The item 20, counted from 0.",
    )


def test_a_race_that_a_lock_hides_elsewhere_is_told_of_the_python_that_shows_it() -> None:
    runs = [
        run("A 3", ("sequential", (2, 4, 6)), ("threads", (2, 4, 6))),
        run("B 3t", ("sequential", (2, 4, 6)), ("threads", (2, 4, 8))),
    ]

    (found,) = compare_pythons(runs)

    assert found.title.endswith("under different executors: this is a racy or impure function.")
    assert "threads x 2 on B 3t stands alone" in found.details[0]


def test_items_that_fail_in_one_python_only_are_told() -> None:
    runs = [run("A 3", ("sequential", (2, 4, 6))), run("B 2", ("sequential", (2, 5, 6)), failures=1)]

    found = compare_pythons(runs)

    assert [one.title for one in found] == ["Items fail under B 2 but not under A 3."]


def test_outcomes_that_cannot_be_compared_with_ours_are_counted() -> None:
    runs = [run("A 3", ("sequential", (2, 4, 6))), run("B 3", ("sequential", (2, 0, 0)))]

    found = compare_pythons(runs)

    assert [one.title for one in found] == ["Up to 2 of 3 outcomes of B 3 can't be compared with ours."]


def test_outcomes_that_nobody_can_compare_are_no_finding_of_another_python() -> None:
    runs = [run("A 3", ("sequential", (0, 4, 6))), run("B 3", ("sequential", (0, 4, 6)))]

    assert compare_pythons(runs) == ()
