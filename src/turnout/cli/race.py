"""``turnout race``: one function, all models, one report."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import turnout
from turnout.cli._console import ProgressLine, print_report, print_saved, write_file
from turnout.cli._options import (
    STANDARD_OUTPUT,
    names,
    output_file,
    output_file_or_dash,
    positive_count,
    positive_counts,
    positive_seconds,
)
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, UsageError
from turnout.items import ITEM_TYPES, call_for_items, parse_range, read_items, resolve_target, stream_items
from turnout.report import RaceReport

SUMMARY = "run a function under every concurrency model, and say which is fastest and why"

STANDARD_INPUT = "-"

Race = Callable[..., RaceReport]

_EPILOG = """\
examples:
  turnout race mypackage.mymodule:work --items inputs.txt
  turnout race work.py:fetch --items urls.csv:url --executors threads,asyncio --workers 1,4,16
  turnout race work.py:factor --range 20_000..30_000 --html race.html
  turnout race math:factorial --items-from work.py:numbers --json -

text files hold one item a line, in UTF-8; blank lines are skipped. Without --item-type, items are whole numbers if each
is written as one (so 007 stays text), else numbers, else text; for standard input and very large files, the first item
tells. A .jsonl file holds one JSON value a line; a .csv or .tsv file names its columns in its first line; any of them
may be packed, as .gz.

exit status: 0 if the race was run, 1 if no model finished without failures, 2 if what was asked cannot be done.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout race`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("target", metavar="TARGET", help="module:function or path/to/file.py:function; takes one item")
    items = parser.add_argument_group("items (exactly one of the first three)")
    source = items.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--items", metavar="FILE", help="text, .jsonl, .csv:COLUMN or .tsv:COLUMN; - for standard input"
    )
    source.add_argument("--range", metavar="A..B", help="whole numbers from A to B, both included; A..B..STEP")
    source.add_argument("--items-from", metavar="MODULE:CALLABLE", help="called without arguments; gives the items")
    items.add_argument("--column", metavar="NAME", help="the column of a table, or the key of JSON objects")
    items.add_argument("--item-type", choices=ITEM_TYPES, help="what the text of an item becomes")
    race = parser.add_argument_group("race")
    race.add_argument(
        "--executors", metavar="A,B", type=names, help="which models; all that suit the function if left out"
    )
    race.add_argument(
        "--coroutine", metavar="TARGET", help="the same work as an `async def`, which then races on asyncio"
    )
    race.add_argument(
        "--workers", metavar="N,M", type=positive_counts, help="how many workers; several show how it scales"
    )
    race.add_argument("--budget", metavar="SECONDS", type=positive_seconds, help="about how long the race may take")
    race.add_argument("--repeats", metavar="N", type=positive_count, help="how often each contender runs")
    race.add_argument("--sample", metavar="N", type=positive_count, help="how many items each run gets")
    race.add_argument("--start-method", choices=("fork", "forkserver", "spawn"), help="how worker processes are made")
    output = parser.add_argument_group("output, besides the table")
    output.add_argument(
        "--json",
        metavar="FILE",
        nargs="?",
        const=STANDARD_OUTPUT,
        type=output_file_or_dash,
        help="JSON, instead of the table if no file is named",
    )
    output.add_argument("--html", metavar="FILE", type=output_file, help="a page with timelines, in one file")
    output.add_argument("--trace", metavar="FILE", type=output_file, help="a Chrome trace, for Perfetto")


def run(options: argparse.Namespace, race: Race | None = None, standard_input: BinaryIO | None = None) -> int:
    """Race, and show what was found.

    Args:
        options: As `add_arguments` describes.
        race: Stands in for `turnout.race`.
        standard_input: Stands in for that of this process.
    """
    function = resolve_target(options.target)
    items, source = _items(options, standard_input)
    given = {"budget_s": options.budget, "repeats": options.repeats}
    with ProgressLine(sys.stderr) as progress:
        report = (race or turnout.race)(
            function,
            items,
            executors=options.executors,
            workers=options.workers,
            sample=options.sample,
            start_method=options.start_method,
            coroutine_function=resolve_target(options.coroutine) if options.coroutine else None,
            title=f"{options.target.rpartition(':')[2]} over {source}",
            progress=progress.show,
            **{name: value for name, value in given.items() if value is not None},
        )
    try:
        if options.json == STANDARD_OUTPUT:
            write_out(report.to_json())
        else:
            print_report(report)
    finally:  # even if nobody read that to its end
        _write_files(options, report)
    return ExitStatus.FINDING if report.choice is None else ExitStatus.OK


def _write_files(options: argparse.Namespace, report: RaceReport) -> None:
    for name, render, what in (
        (options.json, report.to_json, "JSON"),
        (options.html, report.to_html, "page"),
        (options.trace, report.to_chrome_trace, "trace"),
    ):
        if name not in {None, STANDARD_OUTPUT}:
            write_file(name, render())
            print_saved(name, what)


def _items(options: argparse.Namespace, standard_input: BinaryIO | None) -> tuple[Iterable[Any], str]:
    """Return the items, and what a title calls them."""
    if options.items is None:
        for option in ("column", "item_type"):
            if getattr(options, option) is not None:
                raise UsageError(f"--{option.replace('_', '-')} goes with --items FILE only; leave it out")
    if options.range is not None:
        return parse_range(options.range), options.range
    if options.items_from is not None:
        return call_for_items(options.items_from), options.items_from
    if options.items == STANDARD_INPUT:
        if options.column is not None:
            raise UsageError("standard input has no columns; leave --column out, or name a file")
        return stream_items(standard_input or sys.stdin.buffer, item_type=options.item_type), "standard input"
    return read_items(options.items, column=options.column, item_type=options.item_type), options.items
