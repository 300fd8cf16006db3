"""``turnout race``: one function, all models, one report."""

import argparse
import sys
from collections.abc import Callable
from typing import BinaryIO

import turnout
from turnout.cli._apart import check_apart
from turnout.cli._console import ProgressLine, print_report, print_saved, write_file
from turnout.cli._items import ITEMS_HELP, add_item_options, named_items
from turnout.cli._options import (
    STANDARD_OUTPUT,
    add_json_option,
    names,
    output_file,
    positive_count,
    positive_counts,
    positive_seconds,
)
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus
from turnout.items import resolve_target
from turnout.report import RaceReport

SUMMARY = "run a function under every concurrency model, and say which is fastest and why"

Race = Callable[..., RaceReport]

_EPILOG = f"""\
examples:
  turnout race mypackage.mymodule:work --items inputs.txt
  turnout race work.py:fetch --items urls.csv:url --executors threads,asyncio --workers 1,4,16
  turnout race work.py:factor --range 20_000..30_000 --html race.html
  turnout race work.py:factor --range 20_000..30_000 --python python3.14t --python pypy3
  turnout race math:factorial --items-from work.py:numbers --json -
  turnout race download                  (the course's ways to download, beside turnout download)
  turnout race crawl                     (likewise)

{ITEMS_HELP}
exit status: 0 if the race was run, 1 if no model finished without failures, 2 if what was asked cannot be done.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout race`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("target", metavar="TARGET", help="module:function or path/to/file.py:function; takes one item")
    add_item_options(parser)
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
    race.add_argument(
        "--python",
        metavar="PYTHON",
        action="append",
        help="run it under another Python, too: a name (pypy3), a path, or all; may be repeated",
    )
    race.add_argument("--start-method", choices=("fork", "forkserver", "spawn"), help="how worker processes are made")
    output = parser.add_argument_group("output, besides the table")
    add_json_option(output)
    output.add_argument("--html", metavar="FILE", type=output_file, help="a page with timelines, in one file")
    output.add_argument("--trace", metavar="FILE", type=output_file, help="a Chrome trace, for Perfetto")


def run(options: argparse.Namespace, race: Race | None = None, standard_input: BinaryIO | None = None) -> int:
    """Race, and show what was found.

    Args:
        options: As `add_arguments` describes.
        race: Stands in for `turnout.race`.
        standard_input: Stands in for that of this process.
    """
    check_apart(options, ("json", "html", "trace"))
    function = resolve_target(options.target)
    items, source = named_items(options, standard_input)
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
            pythons=options.python,
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
