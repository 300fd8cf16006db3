"""Visits to a page in a real browser, for the tests of all pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
VIEW = "document.querySelector('canvas').toDataURL()"
IN_BROWSER = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not at /usr/bin/chromium"),
]


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Run a browser until the block ends."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with playwright.sync_playwright() as engine:
        running = engine.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield running
        running.close()


def note_faults(page: "Page", faults: list[str], own: str | tuple[str, ...] | None) -> None:
    """Put into ``faults`` what a page says, does or asks for that it should not.

    Args:
        page: The page, before it is opened.
        faults: Where it goes.
        own: How addresses begin that it may ask for; None for any.
    """
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    if own is not None:
        page.on("request", lambda asked: None if asked.url.startswith(own) else faults.append(asked.url))


@dataclass
class Visit:
    """An open page, and what it did that it should not."""

    page: "Page"
    folder: Path
    faults: list[str] = field(default_factory=list)

    def open(self, text: str) -> None:
        """Open a page from a file, with an eye on it."""
        note_faults(self.page, self.faults, ("file:", "data:"))
        file = self.folder / "race.html"
        file.write_text(text, encoding="utf-8")
        self.page.goto(file.as_uri())

    def view(self) -> str:
        """Return the first timeline's picture."""
        return str(self.page.evaluate(VIEW))
