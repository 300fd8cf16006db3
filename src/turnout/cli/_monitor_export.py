"""``turnout monitor export``: what a monitor has kept, as a table for other programs."""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from turnout.cli._drafts import Draft, complaining, write_whole
from turnout.cli._monitor_state import add_state
from turnout.cli._parquet import ParquetArrays, require_pyarrow
from turnout.cli._streams import kept_for_records
from turnout.clock import epoch_ns
from turnout.errors import ExitStatus, UsageError
from turnout.report._words import plural

if TYPE_CHECKING:
    from turnout.jobs.monitor.history import Column, Columns

SUMMARY = "write what a monitor has kept to a Parquet or CSV file"

_STDOUT = "-"
_SECOND_NS = 10**9
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NAMES = ("sensor", "rack", "zone", "room", "kind")
_READINGS = {"value": "double"}
_SUMMARIES = {"count": "int64", "low": "float", "mean": "float", "high": "float"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    parser.add_argument("output", metavar="FILE", help=f"a .parquet or .csv file; {_STDOUT} prints CSV")
    parser.add_argument(
        "--level",
        choices=("readings", "10s", "1min", "1h"),
        default="readings",
        help="readings as they came, or least, mean and greatest of each sensor in each step (default: %(default)s)",
    )
    for name, what in (("from", "the first"), ("to", "the first that is left out")):
        parser.add_argument(
            f"--{name}",
            dest=f"{name}_time",
            metavar="TIME",
            help=f"{what}: 2026-11-28T17:00, local unless it says otherwise, or 90s, 30m, 6h, 2d ago",
        )
    parser.add_argument("--zone", metavar="NAME", help="only the sensors of this zone")
    add_state(parser)


def run(options: argparse.Namespace) -> int:
    """Write the file; also while the monitor runs."""
    from turnout.jobs.monitor.history import columns_of  # noqa: PLC0415  the help must not pay for it

    now_ns = epoch_ns()
    pieces = columns_of(
        Path(options.state),
        level=options.level,
        start_ns=_moment_ns(options.from_time, now_ns),
        end_ns=_moment_ns(options.to_time, now_ns),
        zone=options.zone,
    )
    figures = _READINGS if options.level == "readings" else _SUMMARIES
    if options.output == _STDOUT:
        with kept_for_records() as records:
            count = _write_csv(records, pieces, figures)
    else:
        count = _write_file(options.output, pieces, figures)
    print(f"turnout monitor: {plural(count, 'row')}", file=sys.stderr)
    return ExitStatus.OK


def _write_file(name: str, pieces: "Iterator[Columns]", figures: Mapping[str, str]) -> int:
    ending = Path(name).suffix.lower()
    if ending not in {".csv", ".parquet"}:
        raise UsageError(f"{name!r} ends in neither .parquet nor .csv; name such a file, or {_STDOUT} to print CSV")
    if ending == ".parquet":
        require_pyarrow()
    draft = Draft(name)
    try:
        with complaining(name):
            if ending == ".csv":
                count = _write_csv(draft.stream, pieces, figures)
            else:
                count = _write_parquet(draft, pieces, figures)
        draft.publish()
    finally:
        draft.discard()
    return count


def _write_parquet(draft: Draft, pieces: "Iterator[Columns]", figures: Mapping[str, str]) -> int:
    count = 0
    with closing(ParquetArrays(draft, {"time": "moment", **dict.fromkeys(_NAMES, "names"), **figures})) as table:
        for piece in pieces:
            places = piece.sensor.astype("int32")
            names = {name: (places, texts) for name, texts in zip(_NAMES, piece.names.T.tolist(), strict=True)}
            table.write({"time": piece.time_ns, **names, **piece.values})
            count += len(piece.sensor)
    return count


def _write_csv(stream: BinaryIO, pieces: "Iterator[Columns]", figures: Mapping[str, str]) -> int:
    count = 0
    first = list(islice(pieces, 1))  # what is not there is complained of before anything is written
    write_whole(stream, (",".join(("time", *_NAMES, *figures)) + "\n").encode())
    quoted: list[str] = []
    for piece in chain(first, pieces):
        quoted = quoted or [",".join(map(_quoted, words)) for words in piece.names.tolist()]
        columns = [_texts(piece.values[name]) for name in figures]
        rows = zip(piece.times(), piece.sensor.tolist(), *columns, strict=True)
        lines = [f"{time},{quoted[sensor]},{','.join(texts)}\n" for time, sensor, *texts in rows]
        write_whole(stream, "".join(lines).encode())
        count += len(lines)
    return count


def _texts(column: "Column") -> Iterator[str]:
    """Write each figure with as many digits as tell it from the others of its kind."""
    return map(
        str, column if column.dtype == "float32" else column.tolist()
    )  # a float32 as a float has digits too many


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text


def _moment_ns(text: str | None, now_ns: int) -> int | None:
    if text is None:
        return None
    ago = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if ago is not None:
        return now_ns - int(ago[1]) * _UNITS_S[ago[2]] * _SECOND_NS
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1e6) * 1000
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{text!r} is not a time; write 2026-11-28T17:00, or 90s, 30m, 6h or 2d for that long ago"
        ) from None
