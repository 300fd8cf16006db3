"""``turnout race crawl``: the course's ways to crawl, beside ours."""

import argparse
import json
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from turnout.cli._options import positive_count
from turnout.cli._ways import RacePrograms, add_way_options, course_harvest, own_module, race_ways
from turnout.errors import UsageError
from turnout.jobs import distant_site
from turnout.jobs.course_crawl import require_soup
from turnout.jobs.crawl._guard import is_public
from turnout.measurement import Harvest, Program

SUMMARY = "crawl the same site in the course's ways and with turnout, and say what each takes"

_PAGES = 30
_EPILOG = """\
examples:
  turnout race crawl
  turnout race crawl --pages 100 --html race.html
  turnout race crawl http://localhost:8000/

without an address, the site is one on this machine that answers after about 200 ms. The course's ways know neither
robots.txt nor a pace; a host of the public Internet is raced on only with --public, and then turnout still keeps its
second between two requests.

exit status: 0 if the race was run, 1 if no program brought anything, 2 if what was asked cannot be done.
"""
_COURSE = "The course fetched one page in 0.56 s, and found its links in 0.015 s more."
_OURS = (
    "Python's start is in all of them, and turnout has as many connections as the course has threads. It also asks for "
    "robots.txt, keeps its frontier on the disk and puts the pages into an index; the course's ways keep nothing."
)
_SITE = "The site is a process on this machine that answers after about 200 ms with pages of 6 kB."
_PACE = "turnout leaves a second between two requests to a public host; the course's ways ask without a pause."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout race crawl`` takes."""
    add_way_options(parser)
    parser.epilog = _EPILOG
    parser.add_argument("url", metavar="URL", nargs="?", help="where to begin; a local site if left out")
    parser.add_argument(
        "--pages", metavar="N", type=positive_count, default=_PAGES, help=f"how many are fetched (default {_PAGES})"
    )
    parser.add_argument("--public", action="store_true", help="race on a host of the public Internet, too")


def run(options: argparse.Namespace, race: RacePrograms | None = None) -> int:
    """Race, and show what was found.

    Args:
        options: As `add_arguments` describes.
        race: Stands in for `race_programs`.
    """
    require_soup()
    with ExitStack() as opened:
        url: str | None = options.url
        notes: tuple[str, ...] = (_COURSE, _OURS)
        if url is None:
            url = opened.enter_context(distant_site(pages=options.pages)) + "/"
            notes = (_COURSE, _SITE, _OURS)
        elif _is_public(url):
            if not options.public:
                raise UsageError(
                    f"{url!r} is on the public Internet, and the course's ways would ask it for {options.pages} pages "
                    "without a pause, several times; name a host of your own, or add --public if this one is"
                )
            notes = (_COURSE, _OURS, _PACE)
        return race_ways(
            options,
            programs_for(url, options.pages, options.threads),
            race,
            title=f"Crawling {options.pages:,} page{'' if options.pages == 1 else 's'}",
            noun="page",
            wanted=options.pages,
            notes=notes,
        )


def programs_for(url: str, pages: int, threads: int) -> tuple[Program, ...]:
    """Return the three ways to crawl from an address."""

    def course(count: int) -> list[str]:
        return own_module("turnout.jobs.course_crawl", f"--pages={pages}", f"--threads={count}", "--", url)

    def ours(folder: Path) -> list[str]:
        words = own_module("turnout", "crawl", url, "--state", str(folder / "state"))
        words += [f"--connections={threads}", f"--host-connections={threads}"]
        return [*words, "--max-pages", str(pages), "--json", "-", "--quiet"]

    return (
        Program(name="the course, one after the other", words=lambda _: course(1), harvest=course_harvest),
        Program(name=f"the course, {threads} threads", words=lambda _: course(threads), harvest=course_harvest),
        Program(name="turnout crawl", words=ours, harvest=_report_harvest),
    )


def _report_harvest(output: str) -> Harvest:
    told = json.loads(output)
    received = sum(host["received_bytes"] for host in told["hosts"])
    return Harvest(done=told["done"], failed=told["failed"], received_bytes=received)


def _is_public(url: str) -> bool:
    """Tell whether an address leads to the public Internet.

    Raises:
        UsageError: If it is no address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in {"http", "https"}:
        raise UsageError(f"{url!r} is no address of a page; write http://host/")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{url!r} cannot be reached ({error.strerror or error}); name another address") from None
    return any(is_public(str(address[0])) for *_, address in found)
