"""Visits to pages in the browser that all tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser_visits import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def visit(browser: "Browser", tmp_path: Path) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    yield Visit(page, tmp_path)
    page.close()
