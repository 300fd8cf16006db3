"""A notebook's output cell; the only module that imports IPython, and only where a kernel runs already."""

from collections.abc import Callable
from html import escape
from typing import Any, Protocol, TextIO

from turnout.progress._displays import View
from turnout.report._progress import progress_lines

_COLUMNS = 100
_EVERY_NS = 500_000_000  # each picture goes through the browser


class Handle(Protocol):
    """A displayed object that can be replaced; IPython's ``DisplayHandle``."""

    def update(self, obj: object) -> None:
        """Show another object in its place."""
        ...


class Picture:
    """What a notebook shows as HTML, and a plain front end as text.

    Args:
        text: Lines; anything.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_html_(self) -> str:
        return f'<pre style="line-height:1.35">{escape(self._text)}</pre>'

    def __repr__(self) -> str:
        return self._text


class NotebookDisplay:
    """A few lines in the output cell, without a widget.

    Args:
        show_first: Displays an object, and returns its handle.
        stream: Where lines go that stay.
    """

    def __init__(self, show_first: Callable[[object], Handle], stream: TextIO) -> None:
        self._show_first = show_first
        self._stream = stream
        self._handle: Handle | None = None
        self._due_ns = 0

    def show(self, view: View) -> None:
        """Draw it twice a second at the most."""
        if view.now_ns >= self._due_ns:
            self._due_ns = view.now_ns + _EVERY_NS
            self._draw(view)

    def say(self, words: str) -> None:
        """Write a line to the cell's standard error."""
        self._stream.write(f"{words}\n")
        self._stream.flush()

    def end(self, view: View) -> None:
        """Leave how it ended."""
        self._draw(view)

    def _draw(self, view: View) -> None:
        picture = Picture("\n".join(progress_lines(view.status, view.per_second, view.now_ns, _COLUMNS)))
        if self._handle is None:
            self._handle = self._show_first(picture)
        else:
            self._handle.update(picture)


def notebook_display(stream: TextIO) -> NotebookDisplay | None:
    """Return the display of the notebook that this process is the kernel of; None if it is none."""
    from IPython import get_ipython  # noqa: PLC0415  the caller has seen that it is imported
    from IPython.display import display  # noqa: PLC0415  likewise

    if getattr(get_ipython(), "kernel", None) is None:
        return None

    def show_first(picture: object) -> Any:  # IPython's handle
        return display(picture, display_id=True)

    return NotebookDisplay(show_first, stream)
