"""Costs, as the measuring process tells them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.machine import CostKind
from turnout.machine._bounded import Answer
from turnout.machine._costs import Found, measure_costs, read, summary
from turnout.testing import FakeClock


def line(kind: CostKind, event: str, **rest: object) -> str:
    return json.dumps({"kind": kind, "event": event, **rest})


def answer(*lines: str, exit_code: int | None = 0, error_text: str = "") -> Answer:
    return Answer(output="\n".join(lines), error_text=error_text, exit_code=exit_code)


def test_a_cost_is_the_median_between_its_quartiles() -> None:
    cost = summary(CostKind.THREAD_START, [5.0, 1.0, 2.0, 4.0, 3.0])

    assert (cost.low, cost.median, cost.high, cost.repeats) == (2.0, 3.0, 4.0, 5)


@given(st.lists(st.floats(0, 1e12), min_size=1))
def test_the_median_lies_between_the_quartiles(samples: list[float]) -> None:
    cost = summary(CostKind.LOCK_FREE, samples)

    assert min(samples) <= cost.low <= cost.median <= cost.high <= max(samples)


def test_no_samples_make_no_cost() -> None:
    with pytest.raises(ValueError, match="no samples"):
        summary(CostKind.LOCK_FREE, [])


@pytest.mark.parametrize(
    ("kind", "unit"),
    [(CostKind.FORK_START, "ns"), (CostKind.PIPE_BANDWIDTH, "bytes/s"), (CostKind.THREAD_MEMORY, "bytes")],
)
def test_each_kind_has_its_unit(kind: CostKind, unit: str) -> None:
    assert kind.unit == unit


def test_lines_that_are_foreign_or_cut_off_are_passed_over() -> None:
    found = Found()

    read(
        [
            "hello from a library",
            "[]",
            '{"kind": "warp_start", "event": "samples", "samples": [1]}',
            line(CostKind.FORK_START, "samples", samples=[]),
            line(CostKind.FORK_START, "samples", samples=None),
            line(CostKind.LOCK_FREE, "samples", samples=[40]),
            line(CostKind.SPAWN_START, "samples", samples=[1])[:-5],
        ],
        found,
    )

    assert list(found.measured) == [CostKind.LOCK_FREE]
    assert found.unmeasured == {}


def test_what_is_unavailable_is_listed_with_its_reason_and_stays_so() -> None:
    def run(_: Sequence[str], __: float) -> Answer:
        return answer(line(CostKind.FORK_START, "unavailable", reason="no fork here"))

    found = measure_costs(FakeClock(), [CostKind.FORK_START], run)

    assert found.unmeasured[CostKind.FORK_START].reason == "no fork here"
    assert found.lasting


def test_a_probe_that_kills_the_process_loses_only_its_own_cost() -> None:
    asked: list[list[str]] = []

    def run(kinds: Sequence[str], _: float) -> Answer:
        asked.append(list(kinds))
        if len(asked) == 1:
            return answer(
                line(CostKind.THREAD_START, "samples", samples=[1]),
                line(CostKind.SHARED_MEMORY_BANDWIDTH, "begin"),
                exit_code=-7,
            )
        return answer(line(CostKind.LOCK_FREE, "samples", samples=[2]))

    kinds = [CostKind.THREAD_START, CostKind.SHARED_MEMORY_BANDWIDTH, CostKind.LOCK_FREE]
    found = measure_costs(FakeClock(), kinds, run)

    assert asked == [["thread_start", "shared_memory_bandwidth", "lock_free"], ["lock_free"]]
    assert set(found.measured) == {CostKind.THREAD_START, CostKind.LOCK_FREE}
    assert found.unmeasured[CostKind.SHARED_MEMORY_BANDWIDTH].reason == "it was ended by signal 7"
    assert not found.lasting


def test_a_probe_that_says_nothing_is_told() -> None:
    found = measure_costs(FakeClock(), [CostKind.LOCK_FREE], lambda *_: answer())

    assert "silent" in found.unmeasured[CostKind.LOCK_FREE].reason


def test_all_measurements_together_have_a_time_limit() -> None:
    clock = FakeClock()

    def run(_: Sequence[str], timeout_s: float) -> Answer:
        clock.pause_s(timeout_s)
        return answer(exit_code=None)

    found = measure_costs(clock, list(CostKind), run)

    assert set(found.unmeasured) == set(CostKind)
    assert clock.wall_ns() == 30_000_000_000


def test_a_measuring_process_that_cannot_start_leaves_all_unmeasured() -> None:
    def run(_: Sequence[str], __: float) -> Answer:
        raise OSError("too many processes")

    found = measure_costs(FakeClock(), [CostKind.LOCK_FREE, CostKind.FORK_START], run)

    assert {gap.reason for gap in found.unmeasured.values()} == {
        "the measuring process did not start: too many processes"
    }


def test_the_users_own_modules_are_not_taken_for_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "statistics", "typing", "dataclasses"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is no module of Python')\n")
    monkeypatch.chdir(tmp_path)

    assert measure_costs(FakeClock(), [CostKind.LOCK_FREE]).unmeasured == {}


def test_a_real_process_measures_what_it_is_asked_for() -> None:
    found = measure_costs(FakeClock(), [CostKind.LOCK_FREE, CostKind.THREAD_START])

    assert found.unmeasured == {}
    assert found.measured[CostKind.LOCK_FREE].median < found.measured[CostKind.THREAD_START].median
