r"""Items from files and streams of text.

All text is UTF-8, a byte order mark is allowed, lines end in ``\n`` or ``\r\n``, and blank lines are skipped.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from turnout.errors import ItemsError
from turnout.items._complaints import shorten, suggest
from turnout.items._kinds import Piece, convert_all, convert_lazily
from turnout.items._tables import TABLES, table_pieces

_JSON_LINES = (".jsonl", ".ndjson")
_WHOLE_BYTES = 64 << 20
_PACKED_SHARE = 8  # text packs to about an eighth


def read_items(
    name: str, *, column: str | None = None, item_type: str | None = None, whole_bytes: int = _WHOLE_BYTES
) -> Iterable[Any]:
    """Return the items in a file.

    Args:
        name: A text file, one item a line; ``.jsonl`` or ``.ndjson``, one JSON value a line; ``.csv`` or ``.tsv`` with
            a header line. ``file.csv:column`` is short for ``column``. With ``.gz`` after that, it is unpacked.
        column: The column of a table, or the key of each JSON object; may be left out for a table of one column.
        item_type: One of `ITEM_TYPES`; None to find out (see ``_kinds``). JSON values have types of their own.
        whole_bytes: Up to this size, the file is read whole.

    Returns:
        A list; an iterator that reads as it goes for a greater file, a pipe or a device.

    Raises:
        ItemsError: If it cannot be read, is not UTF-8, holds no items or one that does not fit; from an iterator, also
            while iterating.
    """
    if not name:
        raise ItemsError("the items file has no name; name a file, or - for standard input")
    path, column = _path_and_column(name, column)
    is_json = _suffix(path) in _JSON_LINES
    if column is not None and not is_json and _suffix(path) not in TABLES:
        raise ItemsError(f"{str(path)!r} has no columns; give a .csv, .tsv or .jsonl file, or leave the column out")
    if is_json and item_type not in {None, "json"}:
        raise ItemsError(f"the values in {str(path)!r} have types of their own; leave --item-type out")
    pieces = _pieces(path, column)
    kind = "json" if is_json else item_type
    if _is_small(path, whole_bytes):
        return convert_all(list(pieces), str(path), kind)
    return convert_lazily(pieces, str(path), kind)


def stream_items(
    stream: Iterable[bytes], *, source: str = "standard input", item_type: str | None = None
) -> Iterator[Any]:
    """Return an iterator over the items in a stream, one a line, read as it goes.

    Args:
        stream: Lines, as a binary file gives them.
        source: What to call it in messages.
        item_type: One of `ITEM_TYPES`; None to let the first item tell.

    Raises:
        ItemsError: If there are none; while iterating, if a line is not UTF-8 or not of the type.
    """
    return convert_lazily(_nonblank(_decoded(stream, source)), source, item_type)


def items_file(name: str, column: str | None = None) -> Path:
    """Return the file that `read_items` reads when it is given the same."""
    return _path_and_column(name, column)[0]


def _path_and_column(name: str, column: str | None) -> tuple[Path, str | None]:
    if column is None and not os.path.exists(name):  # noqa: PTH110  # Path.exists raises on a name too long
        return _split_column(name)
    return Path(name), column


def _split_column(name: str) -> tuple[Path, str | None]:
    head, colon, tail = name.rpartition(":")
    if colon and _suffix(Path(head)) in (*TABLES, *_JSON_LINES):
        return Path(head), tail
    return Path(name), None


def _suffix(path: Path) -> str:
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return name.suffix.lower()


def _is_small(path: Path, whole_bytes: int) -> bool:
    share = _PACKED_SHARE if path.suffix.lower() == ".gz" else 1
    try:
        return path.is_file() and path.stat().st_size <= whole_bytes // share
    except (OSError, ValueError):  # opening it tells more
        return False


def _pieces(path: Path, column: str | None) -> Iterator[Piece]:
    suffix = _suffix(path)
    try:
        with _open(path) as stream:
            lines = _decoded(stream, str(path))
            if suffix in TABLES:
                yield from table_pieces(lines, str(path), column, TABLES[suffix])
            elif column is not None:
                yield from (_field(piece, str(path), column) for piece in _nonblank(lines))
            else:
                yield from _nonblank(lines)
    except FileNotFoundError:
        near = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = suggest(path.name, near)
        raise ItemsError(
            f"there is no file {str(path)!r} to read items from; {hint if hint.endswith('?') else 'check its path'}"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ItemsError(f"the items in {str(path)!r} cannot be read ({reason}); give a readable file") from None


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    try:
        return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")
    except ValueError as error:  # a null character in the name
        raise OSError(str(error)) from error


def _decoded(stream: Iterable[bytes], source: str) -> Iterator[str]:
    for number, line in enumerate(stream, start=1):
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            found = f"byte 0x{line[error.start]:02x}"
            raise ItemsError(f"{source}, line {number}: {found} is not UTF-8; save it as UTF-8 text") from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _nonblank(lines: Iterable[str]) -> Iterator[Piece]:
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if text and not text.isspace():
            yield Piece(number, text)


def _field(piece: Piece, source: str, column: str) -> Piece:
    where = f"{source}, line {piece.line}"
    try:
        record = json.loads(piece.text)
    except (ValueError, RecursionError):
        raise ItemsError(f"{where}: {shorten(repr(piece.text))} is not JSON; correct it") from None
    if not isinstance(record, dict):
        raise ItemsError(f"{where}: found {shorten(piece.text)}, not an object with {column!r}; leave the column out")
    if column not in record:
        raise ItemsError(f"{where}: the object has no {column!r}; {suggest(column, record)}")
    return Piece(piece.line, json.dumps(record[column]))
