"""Results as a Parquet file, by way of pyarrow.

It is imported when the first rows are written: its import starts two threads, and worker processes can be forked only
while there is but one (pyarrow 26, Linux).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib.util import find_spec
from itertools import chain
from typing import Any

from turnout.cli._drafts import Draft
from turnout.cli._table import Cell, cell_text
from turnout.cli._values import Plainer
from turnout.errors import UnavailableError

KEPT = (float, bytes, datetime, date, time, timedelta, Decimal)
"""What a Parquet file holds beside the types of JSON."""

ROWS_IN_GROUP = 50_000
_GROUP_BYTES = 32 << 20
_FIXED = {"index": "int64", "error": "string"}
Arrow = Any  # pyarrow carries no types


def require_pyarrow() -> None:
    """Raise an `UnavailableError` if there is no pyarrow."""
    if find_spec("pyarrow") is None:
        raise UnavailableError("a .parquet file", "pyarrow is not installed", "pip install 'turnout[parquet]'")


class ParquetSheet:
    """Rows as columns, in groups, so that only one group is in memory.

    Types are those of the first group. If a later group needs others, the file is written anew up to there, group by
    group: whole numbers become floating ones where that loses nothing, a column of no common type becomes text.

    Args:
        draft: The file.
        say: Told which column became text.
        rows_in_group: How many rows are written at once, at least 1.
    """

    def __init__(self, draft: Draft, say: Callable[[str], None], rows_in_group: int = ROWS_IN_GROUP) -> None:
        self._draft = draft
        self._say = say
        self._plainer = Plainer(lambda _: None)  # what it would say was said of the values
        self._rows_in_group = rows_in_group
        self._names: list[str] = []
        self._columns: list[list[Cell]] = []
        self._bytes = 0
        self._told: set[str] = set()
        self._schema: Arrow = None
        self._writer: Arrow = None

    def begin(self, columns: Sequence[str]) -> None:
        """Name the columns."""
        self._names = list(columns)
        self._columns = [[] for _ in columns]

    def row(self, cells: Sequence[Cell]) -> None:
        """Keep one row, and write the group if it is complete."""
        for column, cell in zip(self._columns, cells, strict=True):
            column.append(cell)
            self._bytes += _weight(cell)
        if len(self._columns[0]) >= self._rows_in_group or self._bytes >= _GROUP_BYTES:
            self._write()

    def close(self) -> None:
        """Write the last group and the file's end."""
        if self._columns[0] or self._writer is None:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        import pyarrow as pa  # noqa: PLC0415  see above

        arrays = [self._array(name, cells) for name, cells in zip(self._names, self._columns, strict=True)]
        group = pa.Table.from_arrays(arrays, names=self._names)
        if self._writer is None:
            self._schema = group.schema
            self._writer = self._open()
        elif group.schema != self._schema:
            group = self._fitted(group)
        self._writer.write_table(group)
        for column in self._columns:
            column.clear()
        self._bytes = 0

    def _open(self) -> Arrow:
        import pyarrow.parquet as pq  # noqa: PLC0415  see above

        return pq.ParquetWriter(self._draft.stream, self._schema)

    def _array(self, name: str, cells: list[Cell]) -> Arrow:
        import pyarrow as pa  # noqa: PLC0415  see above

        if name in _FIXED:
            return pa.array([_utf8(cell) for cell in cells], pa.type_for_alias(_FIXED[name]))
        try:
            array = pa.array([_utf8(cell) for cell in cells])
        except (pa.ArrowException, ValueError, TypeError, OverflowError):  # of several types, or beyond 64 bits
            return self._texts(name, cells)
        return array if _is_storable(array.type) else self._texts(name, cells)

    def _texts(self, name: str, cells: list[Cell]) -> Arrow:
        import pyarrow as pa  # noqa: PLC0415  see above

        if name not in self._told:
            self._told.add(name)
            self._say(f"the column {name!r} holds values of several kinds; it is written as text")
        return pa.array([self._text(cell) for cell in cells], pa.string())

    def _text(self, cell: Cell) -> str | None:
        return None if cell is None else _utf8(cell_text(self._plainer.plain(cell)))

    def _fitted(self, group: Arrow) -> Arrow:
        """Return a group of the file's types, after the file was given types that hold both."""
        import pyarrow as pa  # noqa: PLC0415  see above

        pairs = list(zip(self._schema, group.schema, strict=True))
        schema = pa.schema([self._common(old, new) for old, new in pairs])
        texts = pa.schema([old if old == new else pa.field(old.name, pa.string()) for old, new in pairs])
        if schema != self._schema or not _fits(group, schema):
            self._rewrite(group, schema, texts)
        return self._cast(group, self._schema)

    def _common(self, old: Arrow, new: Arrow) -> Arrow:
        import pyarrow as pa  # noqa: PLC0415  see above

        try:
            return pa.unify_schemas([pa.schema([old]), pa.schema([new])], promote_options="permissive").field(0)
        except pa.ArrowException:
            return pa.field(old.name, pa.string())

    def _cast(self, group: Arrow, schema: Arrow) -> Arrow:
        import pyarrow as pa  # noqa: PLC0415  see above

        columns = []
        for field, column in zip(schema, group.columns, strict=True):
            if pa.types.is_string(field.type) and column.type not in {pa.string(), pa.null()}:
                columns.append(self._texts(field.name, column.to_pylist()))
            else:
                columns.append(column.cast(field.type))
        return pa.Table.from_arrays(columns, schema=schema)

    def _rewrite(self, group: Arrow, schema: Arrow, texts: Arrow) -> None:
        """Give the file so far another schema: ``texts`` if a value would be lost in the other one."""
        import pyarrow.parquet as pq  # noqa: PLC0415  see above

        self._writer.close()
        with self._draft.anew() as former, pq.ParquetFile(former) as file:
            places = range(file.num_row_groups)
            groups = chain([group], (file.read_row_group(place, use_threads=False) for place in places))
            self._schema = schema if all(_fits(one, schema) for one in groups) else texts
            self._writer = self._open()
            for place in places:
                self._writer.write_table(self._cast(file.read_row_group(place, use_threads=False), self._schema))


class ParquetArrays:
    """Columns of arrays, which are written as they are, piece by piece.

    Args:
        draft: The file.
        types: The Arrow type of each column, by name; ``"names"`` for texts that are few and come often, ``"moment"``
            for nanoseconds since the epoch.
    """

    def __init__(self, draft: Draft, types: Mapping[str, str]) -> None:
        import pyarrow as pa  # noqa: PLC0415  see above
        import pyarrow.parquet as pq  # noqa: PLC0415  likewise

        known = {"names": pa.dictionary(pa.int32(), pa.string()), "moment": pa.timestamp("ns", "UTC")}
        self._schema = pa.schema([(name, known.get(kind) or pa.type_for_alias(kind)) for name, kind in types.items()])
        self._writer = pq.ParquetWriter(draft.stream, self._schema, compression="zstd")

    def write(self, columns: Mapping[str, Any]) -> None:  # arrays, and pairs of them
        """Write rows: arrays of one length, one for each column; for ``"names"``, places and the texts there."""
        import pyarrow as pa  # noqa: PLC0415  see above

        arrays = [
            pa.DictionaryArray.from_arrays(*columns[field.name])
            if pa.types.is_dictionary(field.type)
            else pa.array(columns[field.name], field.type)
            for field in self._schema
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Write the file's end."""
        self._writer.close()


def _fits(group: Arrow, schema: Arrow) -> bool:
    """Tell whether a group can be cast without loss; such as no whole number that no floating one equals."""
    import pyarrow as pa  # noqa: PLC0415  see above

    try:
        for field, column in zip(schema, group.columns, strict=True):
            if not pa.types.is_string(field.type):
                column.cast(field.type)
    except pa.ArrowException:
        return False
    return True


def _is_storable(kind: Arrow) -> bool:
    """Tell whether Parquet can hold it: a structure without fields it cannot."""
    import pyarrow as pa  # noqa: PLC0415  see above

    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(_is_storable(kind.field(place).type) for place in range(kind.num_fields))
    return _is_storable(kind.value_type) if pa.types.is_list(kind) else True


def _utf8(cell: Cell) -> Cell:
    """Return the cell without lone surrogates, which UTF-8 lacks."""
    match cell:
        case str():
            return cell if cell.isascii() else cell.encode("utf-8", "backslashreplace").decode()
        case list():
            return [_utf8(part) for part in cell]
        case dict():
            return {_utf8(name): _utf8(part) for name, part in cell.items()}
        case _:
            return cell


def _weight(cell: Cell) -> int:
    """Return about how many bytes a cell takes."""
    match cell:
        case str() | bytes():
            return len(cell)
        case list():
            return sum(map(_weight, cell))
        case dict():
            return sum(map(_weight, cell.values())) + 8 * len(cell)
        case _:
            return 8
