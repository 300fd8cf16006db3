from dataclasses import replace

from synthetic import measured
from turnout.advise import compare_outcomes
from turnout.measurement import Measurement

SAME = (1.0, 1.0)


def ran(executor: str, *heats: list[int], failures: int = 0, first_failure: str = "", workers: int = 1) -> Measurement:
    return measured(
        executor,
        workers,
        item_count=len(heats[0]),
        drifts=[1.0] * len(heats),
        prints=heats,
        failures=failures,
        first_failure=first_failure,
    )


def test_equal_outcomes_are_no_finding() -> None:
    found = compare_outcomes([ran("sequential", [2, 4, 6], [2, 4, 6]), ran("threads", [2, 4, 6], [2, 4, 6])])

    assert found == ()


def test_nothing_raced_is_no_finding() -> None:
    assert compare_outcomes([]) == ()


def test_one_contender_that_repeats_itself_is_no_finding() -> None:
    assert compare_outcomes([ran("sequential", [2, 4], [2, 4])]) == ()


def test_outcomes_that_differ_between_executors_name_items_and_camps() -> None:
    found = compare_outcomes(
        [
            ran("sequential", [2, 4, 6], [2, 4, 6]),
            ran("threads", [2, 8, 10], [2, 8, 10], workers=2),
            ran("processes", [2, 4, 6], [2, 4, 6], workers=2),
        ]
    )

    assert [finding.title for finding in found] == [
        "2 of 3 items came out differently under different executors: this is a racy or impure function."
    ]
    assert found[0].details[:2] == (
        "On 2 items: sequential and processes x 2 agree; threads x 2 stands alone.",
        "The items 1 and 2, counted from 0.",
    )


def test_outcomes_that_differ_between_runs_of_one_executor_are_told_once() -> None:
    found = compare_outcomes([ran("sequential", [2, 4], [2, 4]), ran("threads", [2, 6], [2, 4], workers=2)])

    assert [finding.title for finding in found] == [
        "Up to 1 of 2 items came out differently when run again: this is a racy or impure function."
    ]
    assert found[0].details[0] == "threads x 2: 1 item differed between its 2 runs; the item 1, counted from 0."


def test_many_differences_are_told_by_their_first_examples() -> None:
    count = 100
    found = compare_outcomes([ran("sequential", [2] * count), ran("threads", [4] * count, workers=2)])

    assert found[0].details[1] == "Among them items 0, 1, 2, 3 and 4, counted from 0."


def test_items_of_a_sample_are_named_by_their_place_among_all() -> None:
    found = compare_outcomes([ran("sequential", [2, 4]), ran("threads", [2, 6])], indexes=[500, 1500])

    assert found[0].details[1] == "The item 1,500, counted from 0."


def test_items_that_fail_under_one_executor_only_are_told() -> None:
    found = compare_outcomes(
        [
            ran("sequential", [2, 4]),
            ran("processes", [2, 7], failures=1, first_failure="TransferError: no", workers=2),
        ]
    )

    assert [finding.title for finding in found] == ["Items fail under processes x 2 but not under sequential."]
    assert found[0].details == (
        "processes x 2: 1 of 2 items failed; the first with TransferError: no.",
        "The item 1, counted from 0.",
    )


def test_a_difference_beside_a_failure_is_told_too() -> None:
    found = compare_outcomes(
        [
            ran("sequential", [2, 4, 6]),
            ran("threads", [2, 7, 8], failures=1, first_failure="ValueError: no", workers=2),
        ]
    )

    assert [finding.title for finding in found] == [
        "1 of 3 items came out differently under different executors: this is a racy or impure function.",
        "Items fail under threads x 2 but not under sequential.",
    ]


def test_items_that_fail_everywhere_are_told() -> None:
    found = compare_outcomes(
        [
            ran("sequential", [2, 5], failures=1, first_failure="URLError: 404"),
            ran("threads", [2, 5], failures=1),
        ]
    )

    assert [finding.title for finding in found] == ["1 of 2 items failed under every executor."]
    assert found[0].details == (
        "sequential: 1 of 2 items failed; the first with URLError: 404.",
        "threads x 1: 1 of 2 items failed.",
        "The item 1, counted from 0.",
    )


def test_outcomes_that_cannot_be_compared_are_counted_and_accuse_nobody() -> None:
    found = compare_outcomes([ran("sequential", [0, 4], [2, 4]), ran("threads", [6, 4], [0, 4])])

    assert "1 of 2 outcomes can't be compared, so a difference would go unseen." in [one.title for one in found]


def test_only_outcomes_that_cannot_be_compared_leave_no_other_finding() -> None:
    found = compare_outcomes([ran("sequential", [0, 0]), ran("threads", [0, 0])])

    assert [finding.title for finding in found] == [
        "2 of 2 outcomes can't be compared, so a difference would go unseen."
    ]


def test_a_heat_without_fingerprints_is_not_compared() -> None:
    bare = ran("sequential", [2, 4])

    found = compare_outcomes([replace(bare, heats=tuple(replace(heat, fingerprints=b"") for heat in bare.heats))] * 2)

    assert found == ()
