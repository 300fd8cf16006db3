"""The page of ``turnout search --serve`` in a real browser."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser_visits import IN_BROWSER, note_faults
from crawled_pages import page
from turnout.cli._search_server import SearchServer
from turnout.fulltext import Search, open_index
from turnout.pages import INDEX_FOLDER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("tantivy", reason="tantivy is not installed")
pytestmark = IN_BROWSER
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("crawl")
    index = open_index(folder / INDEX_FOLDER)
    index.add([page(f"http://a.example/{number}", f"Tale {number}", "a river of words") for number in range(35)])
    index.add([page("javascript:alert(3)", HOSTILE, f"hostile {HOSTILE} " + "x" * 500)])
    index.close()
    with SearchServer(Search(folder), "tales", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def visit(browser: "Browser", address: str, faults: list[str]) -> Iterator["Page"]:
    opened = browser.new_page(viewport={"width": 1000, "height": 800}, locale="en")
    note_faults(opened, faults, address)
    opened.goto(address)
    yield opened
    opened.close()


def test_results_appear_while_one_types(visit: "Page", faults: list[str]) -> None:
    visit.get_by_label("Search the crawled pages").press_sequentially("river")
    visit.wait_for_selector(".hits mark")

    assert visit.locator(".hits > li").count() == 10
    assert visit.locator(".summary").inner_text().startswith("1 to 10 of 35 pages in ")
    assert visit.get_by_role("status").inner_text() == visit.locator(".summary").inner_text()
    assert visit.url.endswith("/?q=river&lang=en")
    assert visit.title() == "river - Search"
    assert faults == []


def test_pages_turn_by_the_keyboard_and_back(visit: "Page", faults: list[str]) -> None:
    visit.get_by_label("Search the crawled pages").fill("river")
    visit.get_by_role("link", name="Next").focus()
    visit.keyboard.press("Enter")
    visit.wait_for_selector("ol[start='11']")
    focused = visit.evaluate("document.activeElement.id")
    visit.go_back()
    visit.wait_for_selector("ol[start='1']")

    assert focused == "results"
    assert faults == []


def test_a_broken_search_is_told_and_the_field_keeps_it(visit: "Page", faults: list[str]) -> None:
    visit.get_by_label("Search the crawled pages").fill('river "of')
    visit.wait_for_selector(".finding")

    assert "a quotation mark is not closed" in visit.locator(".finding").inner_text()
    assert visit.get_by_label("Search the crawled pages").input_value() == 'river "of'
    assert faults == []


def test_hostile_pages_run_nothing(visit: "Page", faults: list[str]) -> None:
    visit.get_by_label("Search the crawled pages").fill("hostile")
    visit.wait_for_selector(".hits mark")

    assert HOSTILE in visit.locator(".hits").inner_text()
    assert visit.locator(".hits img, .hits script, .hits a").count() == 0
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_can_be_read(browser: "Browser", address: str, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 700}, color_scheme=scheme, locale="fr")  # type: ignore[arg-type]  # parametrize hides the literals
    opened = context.new_page()
    opened.goto(f"{address}?q=hostile+OR+river")

    assert opened.evaluate("document.documentElement.scrollWidth") == 375
    assert opened.locator("html").get_attribute("lang") == "fr"
    assert opened.locator(".summary").inner_text().startswith("1 à 10 sur 36 pages")
    paper, ink = (opened.evaluate(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color"))
    assert (sum(map(int, paper[4:-1].split(","))) > sum(map(int, ink[4:-1].split(",")))) is (scheme == "light")
    context.close()


def test_the_form_works_without_scripts(browser: "Browser", address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    opened = context.new_page()
    opened.goto(address)
    opened.locator("#q").fill("river")
    opened.locator("#q").press("Enter")
    opened.wait_for_url("**/?q=river**")

    assert opened.locator(".hits > li").count() == 10
    context.close()
