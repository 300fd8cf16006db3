"""Reports as files, in the format that the file's name asks for, and in a notebook."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Protocol

from turnout.errors import UsageError

_FORMATS = (".html", ".json", ".txt")


class Renderable(Protocol):
    """A report that can be told in each format."""

    def to_text(self) -> str:
        """Return it for a terminal."""
        ...

    def to_html(self) -> str:
        """Return it as one page."""
        ...

    def to_json(self) -> str:
        """Return it for other programs."""
        ...

    def to_chrome_trace(self) -> str:
        """Return its timelines."""
        ...


def save_report(report: Renderable, path: str | Path, more: Mapping[str, Callable[[], str]] | None = None) -> Path:
    """Write a report in the format that the file's name asks for, and return its path.

    Args:
        report: What to write.
        path: Where to.
        more: Formats that this report alone has, by how the file's name ends.

    Raises:
        UsageError: If the name ends in none that is known.
        OSError: If the file cannot be written.
    """
    target = Path(path)
    name = target.name.lower()
    own = {".trace.json": report.to_chrome_trace, **(more or {})}
    render = next((render for ending, render in own.items() if name.endswith(ending)), None)
    if render is not None:
        text = render()
    elif name.endswith(".json"):
        text = report.to_json()
    elif name.endswith((".html", ".htm")):
        text = report.to_html()
    elif name.endswith(".txt"):
        text = report.to_text()
    else:
        *known, last = *_FORMATS, *own
        raise UsageError(
            f"no report format goes with the file name {target.name!r}; end it in {', '.join(known)} or {last}"
        )
    target.write_text(text, encoding="utf-8")
    return target


def framed(page: str, title: str) -> str:
    """Return a page in a frame of its own, so that it cannot disturb the notebook around it."""
    return (
        f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" title="{escape(title)}" '
        'style="width:100%;height:760px;border:0;resize:vertical"></iframe>'
    )
