"""Other Pythons, as a terminal, a page and a program see them."""

import json
from dataclasses import replace

import pytest

from python_samples import entrant, ran, sample_runs, took
from report_samples import HOSTILE, factor_report
from turnout.measurement import PythonRun, Refusal
from turnout.report import RaceReport
from turnout.report._html import render_html
from turnout.report._python_rows import python_rows, python_sentences


def report(*runs: PythonRun) -> RaceReport:
    return replace(factor_report(), pythons=runs or sample_runs())


def part_of(text: str, start: str, end: str) -> str:
    return text[text.index(start) : text.index(end)]


def test_one_table_tells_every_python_and_model() -> None:
    text = part_of(report().to_text(80), "Under other Pythons", "Above: wall time")

    assert text == (
        "Under other Pythons\n"
        "Python                sequential  threads x 2  processes x 2  interpreters x 2\n"
        "──────────────────────────────────────────────────────────────────────────────\n"
        "CPython 3.11.7            600 ms       594 ms         306 ms           refused\n"
        "GIL, 25.0 ms         1.00x 1.00x  1.01x 1.01x    1.96x 1.96x\n"
        "CPython 3.13.15t          1.06 s       535 ms         530 ms           refused\n"
        "no GIL, 25.0 ms      1.00x 0.57x  1.98x 1.12x    2.00x 1.13x\n"
        "CPython 3.14.10           480 ms       475 ms         241 ms            242 ms\n"
        "GIL, 25.0 ms         1.00x 1.25x  1.01x 1.26x    1.99x 2.49x       1.98x 2.48x\n"
        "Jython 2.7.3              440 ms       221 ms        refused           refused\n"
        "no GIL, JIT, 900 ms  1.00x 1.36x  1.99x 2.71x\n"
        "PyPy 3.9.16              refused      refused        refused           refused\n"
    )


def test_what_a_python_cannot_do_is_one_sentence_each() -> None:
    text = part_of(report().to_text(100), "Refused under other Pythons", "All 10,000 items would take\n")

    assert text == (
        "Refused under other Pythons\n"
        "  PyPy 3.9.16: it lacks what the function imports: No module named 'numpy'.\n"
        "  interpreters x 2 on CPython 3.11.7, CPython 3.13.15t and Jython 2.7.3: it has no subinterpreters;\n"
        "  CPython has them since 3.14.\n"
        "  processes x 2 on Jython 2.7.3: it cannot fork, so it has no worker processes.\n"
        "\n"
    )


def test_the_fastest_the_locks_and_the_threads_are_told() -> None:
    assert python_sentences(python_rows(sample_runs())) == [
        "Threads x 2 on Jython 2.7.3 is the fastest: 221 ms, 2.71 times as fast as sequential on CPython 3.11.7.",
        "CPython 3.11.7: 2 threads gave 1.01x, with 101 % of a core busy.",
        "CPython 3.13.15t: the GIL was off all the time.",
        "CPython 3.13.15t: 2 threads gave 1.98x, with 197 % of a core busy.",
        "CPython 3.14.10: 2 threads gave 1.01x, with 101 % of a core busy.",
        "Jython 2.7.3: 2 threads gave 1.99x, with 199 % of a core busy.",
    ]


@pytest.mark.parametrize(
    ("switched_on_by", "sentence"),
    [
        (("tantivy",), "its GIL is off, but importing 'tantivy' switched it on again, so threads took turns."),
        ((), "it can run without the GIL, but it was on from the start (see -X gil and PYTHON_GIL)."),
    ],
)
def test_a_lock_that_is_on_where_it_could_be_off_is_told(switched_on_by: tuple[str, ...], sentence: str) -> None:
    run = ran("CPython 3.14.0t", {"sequential": (1.0, 1.0)}, free_threaded=True, switched_on_by=switched_on_by)

    assert f"CPython 3.14.0t: {sentence}" in python_sentences(python_rows([run]))


def test_a_machine_too_busy_for_any_speed_up_is_told() -> None:
    busy = ran("CPython 3.11.7", {"sequential": (0.6, 0.95), "processes": (0.5, 1.2)})

    assert python_sentences(python_rows([busy]))[-1] == (
        "The machine was busy meanwhile: 2 processes, which share no lock, had a core for 120 % of the time instead of "
        "200 %, so the speed-ups here are smaller than they could be."
    )


def test_work_that_waits_does_not_make_the_machine_busy() -> None:
    waiting = ran("CPython 3.11.7", {"sequential": (0.6, 0.02), "processes": (0.3, 0.04)})

    assert not any("busy meanwhile" in one for one in python_sentences(python_rows([waiting])))


def test_very_short_work_tells_nothing_of_threads() -> None:
    short = ran("CPython 3.11.7", {"sequential": (0.001, 1.0), "threads": (0.002, 0.5)})

    assert not any("threads gave" in one for one in python_sentences(python_rows([short])))


def test_failed_items_take_the_place_of_speed_ups() -> None:
    run = PythonRun(
        entrant=entrant("CPython 3.9.1"), measurements=(took("CPython 3.9.1", "sequential", 1.0, failures=3),), gil=True
    )

    assert "3 failed" in report(run).to_text(100)


def test_the_page_tells_each_refusal_in_its_cell() -> None:
    page = report().to_html()

    assert "it cannot fork, so it has no worker processes." in page
    assert "it lacks what the function imports: No module named &#x27;numpy&#x27;." in page


def test_what_workers_did_under_each_python_is_drawn_on_one_axis() -> None:
    page = render_html([report(), factor_report()], "two races")
    drawn = json.loads(part_of(page, "[[", "</script>"))
    names = [[one["name"] for one in group] for group in drawn]

    assert [len(group) for group in names] == [5, 5, 12, 0]
    assert names[2][0] == "sequential on CPython 3.11.7"
    assert "threads x 2 on Jython 2.7.3" in names[2]
    assert page.count("Timelines under other Pythons") == 1
    assert 'data-group="2"' in page


def test_a_trace_for_other_viewers_has_the_workers_of_each_python() -> None:
    processes = [event for event in json.loads(report().to_chrome_trace())["traceEvents"] if event["ph"] == "M"]

    assert "threads x 2 on Jython 2.7.3" in {event["args"].get("name") for event in processes}


def test_a_race_without_other_pythons_does_not_speak_of_them() -> None:
    alone = factor_report()

    assert "other Pythons" not in alone.to_text(100) + alone.to_html()
    assert json.loads(alone.to_json())["pythons"] == []


def test_json_tells_all_figures_of_a_python() -> None:
    found = json.loads(report().to_json())["pythons"][3]

    assert (found["name"], found["gil"], found["jit"], found["first_s"]) == ("Jython 2.7.3", False, "on", 0.7)
    assert [one["label"] for one in found["contenders"]] == [
        "sequential on Jython 2.7.3",
        "threads x 2 on Jython 2.7.3",
    ]
    assert found["contenders"][1]["speedup"] == pytest.approx(1.99, abs=0.01)
    assert found["refusals"][1]["name"] == "processes x 2"


def test_hostile_names_and_reasons_are_shown_harmlessly() -> None:
    run = replace(
        sample_runs()[0],
        entrant=replace(entrant("CPython 3.0"), name=HOSTILE, path=HOSTILE),
        refusals=(Refusal(name=HOSTILE, reason=HOSTILE),),
        switched_on_by=(HOSTILE,),
    )
    mute = PythonRun(entrant=replace(entrant("CPython 3.0"), name=HOSTILE), reason=HOSTILE)
    hostile = report(run, mute)

    assert "<script>alert" not in hostile.to_html()
    assert all(character.isprintable() or character == "\n" for character in hostile.to_text(100))


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, report().to_text(width).splitlines())) <= width
