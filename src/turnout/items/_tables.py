"""One column of a CSV or TSV table."""

import csv
from collections.abc import Iterable, Iterator

from turnout.errors import ItemsError
from turnout.items._complaints import suggest
from turnout.items._kinds import Piece

TABLES = {".csv": ",", ".tsv": "\t"}
"""The delimiter for each suffix."""


def table_pieces(lines: Iterable[str], source: str, column: str | None, delimiter: str) -> Iterator[Piece]:
    """Yield the text of each cell of a column; empty cells are skipped, as blank lines are.

    Args:
        lines: The table's text, with its line ends; the first line names the columns.
        source: What to call the table in messages.
        column: The name of the column; None for the only one.
        delimiter: What stands between two cells.

    Raises:
        ItemsError: If there is no such column or more than one, a row has more or fewer cells than the header, or the
            table is not well formed.
    """
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(rows, [])
        if not header:
            return
        place = _place(header, source, column)
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise ItemsError(
                    f"{source}, line {rows.line_num}: the row has {_cells(len(row))}, and the header {len(header)}; "
                    "correct it: a cell may be empty, and one with a delimiter in it stands in quotes"
                )
            if row[place] and not row[place].isspace():
                yield Piece(rows.line_num, row[place])
    except csv.Error as error:
        raise ItemsError(f"{source}, line {rows.line_num}: the table is broken ({error}); correct its quotes") from None


def _place(header: list[str], source: str, column: str | None) -> int:
    names = [name.strip() for name in header]
    if column is None:
        if len(names) > 1:
            raise ItemsError(f"{source} has {len(names)} columns ({', '.join(names)}); choose one with --column NAME")
        return 0
    if column not in names:
        raise ItemsError(f"{source} has no column {column!r}; {suggest(column, names)}")
    if names.count(column) > 1:
        raise ItemsError(f"{source} has {names.count(column)} columns {column!r}; rename all but one")
    return names.index(column)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
