"""A diagnosed program as a page."""

import json
import math
import re
from itertools import pairwise
from typing import Any

import pytest

from diagnosis_samples import START_NS, crowd_report, empty_report, gil_report, hostile_report, io_report, long_report
from report_samples import MS
from turnout.advise._program_types import Blockage
from turnout.observe import State
from turnout.report import DiagnosisReport
from turnout.report._markup import Markup
from turnout.report._page import page
from turnout.report._state_data import BLOCKAGES_SHOWN, FRAMES_SHOWN, LANE_LIMIT, state_data
from turnout.report._state_words import ORDER

SAMPLES = [gil_report(), io_report(), crowd_report(), empty_report(), hostile_report()]
each = pytest.mark.parametrize("report", SAMPLES, ids=["gil", "io", "crowd", "empty", "hostile"])
Json = dict[str, Any]  # what JSON gives


def drawn_in(text: str) -> Json:
    found = re.search(r'<script type="application/json" id="timelines">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    ((chart,),) = json.loads(found[1])
    assert isinstance(chart, dict)
    return chart


def spent(chart: Json, lane: Json) -> dict[str, float]:
    """Return what a lane was spent on, in ns."""
    found: dict[str, float] = {}
    for place in range(0, len(lane["cells"]), 4):
        _, wall_ns, mix, _ = lane["cells"][place : place + 4]
        parts = chart["mixes"][mix]
        for code, twentieths in zip(parts[::2], parts[1::2], strict=True):
            label = chart["codes"][code]["label"]
            found[label] = found.get(label, 0) + wall_ns * twentieths / 20
    return found


@each
def test_a_page_trusts_no_text_and_asks_for_nothing(report: DiagnosisReport) -> None:
    text = report.to_html()

    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert not re.search(r'(src|href)="(?!#|data:)', text)
    assert text.count("<script") == 2
    assert " style=" not in text


def test_the_verdict_comes_first_and_then_what_would_help() -> None:
    text = gil_report().to_html()

    places = [
        text.index(words)
        for words in (
            "Four threads would compute at once",
            "Bound by",
            "crunch-0 to crunch-3 waited",
            "processes instead of threads",
            "turnout race app:factor",
            "What looks as if it helped",
            "Threads over time",
            "<table",
            "Who held the GIL",
            "Lines responsible",
            "Not seen",
            "Observed",
        )
    ]
    assert places == sorted(places)


def test_each_thread_has_a_lane_below_that_of_the_lock() -> None:
    chart = drawn_in(gil_report().to_html())

    labels = [lane["label"] for lane in chart["lanes"]]
    assert labels[:3] == ["GIL held by", "python (main)", "crunch-0"]
    assert len(labels) == 9
    assert chart["lanes"][2]["tone"] == "holder-0"
    assert "tone" not in chart["lanes"][6]


def test_a_lane_tells_exactly_what_its_thread_did() -> None:
    chart = drawn_in(gil_report().to_html())

    assert spent(chart, chart["lanes"][2]) == {"on a core": 500 * MS, "waiting for the GIL": 1_500 * MS}
    assert spent(chart, chart["lanes"][0])["free"] == 40 * MS


def test_stacks_are_told_innermost_first_and_their_depth_is_limited() -> None:
    chart = drawn_in(long_report(segments=400, count=1).to_html())

    left, *frames = chart["stacks"][0]
    assert (left, len(frames)) == (30 - FRAMES_SHOWN, FRAMES_SHOWN)
    assert chart["frames"][frames[0]].startswith("call_0, package/module_")


def test_calls_that_held_a_loop_are_marked_in_its_lane_and_told_with_their_stack() -> None:
    text = io_report().to_html()

    assert drawn_in(text)["blockages"] == [[0, 608 * MS, 920 * MS], [0, 1435 * MS, 1530 * MS]]
    assert text.count("<details") == 2
    assert "<li>getaddrinfo, socket.py:962</li>" in text


def test_only_states_that_were_seen_are_in_the_key() -> None:
    text = io_report().to_html()

    assert 'class="state-poll">polling descriptors' in text
    assert ">asleep<" not in text
    assert "holds the GIL" not in text


def test_two_hundred_thousand_segments_fit_in_three_megabytes_and_keep_their_shares() -> None:
    text = long_report().to_html()

    chart = drawn_in(text)
    shares = spent(chart, chart["lanes"][1])
    whole = sum(shares.values())
    assert len(text.encode()) < 3_000_000
    assert "short stretches merged" in chart["note"]
    assert shares["on a core"] / whole == pytest.approx(0.5, abs=0.03)
    assert shares["waiting for the network"] / whole == pytest.approx(0.25, abs=0.03)


def test_threads_beyond_those_that_can_be_drawn_are_counted() -> None:
    chart = drawn_in(crowd_report(LANE_LIMIT + 22).to_html())

    assert len(chart["lanes"]) == LANE_LIMIT
    assert "22 of them not drawn" in chart["note"]


def test_many_blockages_leave_the_longest() -> None:
    many = [
        Blockage(thread=900, start_ns=START_NS, end_ns=START_NS + wall_ns, state=State.FILE, stack=())
        for wall_ns in range(BLOCKAGES_SHOWN + 9)
    ]

    (chart,) = state_data(io_report().recording, many)

    assert len(chart["blockages"]) == BLOCKAGES_SHOWN
    assert min(end for _, _, end in chart["blockages"]) == 9


def test_a_recording_without_threads_has_a_page_without_timeline() -> None:
    text = empty_report().to_html()

    assert "Threads over time" not in text
    assert "Too little was seen to say what bounds it." in text


STYLE = re.search(r"<style>(.*?)</style>", page("", Markup(), Markup()), re.DOTALL)


def lightness(colour: str) -> float:
    """Return how light a colour is, 0 to 100, which is what is left of it in grey (CIE L*)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    shade = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116.0 * math.cbrt(shade) - 16.0


@pytest.mark.parametrize("theme", [0, 1, 2], ids=["light", "dark", "print"])
def test_states_differ_in_grey_too(theme: int) -> None:
    assert STYLE is not None
    texture = {State.UNKNOWN}  # it lies between others, and is striped

    found = [
        lightness(re.findall(rf"--state-{state}: (#\w{{6}});", STYLE[1])[theme])
        for state in ORDER
        if state not in texture
    ]
    ladder = sorted(found)

    assert all(lighter - darker >= 5 for darker, lighter in pairwise(ladder))
