"""A browser that the tests of all pages share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser_visits import CHROMIUM, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with playwright.sync_playwright() as engine:
        running = engine.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield running
        running.close()


@pytest.fixture
def visit(browser: "Browser", tmp_path: Path) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    yield Visit(page, tmp_path)
    page.close()
