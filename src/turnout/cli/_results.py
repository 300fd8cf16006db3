r"""What became of each item, written as the outcomes arrive.

    .jsonl          one object a line; whole lines at any time
    .csv            one row an item
    .parquet        the same, by columns (needs pyarrow)
    .jsonl.gz .csv.gz
    -               JSON lines on standard output

All but ``.jsonl`` and standard output appear under their name when they are complete; a run that is interrupted
completes them with what was done. Into a device or a pipe they are written at once.
"""

import gzip
import json
import os
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from turnout.cli._drafts import Draft, complaining, write_whole
from turnout.cli._options import STANDARD_OUTPUT, output_file, output_file_or_dash
from turnout.cli._table import CsvSheet, Sheet, Table
from turnout.cli._values import Plainer, error_words
from turnout.errors import UsageError
from turnout.outcomes import Failure, Outcome

_SUFFIXES = (".jsonl", ".csv", ".parquet", ".jsonl.gz", ".csv.gz")
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

Say = Callable[[str], None]


class Results(Protocol):
    """Where outcomes go."""

    def add(self, outcome: Outcome[Any]) -> None:
        """Write one."""
        ...


def results_file(text: str) -> str:
    """Return the name of a file of results, or a dash, as `output_file` does."""
    if text == STANDARD_OUTPUT:
        return output_file_or_dash(text)
    if not text.lower().endswith(_SUFFIXES):
        raise ArgumentTypeError(
            f"{text!r} has no suffix that tells a format; end it in .jsonl, .csv or .parquet (.jsonl.gz, .csv.gz)"
        )
    if text.lower().endswith(".parquet"):
        from turnout.cli._parquet import require_pyarrow  # noqa: PLC0415  only who asks for it needs it

        require_pyarrow()
    return output_file(text)


@contextmanager
def open_results(name: str, say: Say, standard_output: BinaryIO) -> Iterator[Results]:
    """Open a file of results for the time of a block, and complete it however the block ends.

    Args:
        name: As `results_file` returns it. A file that is there is overwritten, unless the block ends by an error
            before anything was written and the format allows it.
        say: Told, in a sentence, what could not be written as it is, and where the results so far are if an error
            ends the block.
        standard_output: Where a dash leads.

    Raises:
        UsageError: If it cannot be written.
        BrokenPipeError: If nobody reads standard output any more.
    """
    if name == STANDARD_OUTPUT:
        yield _Guarded(JsonLines(_FlushedStream(standard_output), say), "standard output")
    elif name.lower().endswith(".jsonl"):
        with complaining(name):
            stream = Path(name).open("wb", buffering=0)  # noqa: SIM115  what its opening raises is told, not the block's
        with stream:
            lines = JsonLines(stream, say)
            try:
                yield _Guarded(lines, name)
            except BrokenPipeError:
                raise
            except BaseException:
                if lines.written:
                    _say_kept(name, say)
                raise
    else:
        draft = Draft(name)
        if draft.is_in_place and name.lower().endswith(".parquet"):
            draft.discard()
            raise UsageError(f"{name!r} is a device or a pipe, where no Parquet file can be; name a file, or take .csv")
        results = _drafted(draft, say)
        guarded = _Guarded(results, name)
        try:
            try:
                yield guarded
            except BaseException:
                if guarded.is_broken:
                    _give_up(results)
                elif results.written:
                    _rescue(results, draft, say)
                raise
            _complete(results, draft)
        finally:
            draft.discard()


class JsonLines:
    """One JSON object a line: index, item, then value, or error and attempts.

    Args:
        stream: Takes the bytes.
        say: Told what has no plain form.
    """

    def __init__(self, stream: "BinaryIO | gzip.GzipFile | _FlushedStream", say: Say) -> None:
        self._stream = stream
        self._plainer = Plainer(say)
        self.written = 0

    def add(self, outcome: Outcome[Any]) -> None:
        """Write one line, at once."""
        plain = self._plainer.plain
        record = {"index": outcome.index, "item": plain(outcome.item)}
        if isinstance(outcome, Failure):
            record["error"] = dict(zip(("type", "message"), error_words(outcome.error), strict=True))
        else:
            record["value"] = plain(outcome.value)
        record["attempts"] = outcome.attempts
        # In a JSON text, what "backslashreplace" makes of a lone surrogate is its proper escape.
        line = f"{_encode(record)}\n".encode("utf-8", "backslashreplace")
        write_whole(self._stream, line)  # type: ignore[arg-type]  # each has what is called
        self.written += 1

    def close(self) -> None:
        """End a packed file."""
        self._stream.close()


class _Guarded:
    """Results whose file's errors are told in a sentence.

    Args:
        results: Raise what the system says.
        name: What the file is called.

    Attributes:
        is_broken: Whether something was not written, so that what comes after it would stand in a wrong place.
    """

    def __init__(self, results: "JsonLines | Table", name: str) -> None:
        self.is_broken = False
        self._results = results
        self._name = name

    def add(self, outcome: Outcome[Any]) -> None:
        """Write one."""
        try:
            self._results.add(outcome)
        except OSError:  # a `with complaining` for each outcome would cost more than the rest
            self.is_broken = True
            with complaining(self._name):
                raise


class _FlushedStream:
    """Standard output, where each line is seen at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        written = self._stream.write(data)
        self._stream.flush()
        return written

    def close(self) -> None:
        self._stream.flush()


def _drafted(draft: Draft, say: Say) -> JsonLines | Table:
    suffix = Path(draft.name).suffix.lower()
    if suffix == ".parquet":
        from turnout.cli._parquet import KEPT, ParquetSheet  # noqa: PLC0415  only who asks for it needs it

        return Table(ParquetSheet(draft, say), say, KEPT)
    stream: BinaryIO | gzip.GzipFile = draft.stream
    if suffix == ".gz":
        stream = gzip.GzipFile(filename=os.path.basename(draft.name)[:-3], mode="wb", fileobj=draft.stream, mtime=0)  # noqa: PTH119  # a name with a null character is told later
    if draft.name.lower().endswith((".jsonl", ".jsonl.gz")):
        return JsonLines(stream, say)
    sheet: Sheet = CsvSheet(stream)
    return Table(sheet, say)


def _complete(results: JsonLines | Table, draft: Draft) -> None:
    with complaining(draft.name):
        results.close()
    draft.publish()


def _rescue(results: JsonLines | Table, draft: Draft, say: Say) -> None:
    """Keep what was done until the block ended by an error, which goes on its way all the same."""
    try:
        _complete(results, draft)
    except BrokenPipeError:
        return
    except UsageError as error:
        with suppress(OSError):  # nobody reads it
            say(str(error))
    else:
        _say_kept(draft.name, say)


def _give_up(results: JsonLines | Table) -> None:
    """Close a file that takes no more, which would otherwise complain when it is collected."""
    with suppress(OSError, ValueError):  # pyarrow says the latter where it has failed before
        results.close()


def _say_kept(name: str, say: Say) -> None:
    with suppress(OSError):  # as above
        say(f"results so far: {name}")
