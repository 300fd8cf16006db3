"""What the parts of a process's page have in common."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from turnout.observe import NOT_PERMITTED, Unknown
from turnout.report._words import listed, plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How much is shown.

    Attributes:
        width: Columns of the page.
        rows: Of each list; None for all.
        chars: Of each value.
    """

    width: int
    rows: int | None
    chars: int

    def shown(self, entries: Sequence[T]) -> Sequence[T]:
        """Return the beginning of a list, or all of it."""
        return entries[: self.rows]

    def rest(self, count: int, noun: str = "more") -> Iterator[Text]:
        """Yield a line that tells how many of ``count`` entries are not shown, if any."""
        if self.rows is not None and count > self.rows:
            yield Text(f"and {count - self.rows:,} {noun}; --all shows them", style="dim")


class Untold:
    """Gathers the parts of which nothing is known, so that one sentence says so, and those that are empty."""

    def __init__(self) -> None:
        self._reasons: dict[str, list[str]] = {}
        self._empty: list[str] = []

    def or_else(
        self, name: str, value: T | Unknown, show: Callable[[T], Iterator[RenderableType]]
    ) -> Iterator[RenderableType]:
        """Yield what ``show`` makes of a value, or remember that there is nothing to show.

        Args:
            name: Of the part, in lower case.
            value: What is known.
            show: Lays it out.
        """
        if isinstance(value, Unknown):
            self._reasons.setdefault(value.reason, []).append(name)
        elif value == ():
            self._empty.append(name)
        else:
            yield from show(value)

    def parts(self) -> Iterator[RenderableType]:
        """Yield what is to be said of the parts that were not shown."""
        if self._empty:
            yield heading("It has no", Text(" or ".join(filter(None, (", ".join(self._empty[:-1]), self._empty[-1])))))
        for reason, names in self._reasons.items():
            hint = ": its user, or root, may see them" if reason == NOT_PERMITTED else ""
            yield heading("Not shown", f"{listed(names)} ({plain(reason, 300)}{hint})")


def heading(title: str, remark: str | Text = "") -> Text:
    """Return the first line of a part, after an empty one."""
    text = Text("\n").append(title, style="bold")
    if remark:
        text.append("  ").append(remark if isinstance(remark, Text) else Text(remark, style="dim"))
    return text


def not_told(unknown: Unknown) -> Text:
    """Return why something is not known, in place of it."""
    return Text(plain(unknown.reason, 300), style="dim italic")


def indented(*parts: RenderableType) -> RenderableType:
    """Return parts below each other, under their heading."""
    return Padding(Group(*parts), (0, 0, 0, 2))


def rows_of(columns: str, rows: Sequence[Sequence[str | Text]]) -> Table:
    """Return a table without lines between its rows.

    Args:
        columns: Their names, separated by bars; one that starts with ``>`` is set to the right, one that starts with
            ``*`` is the one that may be broken over several lines.
        rows: A text for each column.
    """
    table = Table(box=SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for column in columns.split("|"):
        if column.startswith("*"):
            table.add_column(column[1:], overflow="fold", ratio=1)
        else:
            table.add_column(column.lstrip(">"), no_wrap=True, justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return table
