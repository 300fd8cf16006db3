"""``turnout journal``: how far a run with a journal is, and what failed in it."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from turnout.cli._console import print_saved
from turnout.cli._options import output_file
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, UsageError
from turnout.pipeline import JournalFailure, JournalProgress, read_progress
from turnout.report._journal import failure_json, journal_json, journal_text

SUMMARY = "show how far a run with a journal is, and which items failed"

_SHOWN = 20
_EPILOG = """\
examples:
  turnout journal work.journal
  turnout journal work.journal --failures failed.jsonl

a run that writes the journal goes on undisturbed. --json prints one object: schema, work, created, item_count (null if
it is not known), finished, succeeded, failed, runs (began, ended, finished, failed) and failures (index, item, error,
attempts; the first 20 without --all); --failures writes one of the latter a line. Items and errors are text, and cut
where they are very long.

exit status: 0, or 2 if there is no journal that can be read.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout journal`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="the journal, as it was named to turnout run --journal")
    parser.add_argument("--all", action="store_true", help=f"show all failures, not the first {_SHOWN} only")
    parser.add_argument("--failures", metavar="FILE.jsonl", type=output_file, help="write all failures to a file")
    parser.add_argument("--json", action="store_true", help="JSON, instead of the tables")


def run(options: argparse.Namespace) -> int:
    """Look at the journal, and show how far it is."""
    progress = read_progress(options.file)
    if options.failures is not None:
        if _are_one_file(options.failures, options.file):
            raise UsageError(f"--failures {options.failures!r} is the journal itself; name another file")
        _write_failures(options.failures, progress)
    failures = list(progress.failures() if options.all else islice(progress.failures(), _SHOWN))
    if options.json:
        write_out(json.dumps(journal_json(progress, failures), indent=2))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        write_out(journal_text(progress, failures, width, colour=colour).removesuffix("\n"))
    if options.failures is not None:
        print_saved(options.failures, "failures")
    return ExitStatus.OK


def _write_failures(name: str, progress: JournalProgress) -> None:
    try:
        with Path(name).open("w", encoding="utf-8") as file:
            file.writelines(_lines(progress.failures()))
    except OSError as error:
        raise UsageError(f"{name!r} cannot be written ({error.strerror or error}); name another file") from None


def _lines(failures: Iterator[JournalFailure]) -> Iterator[str]:
    for failure in failures:
        yield json.dumps(failure_json(failure)) + "\n"


def _are_one_file(left: str, right: str) -> bool:
    return Path(left).exists() and Path(left).samefile(right)
