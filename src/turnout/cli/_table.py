"""Outcomes as rows of a table, whose columns the first value decides."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Protocol

from turnout.cli._values import Plainer, error_words
from turnout.outcomes import Failure, Outcome

_OURS = ("index", "item", "error")
_FAILURES_HELD = 1_000  # rows that wait for the first value, which names the columns
_NAMES_TOLD = 5
_encode = json.JSONEncoder(ensure_ascii=False).encode
Cell = Any  # a JSON value, or one of the types that the sheet keeps


class Sheet(Protocol):
    """A file of rows."""

    def begin(self, columns: Sequence[str]) -> None:
        """Name the columns; called once, before the rows."""
        ...

    def row(self, cells: Sequence[Cell]) -> None:
        """Write one row."""
        ...

    def close(self) -> None:
        """Complete the file."""
        ...


class Table:
    """Writes outcomes as rows: index, item, the value's fields or the value, error.

    If the first value is a dict (or what becomes one), its keys are the columns; a later value's other keys are left
    out, which is said.

    Args:
        sheet: Where rows go.
        say: Told what could not be written.
        keeps: Types that the sheet can hold beside those of JSON.
    """

    def __init__(self, sheet: Sheet, say: Callable[[str], None], keeps: tuple[type, ...] = ()) -> None:
        self._sheet = sheet
        self._say = say
        self._plainer = Plainer(say, keeps)
        self._fields: list[str] | None = None
        self._has_begun = False
        self._held: list[list[Cell]] = []
        self._told: set[str] = set()
        self.written = 0

    def add(self, outcome: Outcome[Any]) -> None:
        """Write one row."""
        self.written += 1
        item = self._plainer.plain(outcome.item)
        if isinstance(outcome, Failure):
            self._fail([outcome.index, item, ": ".join(error_words(outcome.error))])
            return
        value = self._plainer.plain(outcome.value)
        if not self._has_begun:
            self._begin(list(value) if isinstance(value, dict) and value else None)
        self._sheet.row([outcome.index, item, *self._cells(value), None])

    def close(self) -> None:
        """Write what waits, and complete the sheet."""
        if not self._has_begun:
            self._begin(None)
        self._sheet.close()

    def _begin(self, fields: list[str] | None) -> None:
        self._has_begun = True
        self._fields = fields
        named = ["value"] if fields is None else [f"value.{name}" if name in _OURS else name for name in fields]
        self._sheet.begin(["index", "item", *named, "error"])
        for row in self._held:
            self._fail(row)
        self._held.clear()

    def _fail(self, row: list[Cell]) -> None:
        if self._has_begun:
            index, item, error = row
            self._sheet.row([index, item, *[None] * (1 if self._fields is None else len(self._fields)), error])
            return
        self._held.append(row)
        if len(self._held) >= _FAILURES_HELD:
            self._begin(None)

    def _cells(self, value: Cell) -> list[Cell]:
        if self._fields is None:
            return [value]
        if not isinstance(value, dict):
            self._tell("", "a value has no fields, unlike the first; its row is empty: take .jsonl to keep it")
            return [None] * len(self._fields)
        if len(value) > len(self._fields) or value.keys() - set(self._fields):
            for name in sorted(value.keys() - set(self._fields)):
                self._tell(
                    name, f"the first value had no field {name!r}, so there is no column for it; .jsonl keeps it"
                )
        return [value.get(name) for name in self._fields]

    def _tell(self, name: str, sentence: str) -> None:
        if name not in self._told and len(self._told) < _NAMES_TOLD:
            self._told.add(name)
            self._say(sentence)


class CsvSheet:
    """Comma-separated values in UTF-8; text stands as it is, all else as JSON, what is missing is empty.

    Args:
        stream: Takes the bytes.
    """

    def __init__(self, stream: BinaryIO | gzip.GzipFile) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
        self._rows = csv.writer(self._text, lineterminator="\n")

    def begin(self, columns: Sequence[str]) -> None:
        """Write the header."""
        self._rows.writerow(columns)

    def row(self, cells: Sequence[Cell]) -> None:
        """Write one row."""
        self._rows.writerow([cell_text(cell) for cell in cells])

    def close(self) -> None:
        """Write what is buffered."""
        self._text.close()


def cell_text(cell: Cell) -> str:
    """Return a cell as text."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else _encode(cell)
