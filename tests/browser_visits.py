"""Visits to a page in a real browser, for the tests of all pages."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
VIEW = "document.querySelector('canvas').toDataURL()"
IN_BROWSER = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not at /usr/bin/chromium"),
]


@dataclass
class Visit:
    """An open page, and what it did that it should not."""

    page: "Page"
    folder: Path
    faults: list[str] = field(default_factory=list)

    def open(self, text: str) -> None:
        """Open a page from a file, with an eye on it."""
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        self.page.on("request", lambda request: self._ask(request.url))
        file = self.folder / "race.html"
        file.write_text(text, encoding="utf-8")
        self.page.goto(file.as_uri())

    def view(self) -> str:
        """Return the first timeline's picture."""
        return str(self.page.evaluate(VIEW))

    def _ask(self, url: str) -> None:
        if not url.startswith(("file:", "data:")):
            self.faults.append(url)
