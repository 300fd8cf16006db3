from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser_visits import IN_BROWSER, VIEW, Visit
from report_samples import download_report, factor_report, hostile_report, million_report, small_report
from run_samples import bare_run_report, hostile_run_report, pipeline_report, single_report
from turnout.report import RunReport, render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = IN_BROWSER


@pytest.mark.parametrize(
    "report",
    [download_report(), hostile_report(), million_report(), small_report()],
    ids=["download", "hostile", "million", "empty"],
)
def test_a_page_opens_without_fault_or_request(visit: Visit, report: object) -> None:
    visit.open(render_html([report], "<img src=x onerror=alert(1)>"))  # type: ignore[list-item]  # parametrize hides it

    assert visit.page.locator("h1").inner_text() == "<img src=x onerror=alert(1)>"
    assert visit.faults == []


def test_the_policy_stops_a_script_that_slipped_in(visit: Visit) -> None:
    page = small_report().to_html().replace("<footer", "<script>document.title = 'owned'</script><footer")

    visit.open(page)

    assert visit.page.title() == "f over 4 items"
    assert any("Content Security Policy" in fault for fault in visit.faults)


@pytest.mark.parametrize("key", ["+", "Shift+ArrowRight"])
def test_keys_change_the_view_and_zero_restores_it(visit: Visit, key: str) -> None:
    visit.open(download_report().to_html())
    whole = visit.view()

    visit.page.locator("canvas").first.focus()
    visit.page.keyboard.press(key)
    changed = visit.view()
    visit.page.keyboard.press("0")

    assert changed != whole
    assert visit.view() == whole


def test_buttons_zoom_and_pan(visit: Visit) -> None:
    visit.open(download_report().to_html())
    seen = [visit.view()]

    for name in ("Zoom in", "Later", "Earlier", "Zoom out", "Show all"):
        visit.page.get_by_role("button", name=name).click()
        seen.append(visit.view())

    whole, zoomed, later, earlier, *_, restored = seen
    assert len({whole, zoomed, later}) == 3
    assert (earlier, restored) == (zoomed, whole)


def test_the_wheel_zooms_only_when_asked_so_that_the_page_scrolls(visit: Visit) -> None:
    visit.open(download_report().to_html())
    canvas = visit.page.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    canvas.hover(position={"x": 60, "y": 20})
    whole = visit.view()

    visit.page.mouse.wheel(0, -50)
    left_alone = visit.view()
    canvas.focus()
    canvas.hover(position={"x": 60, "y": 20})
    visit.page.mouse.wheel(0, -50)
    visit.page.wait_for_function(f"before => {VIEW} !== before", arg=whole)

    assert left_alone == whole


def test_dragging_pans(visit: Visit) -> None:
    visit.open(download_report().to_html())
    visit.page.get_by_role("button", name="Zoom in").click()
    zoomed = visit.view()
    box = visit.page.locator("canvas").first.bounding_box()
    assert box is not None

    visit.page.mouse.move(box["x"] + 700, box["y"] + 40)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + 500, box["y"] + 40, steps=3)
    visit.page.mouse.up()

    assert visit.view() != zoomed


def test_all_timelines_share_one_scale_or_have_their_own(visit: Visit) -> None:
    visit.open(download_report().to_html())
    second = "document.querySelectorAll('canvas')[1].toDataURL()"
    common = visit.page.evaluate(second)

    visit.page.get_by_role("button", name="Own scale").click()
    own = visit.page.evaluate(second)
    visit.page.get_by_role("button", name="Common scale").click()

    assert own != common
    assert visit.page.evaluate(second) == common


def test_a_span_tells_its_item_and_times(visit: Visit) -> None:
    visit.open(download_report().to_html())

    visit.page.locator("canvas").first.hover(position={"x": 150, "y": 10})
    tip = visit.page.locator("#tip").inner_text()

    assert tip.startswith("Item 0, process 100\ntook 2")
    assert "waiting" in tip
    assert "queued for 2 ms" in tip


def test_a_bin_of_a_million_spans_tells_its_items(visit: Visit) -> None:
    visit.open(million_report().to_html())

    visit.page.locator("canvas").first.hover(position={"x": 500, "y": 10})

    assert "items ended here" in visit.page.locator("#tip").inner_text()


def test_stepping_with_the_keyboard_is_announced(visit: Visit) -> None:
    visit.open(download_report().to_html())

    visit.page.locator("canvas").first.focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight"):
        visit.page.keyboard.press(key)

    assert (visit.page.locator("#said").text_content() or "").startswith("Item 1, process 100")


@pytest.mark.parametrize("width", [320, 375, 1000])
def test_a_page_is_never_wider_than_its_window(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 700})

    visit.open(render_html([hostile_report(), factor_report()], "two"))

    assert visit.page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize(
    "report",
    [single_report(), pipeline_report(), hostile_run_report(), bare_run_report()],
    ids=["single", "pipeline", "hostile", "bare"],
)
def test_a_runs_page_opens_without_fault_and_fits(visit: Visit, report: RunReport, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 700})

    visit.open(report.to_html())

    assert visit.page.locator("canvas").count() == len(report.traces)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.faults == []


def test_stages_on_one_axis_need_no_choice_of_scale(visit: Visit) -> None:
    visit.open(pipeline_report().to_html())

    assert visit.page.get_by_role("button", name="Zoom in").count() == 1
    assert visit.page.get_by_role("button", name="Own scale").count() == 0


def test_without_scripts_the_verdict_and_the_tables_are_there(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "race.html"
    file.write_text(download_report().to_html(), encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)

    page.goto(file.as_uri())

    assert page.locator("table").first.is_visible()
    assert page.locator(".headline").is_visible()
    assert not page.locator(".scripted").first.is_visible()
    page.close()


def test_printing_draws_on_white_and_then_puts_the_view_back(browser: "Browser", tmp_path: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    visit = Visit(page, tmp_path)
    visit.open(download_report().to_html())
    before = visit.view()

    paper = page.pdf()

    assert paper.startswith(b"%PDF")
    assert visit.view() == before
    page.close()


def test_a_notebook_frame_draws_without_disturbing_its_page(visit: Visit) -> None:
    visit.open(f"<!doctype html><title>notebook</title>{download_report()._repr_html_()}")

    canvases = visit.page.frame_locator("iframe").locator("canvas")
    canvases.nth(3).wait_for()

    assert canvases.count() == 4
    assert visit.page.title() == "notebook"
    assert visit.faults == []
