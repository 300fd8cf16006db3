"""What ``turnout crawl`` takes, and what of it the crawl is asked for."""

import argparse
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import fields
from ipaddress import ip_address

from turnout.cli._options import (
    header_value,
    output_file,
    output_file_or_dash,
    path_name,
    positive_count,
    positive_seconds,
    whole_number,
)
from turnout.errors import UsageError
from turnout.jobs.crawl import REACHES, Around, CrawlOptions

_Group = argparse._ArgumentGroup  # noqa: SLF001  the only name that it has
_DEFAULTS = CrawlOptions()
_PLACE = re.compile(r"\+?(?:\[[^\]\s]+\]|[^:\s\[\]]+):([0-9]{1,5}):(\S+)", re.ASCII)
_LARGEST_PORT = 65_535
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
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("urls", metavar="URL", nargs="*", help="where to begin")
    parser.add_argument(
        "--state", metavar="FOLDER", required=True, type=path_name, help="where the frontier and the index are kept"
    )
    parser.add_argument("-i", "--input", metavar="FILE", help="more addresses to begin with, one a line; - for stdin")
    _add_scope(parser.add_argument_group("what belongs to it"))
    _add_pace(parser.add_argument_group("pace"))
    _add_care(parser.add_argument_group("requests and limits"))
    workers = parser.add_argument_group("several workers")
    workers.add_argument(
        "--shards", metavar="N", type=positive_count, help="cut the crawl by host for N workers, each with its index"
    )
    workers.add_argument("--dask", metavar="ADDRESS", help="the workers are those of this Dask scheduler")
    _add_output(parser.add_argument_group("output"))


def _add_scope(scope: _Group) -> None:
    scope.add_argument(
        "--reach",
        choices=REACHES,
        help="how far links are followed: the seeds' hosts (the default), domains or paths, or any address",
    )
    scope.add_argument("--include", metavar="REGEX", action="append", help="only addresses in which this is found")
    scope.add_argument("--exclude", metavar="REGEX", action="append", help="no addresses in which this is found")
    _add(scope, "--max-pages N", "max_pages", positive_count, "how many pages are fetched in all")
    _add(scope, "--max-depth N", "max_depth", whole_number, "how many links away from a seed")
    _add(scope, "--host-pages N", "host_pages", whole_number, "how many pages of one host; 0 for any number")


def _add_pace(pace: _Group) -> None:
    _add(pace, "--delay SECONDS", "delay_s", _delay, "between two requests to a host")
    _add(pace, "--connections N", "connections", positive_count, "requests under way in all")
    _add(pace, "--host-connections N", "host_connections", positive_count, "to one host, where there is no delay")


def _add_care(care: _Group) -> None:
    _add(care, "--agent TEXT", "agent", header_value, "User-Agent")
    _switch(care, "--ignore-robots", "obeys_robots", "fetch what robots.txt and pages forbid robots")
    _switch(care, "--no-sitemaps", "reads_sitemaps", "do not read the sitemaps that robots.txt names")
    _add(care, "--max-bytes N", "most_bytes", positive_count, "of a page, unpacked; the rest is not read")
    _add(care, "--timeout SECONDS", "deadline_s", positive_seconds, "how long a page may take")
    _add(care, "--stall SECONDS", "stall_s", positive_seconds, "how long nothing may arrive")
    _add(care, "--tries N", "tries", positive_count, "how often a page is asked for")
    patience = "how long a host is waited for that asks to come back later"
    _add(care, "--patience SECONDS", "patience_s", positive_seconds, patience)
    _switch(care, "--private", "allows_private", "follow links to private addresses, too")
    _switch(care, "--insecure", "verify", "take certificates that cannot be verified")
    care.add_argument(
        "--resolve",
        metavar="NAME:PORT:ADDRESS",
        type=_place_of_name,
        action="append",
        default=[],
        help="where a name is, as for curl",
    )
    _switch(care, "--recrawl", "recrawls", "ask again for what was fetched, if it has changed")


def _add_output(output: _Group) -> None:
    output.add_argument("--warc", metavar="FILE.warc.gz", help="keep all answers in an archive, too")
    output.add_argument("--no-index", action="store_true", help="keep the frontier and the links only")
    output.add_argument("--status", action="store_true", help="show how far the crawl is, and do nothing")
    output.add_argument("--report", action="store_true", help="show hosts, stages, timeline and failures, likewise")
    output.add_argument(
        "--hosts", metavar="N", type=positive_count, default=20, help="hosts in the report (default 20)"
    )
    output.add_argument("--json", metavar="FILE", type=output_file_or_dash, help="the report as JSON; - for stdout")
    output.add_argument("--html", metavar="FILE", type=output_file, help="the report as a page, in one file")
    output.add_argument("--quiet", action="store_true", help="no progress, no summary")


def _add(group: _Group, usage: str, field: str, read: Callable[[str], object], what: str) -> None:
    """Let an option set a field of `CrawlOptions`, whose default its help tells."""
    option, value = usage.split()
    default = getattr(_DEFAULTS, field)
    match default:
        case None:
            told = what
        case int():
            told = f"{what} (default {default:,})"
        case _:
            told = f"{what} (default {default:g})" if isinstance(default, float) else f"{what} (default {default})"
    group.add_argument(option, metavar=value, dest=field, type=read, default=default, help=told)


def _switch(group: _Group, option: str, field: str, what: str) -> None:
    """Let an option turn a field of `CrawlOptions` to what it is not by default."""
    default = getattr(_DEFAULTS, field)
    group.add_argument(option, dest=field, action="store_false" if default else "store_true", help=what)


def check_together(options: argparse.Namespace) -> None:
    """See that the options suit each other.

    Raises:
        UsageError: If they do not.
    """
    looks = options.status or options.report
    if looks and (options.urls or options.input or options.recrawls):
        raise UsageError("--status and --report show how a crawl stands, and crawl nothing; leave out the addresses")
    if options.dask and not options.shards:
        raise UsageError("--dask needs --shards N: how many parts the crawl is cut into")
    if options.shards and options.warc:
        raise UsageError("--warc does not go with --shards: several workers cannot write one archive")


def around_of(options: argparse.Namespace) -> Around:
    """Return what belongs to the crawl, as far as it was asked for."""
    return Around(options.reach, options.include, options.exclude)


def options_of(options: argparse.Namespace) -> CrawlOptions:
    """Return how the crawl is made."""
    asked = {field.name: getattr(options, field.name) for field in fields(CrawlOptions)}
    return CrawlOptions(**asked | {"resolve": tuple(options.resolve)})


def _delay(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not (0 <= seconds < 86_400):  # noqa: PLR2004  a day
        raise ArgumentTypeError(f"{text!r} is not a number of seconds of at least 0, such as 0.5")
    return seconds


def _place_of_name(text: str) -> str:
    """Return where a name is, in curl's words, if curl can read it."""
    found = _PLACE.fullmatch(text)
    addresses = found[2].split(",") if found is not None and int(found[1]) <= _LARGEST_PORT else [""]
    try:
        for address in addresses:
            ip_address(address.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not NAME:PORT:ADDRESS, such as example.org:443:192.0.2.1") from None
    return text
