"""The page of ``turnout turtle --web`` in a real browser."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from browser_visits import IN_BROWSER, note_faults
from turnout.clock import SystemClock
from turnout.jobs.turtle import Program, keymap, turtle_app
from turnout.web import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("starlette", reason="Starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
pytestmark = IN_BROWSER


@contextmanager
def served(program: Program, port: int = 0, language: str | None = None) -> Iterator[str]:
    """Serve the program's page in a thread, and yield its address."""
    started: Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        is_over = asyncio.Event()
        async with serving(turtle_app(program, language), port=port) as server:
            started.put((server.url, asyncio.get_running_loop(), is_over))
            await is_over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    address, loop, is_over = started.get(timeout=20)
    yield address
    loop.call_soon_threadsafe(is_over.set)
    thread.join(20)


def turtle(*pairs: str) -> Program:
    return Program(keymap(None, pairs), SystemClock())


@contextmanager
def visit(
    browser: "Browser", address: str, *, phone: bool = False, dark: bool = False, locale: str = "en"
) -> Iterator["Page"]:
    """Open the page, wait until Python has answered, and see at the end that nothing went wrong."""
    faults: list[str] = []
    size = {"width": 375, "height": 700} if phone else {"width": 1100, "height": 900}
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale=locale)  # type: ignore[arg-type]  # a TypedDict
    page = context.new_page()
    note_faults(page, faults, address)
    page.goto(address)
    wait_for(page, "x 0,")
    yield page
    context.close()
    assert faults == []


def wait_for(page: "Page", place: str) -> None:
    page.locator("#place", has_text=place).wait_for()


def test_keys_go_to_python_and_the_drawing_comes_back(browser: "Browser") -> None:
    program = turtle()
    with served(program) as address, visit(browser, address) as page:
        for key in ("ArrowUp", "ArrowLeft", "ArrowUp", "c", "ArrowUp", "Control+z", "Control+a", "x"):
            page.keyboard.press(key)
        wait_for(page, "x 93.3, y 25, heading 30°, pen down, red")
        page.locator("#rows tr").nth(5).wait_for()

        assert [line.get_attribute("stroke") for line in page.locator("#lines line").all()] == ["#000000"] * 2
        assert page.locator("#rows tr").first.inner_text().startswith("Ctrl+z undo")
        assert page.locator("#depth").inner_text() == "1"
        assert page.locator("#trip").inner_text().endswith(" ms")
        assert page.locator("#place").get_attribute("role") == "status"
        assert program.strip.handled == 6


def test_buttons_do_what_keys_do_and_keys_elsewhere_are_not_taken(browser: "Browser") -> None:
    with served(turtle("<=colour:blue")) as address, visit(browser, address) as page:
        page.get_by_role("button", name="forward 50").click()
        wait_for(page, "x 50,")
        page.keyboard.press("ArrowUp")
        page.get_by_role("button", name="colour: blue").press("Enter")
        wait_for(page, "x 50, y 0, heading 0°, pen down, blue")
        page.get_by_role("link", name="Skip to the drawing").press("Enter")
        page.keyboard.press("ArrowUp")

        wait_for(page, "x 100,")


def test_a_phone_in_the_dark_shows_the_same_drawing_in_french(browser: "Browser") -> None:
    with (
        served(turtle()) as address,
        visit(browser, address) as desk,
        visit(browser, address, phone=True, dark=True, locale="fr") as phone,
    ):
        phone.get_by_role("button", name="gauche 30°").click()
        wait_for(phone, "cap 30°, stylo posé, noir")
        wait_for(desk, "heading 30°")
        papers = [
            sum(map(int, page.evaluate("getComputedStyle(document.body).backgroundColor")[4:-1].split(",")))
            for page in (desk, phone)
        ]

        assert phone.evaluate("document.documentElement.scrollWidth") == 375
        assert phone.locator("html").get_attribute("lang") == "fr"
        assert papers[0] == 3 * 255
        assert papers[1] < 200


def test_a_page_comes_back_by_itself(browser: "Browser") -> None:
    program = turtle()
    page = browser.new_page(locale="en")
    with served(program) as address:
        page.goto(address)
        wait_for(page, "x 0,")
    page.wait_for_selector("body.lost")
    said = page.locator("#connection").inner_text()
    program.press("Up")
    with served(program, int(address.rsplit(":", 1)[1].strip("/"))):
        wait_for(page, "x 50,")
        page.keyboard.press("ArrowUp")
        wait_for(page, "x 100,")

        assert said == "The connection is lost; trying again."
        assert page.locator("body.lost").count() == 0
    page.close()


def test_the_drawing_can_be_saved_and_the_language_fixed() -> None:
    program = turtle()
    program.press("Up")

    with served(program, language="fr") as address:
        answers = []
        for name in ("drawing.svg", "drawing.png", "?lang=en"):
            with urlopen(f"{address}{name}", timeout=20) as answer:  # noqa: S310  our own server
                answers.append((answer.headers["Content-Type"], answer.read()))

    (svg, drawing), (png, picture), (_, page) = answers
    assert (svg, png) == ("image/svg+xml", "image/png")
    assert b'points="0,0 50,0"' in drawing
    assert picture.startswith(b"\x89PNG")
    assert b'<html lang="fr">' in page
    assert b"English" not in page
