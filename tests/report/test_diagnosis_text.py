"""A diagnosed program's report as text."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from diagnosis_samples import (
    SECOND,
    crowd_report,
    empty_report,
    gil_report,
    hostile_report,
    io_report,
    long_report,
    recording,
    thread,
)
from report_samples import MS
from turnout.observe import State
from turnout.report import DiagnosisReport
from turnout.report._thread_rows import thread_labels, thread_rows

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = {
    "gil_diagnosis": gil_report(),
    "io_diagnosis": io_report(),
    "crowd_diagnosis": crowd_report(),
    "empty_diagnosis": empty_report(),
    "hostile_diagnosis": hostile_report(),
}
each = pytest.mark.parametrize("report", SAMPLES.values(), ids=SAMPLES.keys())


def words(report: DiagnosisReport, width: int = 140) -> str:
    return " ".join(report.to_text(width).split())


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_is_as_reviewed(name: str) -> None:
    text = SAMPLES[name].to_text(100 if name == "gil_diagnosis" else 80, explain=name == "gil_diagnosis")

    assert text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@each
@pytest.mark.parametrize("width", [10, 60, 67, 80, 100, 500])
@pytest.mark.parametrize("explain", [False, True])
def test_no_line_is_wider_than_asked(report: DiagnosisReport, width: int, *, explain: bool) -> None:
    text = report.to_text(width, explain=explain)

    assert max(cell_len(line) for line in text.splitlines()) <= min(140, max(60, width))


def test_a_terminal_gets_colours_but_no_codes_of_the_input() -> None:
    text = hostile_report().to_text(colour=True)

    assert "\x1b[" in text
    assert "\x1b[31m[red]" not in text
    assert "\x1b" not in hostile_report().to_text()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_rows_percents_add_up_to_a_hundred(name: str) -> None:
    rows = thread_rows(SAMPLES[name].recording, 12)

    assert all(sum(row.percents.values()) == 100 for row in rows if row.wall_ns)


def test_all_threads_are_in_one_row_or_another() -> None:
    rows = thread_rows(crowd_report().recording, 12)

    assert [row.thread_count for row in rows] == [1] * 12 + [108]
    assert sum(row.wall_ns for row in rows) == 120 * 2 * SECOND
    assert rows[0].percents[State.RUN] > rows[-1].percents[State.RUN]


def test_a_bar_is_drawn_where_there_is_room() -> None:
    assert "██" not in gil_report().to_text(80)
    assert "█▓▓" in gil_report().to_text(100)


def test_threads_over_time_are_drawn_if_asked() -> None:
    report = long_report(segments=4_000, count=1)

    *_, strip = [line for line in report.to_text(80, explain=True).splitlines() if line.startswith("w0 (main)")]

    assert 28 <= strip.count("█") <= 33
    assert strip.count("▓") == pytest.approx(strip.count("░"), abs=2)


def test_unknown_time_has_a_column_only_where_there_is_any() -> None:
    assert "unknown" not in gil_report().to_text()
    assert "unknown" in hostile_report().to_text()


def test_without_a_global_lock_there_is_no_column_for_it() -> None:
    assert "GIL" not in io_report().to_text()


def test_threads_of_one_name_are_told_apart_by_their_number() -> None:
    seen = recording([thread(7, "python", []), thread(8, "python", []), thread(9, "beat", [])])

    assert thread_labels(seen) == {7: "python 7", 8: "python 8", 9: "beat"}


def test_who_held_the_lock_and_who_waits_behind_whom_is_told() -> None:
    said = words(gil_report())

    assert "Held by crunch-0 24 %, crunch-1 24 %, crunch-2 24 % and crunch-3 24 %; free for 2 % of the time." in said
    assert "It passed to another thread 200 times a second." in said
    assert "heartbeat waited 780 ms for the GIL, most of it behind crunch-0: 39 % of its time" in said


def test_a_remedy_comes_with_its_gain_and_its_proof() -> None:
    said = words(gil_report())

    assert "processes instead of threads: at most 1.98 times as fast." in said
    assert "turnout race app:factor --items numbers.txt --executors threads,processes" in said
    assert "more threads, though it looks as if it helped." in said


def test_a_gain_without_bounds_is_not_told() -> None:
    assert "times as fast" not in hostile_report().to_text()


def test_more_than_a_few_are_counted_unless_all_are_asked_for() -> None:
    found = gil_report()
    many = replace(found, diagnosis=replace(found.diagnosis, lines=found.diagnosis.lines * 4))

    assert "and 5 more" in words(many)
    assert "and 5 more" not in many.to_text(explain=True)


def test_a_call_that_held_the_loop_is_told_with_its_stack() -> None:
    said = words(io_report())

    assert "python (main) was held for 312 ms, 608 ms after the start: waiting for the network." in said
    assert "getaddrinfo, socket.py:962" in said


def test_what_children_took_is_told() -> None:
    report = gil_report()
    seen = replace(report.recording, child_cpu_ns=1_500 * MS)

    assert "child processes took 1.50 s on cores" in words(replace(report, recording=seen))


def test_a_report_is_named_by_what_was_found() -> None:
    assert repr(io_report()) == "<DiagnosisReport 'python serve.py': The event loop is held up by calls that block it.>"
    assert str(io_report()) == io_report().to_text()
