"""``turnout journal``: how far a run with a journal is, and what failed in it."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from turnout.cli._console import print_saved
from turnout.cli._options import output_file
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, UsageError
from turnout.pipeline import JournalProgress, read_stages
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

of a pipeline, name the first stage's journal, as to turnout run: the later ones (work.journal.2, ...) are shown with
it. In JSON, the first stage's figures are where a single function's are, and later_stages has the same of the others;
each failure in the file of --failures has the name of its stage, and index counts what that stage was given.

exit status: 0, or 2 if there is no journal that can be read.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout journal`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="the journal, as it was named to turnout run --journal")
    parser.add_argument("--all", action="store_true", help=f"show all failures, not the first {_SHOWN} of a stage only")
    parser.add_argument("--failures", metavar="FILE.jsonl", type=output_file, help="write all failures to a file")
    parser.add_argument("--json", action="store_true", help="JSON, instead of the tables")


def run(options: argparse.Namespace) -> int:
    """Look at the journal, and show how far it is."""
    stages = read_stages(options.file)
    if options.failures is not None:
        if any(_are_one_file(options.failures, stage.path) for stage in stages):
            raise UsageError(f"--failures {options.failures!r} is the journal itself; name another file")
        _write_failures(options.failures, stages)
    failures = [list(islice(stage.failures(), None if options.all else _SHOWN)) for stage in stages]
    if options.json:
        write_out(json.dumps(journal_json(stages, failures), indent=2))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        write_out(journal_text(stages, failures, width, colour=colour).removesuffix("\n"))
    if options.failures is not None:
        print_saved(options.failures, "failures")
    return ExitStatus.OK


def _write_failures(name: str, stages: Sequence[JournalProgress]) -> None:
    try:
        with Path(name).open("w", encoding="utf-8") as file:
            for stage in stages:
                file.writelines(_lines(stage, names_it=len(stages) > 1))
    except OSError as error:
        raise UsageError(f"{name!r} cannot be written ({error.strerror or error}); name another file") from None


def _lines(stage: JournalProgress, *, names_it: bool) -> Iterator[str]:
    for failure in stage.failures():
        told = failure_json(failure)
        yield json.dumps({"stage": stage.work, **told} if names_it else told) + "\n"


def _are_one_file(left: str, right: Path) -> bool:
    return Path(left).exists() and Path(left).samefile(right)
