"""``turnout run``: all of the work, on the track that suits it."""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from typing import Any, BinaryIO, Protocol, Self

import turnout
from turnout.cli._console import print_saved, wants_colour, write_file
from turnout.cli._items import named_items
from turnout.cli._options import STANDARD_OUTPUT
from turnout.cli._results import Results, open_results
from turnout.cli._run_options import add_run_options, asked_of_run, check_suits_pipeline, check_together
from turnout.cli._stopping import Stopping
from turnout.cli._streams import drop_output, kept_for_records, write_out
from turnout.cli._values import error_words
from turnout.errors import ExitStatus, repr_of
from turnout.items import is_pipeline, resolve_work
from turnout.outcomes import Failure, Outcome
from turnout.pipeline import RunStatus
from turnout.progress import Progress, show_progress
from turnout.report import RunReport, plain

SUMMARY = "do all of the work on the track that suits it, with retries, limits and a journal to resume from"


class Run(Protocol):
    """What `turnout.run` returns, as far as it is used here."""

    @property
    def status(self) -> RunStatus:
        """How it stands."""
        ...

    def __iter__(self) -> Iterator[Outcome[Any]]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def stop(self) -> None:
        """Take no further items."""
        ...

    def try_failed_again(self) -> None:
        """Run again what failed by the journal."""
        ...

    def report(self, title: str) -> RunReport:
        """Return what was found out."""
        ...


Start = Callable[..., Run]

add_arguments = add_run_options


def run(options: argparse.Namespace, start: Start | None = None, standard_input: BinaryIO | None = None) -> int:
    """Do the work, and show what became of it.

    Args:
        options: As `add_arguments` describes.
        start: Stands in for `turnout.run`.
        standard_input: Stands in for that of this process.
    """
    check_together(options)
    is_mixed = options.output == STANDARD_OUTPUT and sys.stdout.isatty()  # results would run through what is drawn
    fatal: Failure | None = None
    left: BrokenPipeError | None = None
    alone = kept_for_records() if STANDARD_OUTPUT in {options.output, options.json} else nullcontext()
    with alone as records:
        begun, source = _begun(options, start, standard_input)
        shows = not (options.quiet or is_mixed)
        progress = show_progress(begun.status, sys.stderr, keeps_last=False) if shows else None
        stopping = Stopping(begun.stop, progress.say if progress else _say)
        try:
            fatal = _take(begun, options, progress, stopping, records)
        except BrokenPipeError as error:
            left = error
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and stopping.exit_status is not None:
                _say("turnout: interrupted")
                return stopping.exit_status
            raise
    if left is not None:
        drop_output()
    report = begun.report(f"{options.target.rpartition(':')[2]} over {source}")
    report = replace(report, results=None if options.output == STANDARD_OUTPUT else options.output)
    with stopping.or_nobody_reads():
        _show(options, report, left)
        if fatal is not None:
            kind, message = error_words(fatal.error)
            where = f"item {fatal.index} ({plain(repr_of(fatal.item), 60)})"
            _say(f"turnout: {where} failed, so no more was run: {plain(kind, 100)}: {plain(message, 500)}")
    if stopping.exit_status is not None:
        return stopping.exit_status
    return ExitStatus.FINDING if report.status.failed or fatal is not None else ExitStatus.OK


def _begun(options: argparse.Namespace, start: Start | None, standard_input: BinaryIO | None) -> tuple[Run, str]:
    """Return the run, and what its items come from."""
    work = resolve_work(options.target)
    items, source = named_items(options, standard_input, takes_async=True)
    begin: Any = start or turnout.run  # what it gives is held to `Run`, which is less than all that `turnout.run` gives
    asked = asked_of_run(options)
    if is_pipeline(work):
        check_suits_pipeline(options.target, asked)
    begun: Run = begin(work, items, **asked)
    if options.on_error == "raise":  # which is done here, see `asked_of_run`
        begun.try_failed_again()
    return begun, source


def _take(
    begun: Run, options: argparse.Namespace, progress: Progress | None, stopping: Stopping, records: BinaryIO | None
) -> Failure | None:
    """Take all outcomes; return the failure that ended the run, if one did."""
    with ExitStack() as open_things:
        open_things.enter_context(stopping)
        open_things.enter_context(begun)
        results: Results | None = None
        if options.output is not None:
            say = progress.say if progress else _say
            results = open_things.enter_context(open_results(options.output, say, records or sys.stdout.buffer))
        if progress:
            open_things.enter_context(progress)
            open_things.enter_context(progress.printing_above())
        for outcome in begun:
            if results and not (options.on_error == "skip" and isinstance(outcome, Failure)):
                results.add(outcome)
            if progress:
                progress.update()
            if options.on_error == "raise" and isinstance(outcome, Failure):
                return outcome
    if stopping.is_urgent:
        raise KeyboardInterrupt
    return None


def _show(options: argparse.Namespace, report: RunReport, left: BrokenPipeError | None) -> None:
    try:
        if left is not None:
            raise left
        if options.json == STANDARD_OUTPUT:
            write_out(report.to_json().removesuffix("\n"))
        elif not options.quiet:
            stream = sys.stderr if options.output == STANDARD_OUTPUT else sys.stdout
            width = shutil.get_terminal_size((100, 24)).columns
            text = report.to_text(width, colour=wants_colour(stream), explain=options.explain).removesuffix("\n")
            if stream is sys.stdout:
                write_out(text)
            else:
                print(text, file=sys.stderr, flush=True)
    finally:  # even if nobody read that to its end
        for name, render, what in (
            (options.json, report.to_json, "JSON"),
            (options.html, report.to_html, "page"),
            (options.trace, report.to_chrome_trace, "trace"),
        ):
            if name not in {None, STANDARD_OUTPUT}:
                write_file(name, render())
                if not options.quiet:
                    print_saved(name, what)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
