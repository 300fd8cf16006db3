"""A diagnosed program's page in a real browser."""

import re
from typing import TYPE_CHECKING

import pytest

from browser_visits import IN_BROWSER, Visit
from diagnosis_samples import crowd_report, empty_report, gil_report, hostile_report, io_report, long_report
from turnout.report import DiagnosisReport

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = IN_BROWSER
COLOURS = """() => {
  const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
  const seen = new Set();
  const { data } = pen.getImageData(124, 0, canvas.width - 124, canvas.height - 20);
  for (let at = 0; at < data.length; at += 4) {
    seen.add("#" + [...data.slice(at, at + 3)].map((part) => part.toString(16).padStart(2, "0")).join(""));
  }
  return [...seen];
}"""


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize(
    "report",
    [gil_report(), io_report(), crowd_report(), empty_report(), hostile_report()],
    ids=["gil", "io", "crowd", "empty", "hostile"],
)
def test_a_page_opens_without_fault_and_fits(visit: Visit, report: DiagnosisReport, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 700})

    visit.open(report.to_html())

    assert visit.page.locator("canvas").count() == (1 if report.recording.threads else 0)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.faults == []


def test_lanes_are_drawn_in_the_colours_of_their_states(visit: Visit) -> None:
    visit.open(gil_report().to_html())

    seen = set(visit.page.evaluate(COLOURS))

    run, gil, lock, asleep, holder = "#112f8e", "#d74200", "#eaa700", "#e2e9f0", "#2b2f38"
    assert {run, gil, lock, asleep, holder} <= seen


def test_a_stretch_tells_its_state_who_held_the_lock_and_its_stack(visit: Visit) -> None:
    visit.open(gil_report().to_html())
    for _ in range(8):
        visit.page.get_by_role("button", name="Zoom in").click()

    visit.page.locator("canvas").hover(position={"x": 500, "y": 60})
    told = visit.page.locator("#tip").inner_text()

    assert told.startswith("crunch-1\nwaiting for the GIL\n15 ms from")
    assert "the GIL was held by crunch-" in told
    assert told.endswith("factor, /home/ann/crunch/app.py:44\nworker, /home/ann/crunch/app.py:50")


def test_the_locks_lane_tells_who_held_it(visit: Visit) -> None:
    visit.open(gil_report().to_html())
    for _ in range(8):
        visit.page.get_by_role("button", name="Zoom in").click()

    visit.page.locator("canvas").hover(position={"x": 500, "y": 8})

    assert visit.page.locator("#tip").inner_text().startswith("GIL held by\ncrunch-")


def test_a_call_that_held_the_loop_says_so(visit: Visit) -> None:
    visit.open(io_report().to_html())
    box = visit.page.locator("canvas").bounding_box()
    assert box is not None

    visit.page.locator("canvas").hover(position={"x": 124 + (box["width"] - 124) * 0.4, "y": 8})

    assert "its event loop was held for 312 ms" in visit.page.locator("#tip").inner_text()
    assert "getaddrinfo" in visit.page.locator("#tip").inner_text()


def test_a_tap_tells_the_stack_and_leaves_it_to_be_read(browser: "Browser", visit: Visit) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 700}, has_touch=True)
    touched = Visit(page, visit.folder)
    touched.open(io_report().to_html())

    page.locator("canvas").tap(position={"x": 200, "y": 8})

    assert "python (main)" in page.locator("#tip").inner_text()
    assert page.locator("#tip").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.close()


def test_keys_step_through_the_stretches_and_they_are_announced(visit: Visit) -> None:
    visit.open(io_report().to_html())

    visit.page.locator("canvas").focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowDown"):
        visit.page.keyboard.press(key)
    told = visit.page.locator("#said").text_content() or ""

    assert told.startswith("fetch-0\n")
    assert "serve.py" in told


def test_merged_stretches_tell_their_shares(visit: Visit) -> None:
    visit.open(long_report().to_html())

    visit.page.locator("canvas").hover(position={"x": 500, "y": 25})
    told = visit.page.locator("#tip").inner_text()

    assert re.search(r"on a core \d+ %, waiting for", told)
    assert "and 18 more" in told
    assert visit.faults == []


def test_printing_draws_on_white_and_then_puts_the_view_back(browser: "Browser", visit: Visit) -> None:
    page = browser.new_page(color_scheme="dark")
    dark = Visit(page, visit.folder)
    dark.open(gil_report().to_html())
    before = dark.view()

    paper = page.pdf()

    assert paper.startswith(b"%PDF")
    assert dark.view() == before
    page.close()


def test_without_scripts_the_verdict_the_tables_and_the_stacks_are_there(browser: "Browser", visit: Visit) -> None:
    file = visit.folder / "plain.html"
    file.write_text(io_report().to_html(), encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)

    page.goto(file.as_uri())

    assert page.locator(".headline").is_visible()
    assert page.locator("table").first.is_visible()
    assert page.locator("details li").first.is_visible()
    assert not page.locator(".scripted").first.is_visible()
    page.close()
