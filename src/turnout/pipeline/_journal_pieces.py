"""Outcomes of neighbouring items as a row of a journal, and back."""

import pickle
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from turnout.errors import TransferError, message_of
from turnout.executors import Reply
from turnout.executors._pickling import Packed, RemoteTraceback, dumps_back, pack_error, unpack_error
from turnout.pipeline._item_marks import are_told_by, shown, storable

PIECE_BYTES = 1 << 24  # results of more items than one are cut below this, so that no row fills the memory
RESULT_BYTES = 900_000_000  # SQLite takes up to 1,000,000,000 in a row
ERROR_CHARS = 10_000  # of an error's text, for the list of failures
COLUMNS = "first, count, run, attempts, failed, marks, results, errors, items"
INSERT = f"INSERT INTO pieces ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  our own names

_BY_NAME = b"\x93"  # the opcode that loads a class or function: only with it can loading fail

Row = tuple[int, int, int, int, int, bytes, bytes, bytes | None, str | None]  # in the order of COLUMNS
FailureRow = tuple[int, str, str, int]


@dataclass(slots=True, kw_only=True)
class Piece:
    """Neighbouring items with their outcomes.

    Attributes:
        first: Index of the first item.
        run: Which run they are from.
        attempts: How often each was tried.
        marks: Of the items, see `_item_marks`.
        values: Results, None where the item failed.
        errors: Packed errors, by offset.
        texts: The items as short texts; None if their marks tell them.
    """

    first: int
    run: int
    attempts: int
    marks: "array[int]"
    values: list[Any]  # the caller's results
    errors: dict[int, Packed]
    texts: list[str] | None

    @property
    def end(self) -> int:
        """Index after the last item."""
        return self.first + len(self.values)

    def part(self, start: int, end: int) -> "Piece":
        """Return a part of it, from offset ``start`` to before ``end``."""
        return Piece(
            first=self.first + start,
            run=self.run,
            attempts=self.attempts,
            marks=self.marks[start:end],
            values=self.values[start:end],
            errors={place - start: error for place, error in self.errors.items() if start <= place < end},
            texts=None if self.texts is None else self.texts[start:end],
        )

    def without(self, start: int, end: int) -> "Iterator[Piece]":
        """Yield what is left without the indexes from ``start`` to before ``end``.

        Each failure comes by itself: they are run again one by one, and then nothing more need be cut.
        """
        for low, high in ((self.first, min(start, self.end)), (max(end, self.first), self.end)):
            at = low
            for failed in sorted(self.first + place for place in self.errors):
                if at <= failed < high:
                    if at < failed:
                        yield self.part(at - self.first, failed - self.first)
                    yield self.part(failed - self.first, failed - self.first + 1)
                    at = failed + 1
            if at < high:
                yield self.part(at - self.first, high - self.first)


def piece_of(reply: Reply, marks: "array[int]", run: int) -> tuple[Piece, bytes, Reply]:
    """Return a reply as a piece, its pickled results, and the reply as it is to be reported."""
    batch, values, failures = reply.batch, reply.values, reply.failures
    results, refused = _pack_values(values, batch.first)
    errors: dict[int, Packed] = {}
    if refused or failures:
        told: dict[int, BaseException] = {**failures, **refused}
        for place, error in told.items():
            errors[place] = _pack_error(error)
            stand_in = unpack_error(errors[place])
            if type(stand_in) is not type(error):  # it does not pickle; an interrupted run is to tell the same
                told[place] = stand_in
        values = [None if place in refused else value for place, value in enumerate(values)] if refused else values
        reply = replace(reply, values=values, failures=told)
    items = batch.items[: len(values)]
    texts = None if are_told_by(marks, items) else [*map(shown, items)]
    piece = Piece(
        first=batch.first, run=run, attempts=batch.attempt, marks=marks, values=values, errors=errors, texts=texts
    )
    return piece, results, reply


def rows_of(piece: Piece, results: bytes | None = None) -> Iterator[Row]:
    """Yield the rows for a piece; several if its results are long.

    Args:
        piece: What to keep; its results were seen to pickle.
        results: Their pickle, if it is at hand.
    """
    count = len(piece.values)
    if results is None:
        results = dumps_back(piece.values, lambda: "the results")
    if len(results) > PIECE_BYTES and count > 1:
        yield from rows_of(piece.part(0, count // 2))
        yield from rows_of(piece.part(count // 2, count))
        return
    yield row_of(piece, results)


def row_of(piece: Piece, results: bytes) -> Row:
    """Return the one row for a piece whose results are not long."""
    errors = pickle.dumps(piece.errors) if piece.errors else None
    texts = None if piece.texts is None else "\n".join(piece.texts)
    count, failed, marks = len(piece.values), len(piece.errors), piece.marks.tobytes()
    return piece.first, count, piece.run, piece.attempts, failed, marks, results, errors, texts


def piece_from(row: Row) -> Piece:
    """Return the piece that a row holds.

    Raises:
        Exception: Whatever loading a result raises.
    """
    first, _, run, attempts, _, marks, results, errors, texts = row
    return Piece(
        first=first,
        run=run,
        attempts=attempts,
        marks=marks_from(marks),
        values=pickle.loads(results),
        errors=pickle.loads(errors) if errors else {},
        texts=None if texts is None else texts.split("\n"),
    )


def marks_from(data: bytes) -> "array[int]":
    """Return the marks that a row holds."""
    marks = array("q")
    marks.frombytes(data)
    return marks


def failure_rows(piece: Piece, failures: dict[int, BaseException]) -> Iterable[FailureRow]:
    """Yield what the list of failures says of a piece's, by its errors as they are reported."""
    for place, error in failures.items():
        item = str(piece.marks[place]) if piece.texts is None else piece.texts[place]
        yield piece.first + place, item, storable(_error_text(error)), piece.attempts


def _pack_values(values: Sequence[Any], first: int) -> tuple[bytes, dict[int, TransferError]]:
    try:
        results = _pickled(values, lambda: "the results")
    except Exception:  # noqa: BLE001  a pickler runs the objects' own code, which may raise anything
        results = b""
    if results and (len(results) <= RESULT_BYTES):
        return results, {}
    refused: dict[int, TransferError] = {}
    good: list[Any] = list(values)
    for place, value in enumerate(values):
        try:
            size = len(_pickled(value, lambda: "the result"))
            if size > RESULT_BYTES:
                raise TransferError("", f"a {type(value).__qualname__}", f"{size:,} bytes are too many")  # noqa: TRY301
        except TransferError as error:
            role = f"the result of item {first + place}"
            refused[place] = TransferError(role, error.culprit, error.reason, "journal")
            good[place] = None
    return _pickled(good, lambda: "the results"), refused


def _pickled(value: Any, role: Callable[[], str]) -> bytes:  # results of the caller's
    """Return a pickle that surely loads."""
    data = dumps_back(value, role)
    if _BY_NAME in data:
        try:
            pickle.loads(data)
        except Exception as error:  # noqa: BLE001  loading runs the object's own code, which may raise anything
            kind = f"a {type(value).__module__}.{type(value).__qualname__}"
            reason = f"loading it raises {type(error).__name__}: {message_of(error)}"
            raise TransferError(role(), kind, reason) from None
    return data


def _pack_error(error: BaseException) -> Packed:
    data, text = pack_error(error)
    cause = error.__cause__
    return data, cause.text if error.__traceback__ is None and isinstance(cause, RemoteTraceback) else text


def _error_text(error: BaseException) -> str:
    text = message_of(error)
    kind = type(error).__name__
    return (f"{kind}: {text}" if text else kind)[:ERROR_CHARS]
