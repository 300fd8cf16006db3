"""What ``turnout crawl`` takes, and what of it the crawl is asked for."""

import argparse
from argparse import ArgumentTypeError

from turnout.cli._options import output_file_or_dash, positive_count, positive_seconds, whole_number
from turnout.errors import UsageError
from turnout.jobs.crawl import REACHES, Around, CrawlOptions

_EPILOG = """\
examples:
  turnout crawl https://example.org/ --state example
  turnout crawl --state example                            (goes on where it was)
  turnout crawl https://example.org/docs/ --state docs --reach path --max-pages 5000
  turnout crawl --state example --status                   (also while it runs)
  turnout crawl --state example --recrawl                  (asks which pages have changed)
  turnout search example "words"

what belongs to a crawl is kept in its folder: the same command goes on after Ctrl-C or a kill, and so does one that
names the folder only. Robots.txt, meta tags and X-Robots-Tag are obeyed. There is one second between two requests to a
public host, and no delay on your own (localhost, private addresses), unless --delay says otherwise or robots.txt asks
for more. Links from public pages to private addresses are not followed.

Ctrl-C, once: stops within a second and keeps what is done; twice: leaves at once.

exit status: 0 if all went well, 1 if pages failed or a host still waits, 2 if what was asked cannot be done, 130 after
Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
"""


def add_crawl_options(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout crawl`` takes."""
    defaults = CrawlOptions()
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("urls", metavar="URL", nargs="*", help="where to begin")
    parser.add_argument("--state", metavar="FOLDER", required=True, help="where the frontier and the index are kept")
    parser.add_argument("-i", "--input", metavar="FILE", help="more addresses to begin with, one a line; - for stdin")
    scope = parser.add_argument_group("what belongs to it")
    scope.add_argument(
        "--reach",
        choices=REACHES,
        help="how far links are followed: the seeds' hosts (the default), domains or paths, or any address",
    )
    scope.add_argument("--include", metavar="REGEX", action="append", help="only addresses in which this is found")
    scope.add_argument("--exclude", metavar="REGEX", action="append", help="no addresses in which this is found")
    scope.add_argument("--max-pages", metavar="N", type=positive_count, help="how many pages are fetched in all")
    scope.add_argument("--max-depth", metavar="N", type=whole_number, help="how many links away from a seed")
    scope.add_argument(
        "--host-pages",
        metavar="N",
        type=whole_number,
        default=defaults.host_pages,
        help=f"how many pages of one host; 0 for any number (default {defaults.host_pages:,})",
    )
    pace = parser.add_argument_group("pace")
    pace.add_argument("--delay", metavar="SECONDS", type=_delay, help="between two requests to a host")
    pace.add_argument(
        "--connections",
        metavar="N",
        type=positive_count,
        default=defaults.connections,
        help=f"requests under way in all (default {defaults.connections})",
    )
    pace.add_argument(
        "--host-connections",
        metavar="N",
        type=positive_count,
        default=defaults.host_connections,
        help=f"to one host, where there is no delay (default {defaults.host_connections})",
    )
    _add_request_options(parser, defaults)
    workers = parser.add_argument_group("several workers")
    workers.add_argument(
        "--shards",
        metavar="N",
        type=positive_count,
        help="cut the crawl by host for N workers, each with its index",
    )
    workers.add_argument("--dask", metavar="ADDRESS", help="the workers are those of this Dask scheduler")
    output = parser.add_argument_group("output")
    output.add_argument("--warc", metavar="FILE.warc.gz", help="keep all answers in an archive, too")
    output.add_argument("--no-index", action="store_true", help="keep the frontier and the links only")
    output.add_argument("--status", action="store_true", help="show how far the crawl is, and do nothing")
    output.add_argument("--report", action="store_true", help="show hosts, stages, timeline and failures, likewise")
    output.add_argument(
        "--hosts", metavar="N", type=positive_count, default=20, help="hosts in the report (default 20)"
    )
    output.add_argument("--json", metavar="FILE", type=output_file_or_dash, help="the report as JSON; - for stdout")
    output.add_argument("--quiet", action="store_true", help="no progress, no summary")


def _add_request_options(parser: argparse.ArgumentParser, defaults: CrawlOptions) -> None:
    care = parser.add_argument_group("requests and limits")
    care.add_argument("--agent", metavar="TEXT", default=defaults.agent, help=f"User-Agent (default {defaults.agent})")
    care.add_argument("--ignore-robots", action="store_true", help="fetch what robots.txt and pages forbid robots")
    care.add_argument("--no-sitemaps", action="store_true", help="do not read the sitemaps that robots.txt names")
    care.add_argument(
        "--max-bytes",
        metavar="N",
        type=positive_count,
        default=defaults.most_bytes,
        help=f"of a page, unpacked; the rest is not read (default {defaults.most_bytes:,})",
    )
    care.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=positive_seconds,
        default=defaults.deadline_s,
        help=f"how long a page may take (default {defaults.deadline_s:g})",
    )
    care.add_argument(
        "--stall",
        metavar="SECONDS",
        type=positive_seconds,
        default=defaults.stall_s,
        help=f"how long nothing may arrive (default {defaults.stall_s:g})",
    )
    care.add_argument(
        "--tries",
        metavar="N",
        type=positive_count,
        default=defaults.tries,
        help=f"how often a page is asked for (default {defaults.tries})",
    )
    care.add_argument(
        "--patience",
        metavar="SECONDS",
        type=positive_seconds,
        default=defaults.patience_s,
        help=f"how long a host is waited for that asks to come back later (default {defaults.patience_s:g})",
    )
    care.add_argument("--private", action="store_true", help="follow links to private addresses, too")
    care.add_argument("--insecure", action="store_true", help="take certificates that cannot be verified")
    care.add_argument(
        "--resolve", metavar="NAME:PORT:ADDRESS", action="append", default=[], help="where a name is, as for curl"
    )
    care.add_argument("--recrawl", action="store_true", help="ask again for what was fetched, if it has changed")


def check_together(options: argparse.Namespace) -> None:
    """See that the options suit each other.

    Raises:
        UsageError: If they do not.
    """
    looks = options.status or options.report
    if looks and (options.urls or options.input or options.recrawl):
        raise UsageError("--status and --report show how a crawl stands, and crawl nothing; leave out the addresses")
    if options.dask and not options.shards:
        raise UsageError("--dask needs --shards N: how many parts the crawl is cut into")
    if options.shards and options.warc:
        raise UsageError("--warc does not go with --shards: several workers cannot write one archive")
    if "\n" in options.agent or "\r" in options.agent or not options.agent.strip():
        raise UsageError("--agent must be one line of text, such as 'my-crawler/1.0 (+https://example.org/)'")


def around_of(options: argparse.Namespace) -> Around:
    """Return what belongs to the crawl, as far as it was asked for."""
    return Around(options.reach, options.include, options.exclude)


def options_of(options: argparse.Namespace) -> CrawlOptions:
    """Return how the crawl is made."""
    return CrawlOptions(
        max_depth=options.max_depth,
        max_pages=options.max_pages,
        host_pages=options.host_pages,
        delay_s=options.delay,
        connections=options.connections,
        host_connections=options.host_connections,
        agent=options.agent,
        obeys_robots=not options.ignore_robots,
        reads_sitemaps=not options.no_sitemaps,
        most_bytes=options.max_bytes,
        deadline_s=options.timeout,
        stall_s=options.stall,
        tries=options.tries,
        patience_s=options.patience,
        allows_private=options.private,
        verify=not options.insecure,
        resolve=tuple(options.resolve),
        recrawls=options.recrawl,
    )


def _delay(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not (0 <= seconds < 86_400):  # noqa: PLR2004  a day
        raise ArgumentTypeError(f"{text!r} is not a number of seconds of at least 0, such as 0.5")
    return seconds
