"""What all reports can do, each rendering itself in its own way."""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from turnout.errors import UsageError


class Report:
    """A value that is shown in a terminal and a notebook, and written to files.

    Attributes:
        TITLE: What its frame in a notebook is called.
    """

    __slots__ = ()
    TITLE: ClassVar[str]

    @abstractmethod
    def to_text(self, width: int = 80, *, colour: bool = False) -> str:
        """Return it for a terminal of so many columns."""

    @abstractmethod
    def to_html(self) -> str:
        """Return it as one page that needs no network."""

    @abstractmethod
    def to_json(self) -> str:
        """Return it for other programs."""

    def save(self, path: str | Path) -> Path:
        """Write it in the format that the file's name asks for, and return its path.

        Args:
            path: Ends in ``.html``, ``.json`` or ``.txt``; or, where the report has the method, in ``.trace.json`` for
                `to_chrome_trace`, or in ``.speedscope.json`` for `to_speedscope`. A file that is there is overwritten.

        Raises:
            UsageError: If the name ends in something else.
            OSError: If the file cannot be written.
        """
        target = Path(path)
        name = re.sub(r"\.htm$", ".html", target.name.lower())
        formats = {".html": self.to_html, ".json": self.to_json, ".txt": self.to_text, **self._more_formats()}
        longest_first = sorted(formats, key=len, reverse=True)  # .trace.json ends in .json, too
        ending = next((ending for ending in longest_first if name.endswith(ending)), None)
        if ending is None:
            *known, last = formats
            raise UsageError(
                f"no report format goes with the file name {target.name!r}; end it in {', '.join(known)} or {last}"
            )
        target.write_text(formats[ending](), encoding="utf-8")
        return target

    def __str__(self) -> str:
        return self.to_text()

    def _more_formats(self) -> Mapping[str, Callable[[], str]]:
        """Return formats that this report alone has, by how a file's name ends."""
        return {}

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, so that it cannot disturb the notebook around it."""
        from html import escape  # noqa: PLC0415  only a notebook pays for it

        return (
            f'<iframe srcdoc="{escape(self.to_html())}" sandbox="allow-scripts" title="{escape(self.TITLE)}" '
            'style="width:100%;height:760px;border:0;resize:vertical"></iframe>'
        )
