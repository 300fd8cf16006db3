"""A race of programs as text, page and JSON."""

import json
from dataclasses import replace

from report_samples import HOSTILE, environment
from turnout.measurement import Harvest, ProgramHeat, ProgramMeasurement, Refusal
from turnout.report._ways_rows import way_rows, ways_verdict
from turnout.report._ways_types import WaysReport


def program(name: str, *walls_s: float, done: int = 10) -> ProgramMeasurement:
    heats = tuple(
        ProgramHeat(
            wall_ns=round(wall_s * 1e9),
            cpu_ns=100_000_000,
            memory_bytes=20_000_000,
            harvest=Harvest(done=done, failed=10 - done, received_bytes=1_000_000),
        )
        for wall_s in walls_s
    )
    return ProgramMeasurement(name=name, heats=heats)


REPORT = WaysReport(
    title="Downloading 10 images",
    noun="image",
    wanted=10,
    measurements=(
        program("the course, one after the other", 2.4, 2.5, 2.6),
        program("the course, 10 threads", 0.5, 0.5, 0.6),
        program("turnout download", 0.4, 0.4, 0.4),
    ),
    refusals=(),
    notes=("A note.",),
    environment=environment({}),
)

GOLDEN = """\
Downloading 10 images
10 images in each heat, 3 heats of each program
program                             wall         interval   speed-up      CPU    memory   images
────────────────────────────────────────────────────────────────────────────────────────────────
the course, one after the other   2.50 s   2.40 to 2.60 s      1.00x   100 ms   20.0 MB       10
the course, 10 threads            500 ms    500 to 600 ms      5.00x   100 ms   20.0 MB       10
turnout download                  400 ms           400 ms      6.25x   100 ms   20.0 MB       10
wall: median, from a program's start to its end; interval: of that median; CPU: time on a core; memory: the most that
was held.

Verdict
  The fastest was turnout download: 400 ms, 6.25 times as fast as the course, one after the other.
  The course, one after the other took 2.50 s, 6.25 times as long.
  The course, 10 threads took 500 ms, 1.25 times as long.
  A note.
"""


def test_a_race_of_programs_is_told_as_a_table_and_sentences() -> None:
    assert REPORT.to_text(120).startswith(GOLDEN)


def test_a_narrow_terminal_does_without_intervals() -> None:
    lines = REPORT.to_text(80).splitlines()

    assert "interval" not in lines[2]
    assert max(map(len, lines)) <= 80


def test_whoever_brings_less_does_not_win() -> None:
    report = replace(REPORT, measurements=(*REPORT.measurements[:2], program("hasty", 0.1, done=9)))

    said = ways_verdict(report)

    assert said[0].startswith("The fastest was the course, 10 threads")
    assert said[-1] == "hasty brought 9 of 10 images."
    assert [row.chosen for row in way_rows(report)] == [False, True, False]


def test_what_may_be_chance_is_said_to_be() -> None:
    report = replace(REPORT, measurements=(program("a", 1.0, 1.2), program("b", 1.1, 1.3)))

    assert ways_verdict(report)[1].endswith("; the two intervals overlap, so that this may be chance.")


def test_a_race_that_nobody_finished_says_so() -> None:
    report = replace(REPORT, measurements=(), refusals=(Refusal(name="x", reason="it broke"),))

    text, page = report.to_text(80), report.to_html()

    assert "No program came to its end." in text
    assert "x: it broke." in text
    assert "refused: it broke" in page


def test_a_race_that_brought_nothing_has_no_winner() -> None:
    nothing = tuple(
        replace(one, heats=tuple(replace(heat, harvest=replace(heat.harvest, done=0)) for heat in one.heats))
        for one in REPORT.measurements
    )
    report = replace(REPORT, measurements=nothing)

    text, page = report.to_text(80), report.to_html()

    assert "No program brought any image; see whether it can be had at all." in text
    assert "fastest" not in text + page.lower().partition("<body")[2]


def test_the_page_has_bars_a_table_and_the_environment() -> None:
    page = REPORT.to_html()

    for words in ("Wall time", "the course, 10 threads", "6.25x", "CPython 3.11.7", "20.0 MB", "A note."):
        assert words in page


def test_the_values_are_given_as_json() -> None:
    told = json.loads(REPORT.to_json())

    assert told["schema"] == "turnout.ways/1"
    assert [program["chosen"] for program in told["programs"]] == [False, False, True]
    assert told["programs"][0]["heats"][0] == {
        "wall_s": 2.4, "cpu_s": 0.1, "memory_bytes": 20_000_000, "done": 10, "failed": 0, "received_bytes": 1_000_000
    }  # fmt: skip


def test_hostile_names_are_harmless() -> None:
    report = replace(REPORT, title=HOSTILE, measurements=(program(HOSTILE, 1.0),), notes=(HOSTILE,))

    page, text = report.to_html(), report.to_text(80)

    assert "<script>alert" not in page
    assert "\x1b" not in text
