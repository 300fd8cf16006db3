"""What ``turnout run`` takes, and what of it `turnout.run` is asked for."""

import argparse
from collections.abc import Mapping
from typing import Any

from turnout.cli._apart import check_apart
from turnout.cli._items import ITEMS_HELP, add_item_options
from turnout.cli._options import (
    STANDARD_OUTPUT,
    output_file,
    output_file_or_dash,
    positive_count,
    positive_number,
    positive_seconds,
    whole_number,
)
from turnout.cli._results import results_file
from turnout.cli._values import VALUES_HELP
from turnout.errors import UsageError
from turnout.items import resolve_target
from turnout.report._words import listed

_EPILOG = f"""\
examples:
  turnout run work.py:fetch --items urls.csv:url --output pages.jsonl --retries 3 --timeout 10
  turnout run work.py:factor --range 1..1_000_000 --output factors.parquet --html run.html
  turnout run work.py:fetch --items urls.txt --journal fetch.journal      (again: goes on where it ended)
  cat urls.txt | turnout run work.py:fetch --items - --output - | jq .value

{ITEMS_HELP}
results are written where --output says, one record an item with index, item, value or error (and attempts, in JSON);
without it, they are dropped, and only the summary is shown. In .csv and .parquet, the fields of the first value, if it
has any, are the columns. .jsonl is written line by line; the others appear under their name at the end, with what was
done if the run is interrupted. A resumed run writes all results again, those from the journal too.
With --output - or --json -, what items print goes to standard error.
{VALUES_HELP}
Ctrl-C, once: takes no further item, ends those under way, and shows the summary; twice: leaves at once.

exit status: 0 if all items succeeded, 1 if some failed, 2 if what was asked cannot be done, 130 after Ctrl-C,
143 after SIGTERM, 129 after SIGHUP (a lost connection).
"""


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout run`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "target",
        metavar="TARGET",
        help="module:function or path/to/file.py:function, which takes one item; or a pipeline of turnout.stage(...)",
    )
    add_item_options(parser)
    how = parser.add_argument_group("how")
    how.add_argument("--executor", metavar="NAME", help="auto (chooses, and changes if it was wrong), threads, ...")
    how.add_argument("--workers", metavar="N", type=positive_count, help="how many items are run at once")
    how.add_argument("--unordered", action="store_true", help="take results as soon as they are there")
    how.add_argument("--dask", metavar="ADDRESS", help="run on the workers of this Dask scheduler")
    how.add_argument("--batch-size", metavar="N", type=positive_count, help="how many items are handed over at once")
    how.add_argument("--start-method", choices=("fork", "forkserver", "spawn"), help="how worker processes are made")
    care = parser.add_argument_group("limits and failures")
    care.add_argument("--timeout", metavar="SECONDS", type=positive_seconds, help="how long an item may take")
    care.add_argument("--retries", metavar="N", type=whole_number, help="how often a failed item is tried again")
    care.add_argument("--rate", metavar="N", type=positive_number, help="how many calls may begin in a second")
    care.add_argument("--key", metavar="MODULE:CALLABLE", help="what --key-limit counts by, such as an item's host")
    care.add_argument("--key-limit", metavar="N", type=positive_count, help="items of one key under way; 1 with --key")
    care.add_argument(
        "--on-error",
        choices=("return", "raise", "skip"),
        default="return",
        help="return: write failures too (the default); raise: stop at the first; skip: leave them out of the results",
    )
    care.add_argument(
        "--journal", metavar="FILE", help="keep what is done, so that the same command goes on from there"
    )
    care.add_argument("--retry-failed", action="store_true", help="run again what failed by the journal")
    output = parser.add_argument_group("output")
    output.add_argument(
        "--output",
        metavar="FILE",
        type=results_file,
        help="results: .jsonl, .csv (both also .gz), .parquet; - for stdout",
    )
    output.add_argument("--json", metavar="FILE", type=output_file_or_dash, help="the summary as JSON; - for stdout")
    output.add_argument("--html", metavar="FILE", type=output_file, help="a page with timelines, in one file")
    output.add_argument("--trace", metavar="FILE", type=output_file, help="a Chrome trace, for Perfetto")
    output.add_argument("--explain", action="store_true", help="tell all reasons for the track that was taken")
    output.add_argument("--quiet", action="store_true", help="no progress and no summary")


def asked_of_run(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `turnout.run` is asked for; what was not named is left to it.

    Failures are always asked for: who raises or skips them is the command, which so can tell which item it was.
    """
    given = {
        "executor": "dask" if options.dask else options.executor,
        "address": options.dask,
        "workers": options.workers,
        "ordered": False if options.unordered else None,
        "timeout_s": options.timeout,
        "retries": options.retries,
        "rate": options.rate,
        "key": resolve_target(options.key) if options.key else None,
        "key_limit": options.key_limit,
        "journal": options.journal,
        "retry_failed": options.retry_failed or None,
        "start_method": options.start_method,
        "batch_size": options.batch_size,
    }
    return {name: value for name, value in given.items() if value is not None}


_OF_STAGES = {
    "executor": "--executor",
    "address": "--dask",
    "workers": "--workers",
    "ordered": "--unordered",
    "timeout_s": "--timeout",
    "retries": "--retries",
    "rate": "--rate",
    "key": "--key",
    "key_limit": "--key-limit",
    "start_method": "--start-method",
    "batch_size": "--batch-size",
}


def check_suits_pipeline(target: str, asked: Mapping[str, Any]) -> None:
    """Raise a `UsageError` if a pipeline is asked for what its stages have options for.

    Args:
        target: What the command line calls it.
        asked: As `asked_of_run` returns it.
    """
    given = [option for name, option in _OF_STAGES.items() if name in asked]
    if "address" in asked:  # which names its executor
        given.remove("--executor")
    if given:
        raise UsageError(
            f"{target!r} is a pipeline, whose stages have options of their own; leave {listed(given)} out, "
            "or give turnout.stage(...) what it means there"
        )


def check_together(options: argparse.Namespace) -> None:
    """Raise a `UsageError` for options that do not go together."""
    if options.dask and options.executor not in {None, "dask"}:
        raise UsageError(f"--dask runs on Dask, not on {options.executor}; leave one of the two out")
    if options.key_limit and not options.key:
        raise UsageError("--key-limit counts by a key; name what gives it with --key MODULE:CALLABLE")
    if options.retry_failed and not options.journal:
        raise UsageError("--retry-failed reads what failed from a journal; name it with --journal FILE")
    if options.output == options.json == STANDARD_OUTPUT:
        raise UsageError("--output - and --json - would be mixed up on standard output; name a file for one of them")
    check_apart(options, ("journal", "output", "json", "html", "trace"))
