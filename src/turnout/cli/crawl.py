"""``turnout crawl``: sites into a folder, to be searched."""

import argparse
import shutil
import sys
from pathlib import Path

import turnout
from turnout import fulltext
from turnout.cli._console import print_saved, wants_colour, write_file
from turnout.cli._crawl_options import add_crawl_options, around_of, check_together, options_of
from turnout.cli._crawl_progress import CrawlProgress
from turnout.cli._options import STANDARD_OUTPUT
from turnout.cli._stopping import Stopping
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, UsageError
from turnout.jobs.crawl import Crawl, OpenIndex, ShardResult, crawl_shards, read_standing
from turnout.report._crawl_types import CrawlReport

SUMMARY = "crawl sites politely into a folder, which turnout search finds words in"

add_arguments = add_crawl_options


def run(options: argparse.Namespace, open_index: OpenIndex | None = None) -> int:
    """Crawl, or tell how a crawl stands.

    Args:
        options: As `add_arguments` describes.
        open_index: Stands in for the index of `turnout search`.
    """
    check_together(options)
    if options.status or options.report:
        details = options.report or options.html is not None
        _show(options, read_standing(options.state, details=details, hosts=options.hosts))
        return ExitStatus.OK
    seeds = [*options.urls, *_listed(options.input)]
    if options.shards:
        return _run_shards(options, seeds)
    index = None if options.no_index else open_index or fulltext.open_index
    with Crawl(
        seeds,
        options.state,
        around=around_of(options),
        options=options_of(options),
        open_index=index,
        archive=options.warc,
    ) as crawl:
        progress = CrawlProgress(crawl, sys.stderr, is_quiet=options.quiet)
        stopping = Stopping(crawl.stop, progress.say)
        with stopping, progress:
            report = crawl.run(progress.tick)
        if stopping.is_urgent:
            raise KeyboardInterrupt
        notes = crawl.notes
    with stopping.or_nobody_reads():
        _show(options, report)
    if stopping.exit_status is not None:
        return stopping.exit_status
    is_whole = not notes and not report.failed and (report.done or not report.found)
    return ExitStatus.OK if is_whole else ExitStatus.FINDING


def _run_shards(options: argparse.Namespace, seeds: list[str]) -> int:
    """Crawl with several workers; Ctrl-C ends them, and the same command goes on."""

    def tell(number: int, result: ShardResult) -> None:
        if not options.quiet:
            words = f"shard {number}: {result.done:,} fetched, {result.waiting:,} waiting"
            print(words, file=sys.stderr, flush=True)

    address = {"address": options.dask} if options.dask else {}
    with turnout.executor("dask" if options.dask else "processes", workers=options.shards, **address) as pool:
        try:
            report = crawl_shards(
                seeds,
                state=options.state,
                shards=options.shards,
                executor=pool,
                around=around_of(options),
                options=options_of(options),
                index=not options.no_index,
                on_result=tell,
            )
        except KeyboardInterrupt:
            from turnout.executors import ProcessExecutor  # noqa: PLC0415  a crawl without shards does without

            pool.shutdown(wait=False, cancel_futures=True)
            if isinstance(pool, ProcessExecutor):
                pool.kill_workers()  # what they have done is on the disk at any moment
            raise
    _show(options, report)
    return ExitStatus.OK if not report.failed and not report.waiting else ExitStatus.FINDING


def _show(options: argparse.Namespace, report: CrawlReport) -> None:
    try:
        if options.json == STANDARD_OUTPUT:
            write_out(report.to_json().removesuffix("\n"))
        elif not options.quiet:
            width = shutil.get_terminal_size((100, 24)).columns
            write_out(report.to_text(width, colour=wants_colour(sys.stdout), explain=options.report).removesuffix("\n"))
    finally:  # even if nobody read that to its end
        if options.json not in {None, STANDARD_OUTPUT}:
            write_file(options.json, report.to_json())
        if options.html is not None:
            write_file(options.html, report.to_html())
            print_saved(options.html, "page")


def _listed(name: str | None) -> list[str]:
    """Return the addresses in a file, one a line; lines that begin with # are remarks."""
    if name is None:
        return []
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name!r} cannot be read ({reason}); name a text file with an address on each line") from None
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
