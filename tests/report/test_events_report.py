import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser_visits import IN_BROWSER, Visit
from events_samples import empty_report, hostile_report, keys_report
from turnout.errors import UsageError

if TYPE_CHECKING:
    from turnout.report import EventsReport

TEXT = """\
keys
  50 events in 2.00 s; the loop was held up 2 times, for up to 122 ms.
  1 call raised, most of them in ask; no other handler was kept from running.
  Handlers took 7 % of the time, heavy most of it with 130 ms in 41 calls.
  At most 12 events waited at once; 99 of 100 of KeyPressed waited no longer
  than 131 ms.
  1 event of Moved was dropped for want of room.
  30 events of Moved were replaced by later ones.
  The loop came to what was due within 120 ms in 99 of 100 times, and at worst
  122 ms late.
  thumbnail runs on processes x 2.

handler  event       calls  failed     half  99 of 100  longest
───────────────────────────────────────────────────────────────
heavy    KeyPressed     41       -  4.09 µs     130 ms   130 ms
ask      question.*      1       1  90.0 ms    90.0 ms  90.0 ms

Slowest
  heavy(KeyPressed(key='h')): 130 ms, 500 ms after the start
    app.py:30 in heavy
    app.py:9 in count_primes
  The loop was late: 105 ms, 900 ms after the start
"""


def test_the_text_tells_what_matters_first() -> None:
    assert keys_report().to_text() == TEXT


def test_a_calm_report_says_so() -> None:
    report = empty_report()

    assert report.to_text() == "nothing\n  0 events in 0 s; no handler took 100 ms or more.\n"
    assert repr(report) == "<EventsReport 'nothing': 0 events in 0 s; no handler took 100 ms or more.>"


def test_json_has_all_fields_and_times_in_nanoseconds() -> None:
    told = json.loads(keys_report().to_json())

    assert told["schema"] == "turnout.events/1"
    assert told["handlers"][0]["longest_ns"] == 130_000_000
    assert told["loop"]["blocks"][0]["stack"] == ["app.py:30 in heavy", "app.py:9 in count_primes"]


def test_a_chrome_trace_has_a_thread_for_each_lane_and_one_for_the_loop() -> None:
    told = json.loads(keys_report().to_chrome_trace())

    names = [event["args"]["name"] for event in told["traceEvents"] if event["ph"] == "M"]
    calls = [(event["name"], event["ts"], event["dur"]) for event in told["traceEvents"] if event["ph"] == "X"]
    assert names == ["heavy", "thumbnail", "loop late"]
    assert ("heavy", 500_000.0, 130_000.0) in calls
    assert ("loop late", 510_000.0, 122_000.0) in calls


@pytest.mark.parametrize("report", [empty_report(), hostile_report(), keys_report()], ids=["empty", "hostile", "keys"])
def test_every_format_bears_every_report(report: "EventsReport", tmp_path: Path) -> None:
    for name in ("events.html", "events.json", "events.txt", "events.trace.json"):
        text = report.save(tmp_path / name).read_text(encoding="utf-8")
        assert "\u202e" not in text
        assert name != "events.html" or "<img" not in text
    with pytest.raises(UsageError, match="no report format goes with the file name"):
        report.save(tmp_path / "events.gif")


def test_a_notebook_shows_the_page_in_a_frame() -> None:
    assert keys_report()._repr_html_().startswith("<iframe srcdoc=")


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("report", [keys_report(), hostile_report()], ids=["keys", "hostile"])
class TestInBrowser:
    pytestmark = IN_BROWSER

    def test_a_page_opens_without_fault_and_fits(self, visit: Visit, report: "EventsReport", width: int) -> None:
        visit.page.set_viewport_size({"width": width, "height": 700})

        visit.open(report.to_html())

        assert visit.page.locator("canvas").count() == 1
        assert visit.page.evaluate("document.documentElement.scrollWidth") == width
        assert visit.faults == []


class TestOneCall:
    pytestmark = IN_BROWSER

    def test_a_slow_call_tells_its_time_and_its_stack(self, visit: Visit) -> None:
        visit.open(keys_report().to_html())
        box = visit.page.locator("canvas").bounding_box()
        assert box is not None

        wide = box["width"] - 124
        visit.page.locator("canvas").hover(position={"x": 124 + wide * 0.28, "y": 60})
        told = visit.page.locator("#tip").inner_text()

        assert told.startswith("heavy\nin a handler, slow\n130 ms from")
        assert told.endswith("app.py:9 in count_primes\napp.py:30 in heavy")
