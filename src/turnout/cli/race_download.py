"""``turnout race download``: the course's ways to download, beside ours."""

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from turnout.cli._options import positive_count
from turnout.cli._ways import RacePrograms, add_way_options, course_harvest, own_module, race_ways
from turnout.errors import UsageError
from turnout.jobs import distant_site
from turnout.measurement import Harvest, Program

SUMMARY = "download the same files in the course's ways and with turnout, and say what each takes"

_IMAGES = 10  # as the course has
_EPILOG = """\
examples:
  turnout race download
  turnout race download --images 50 --html race.html
  turnout race download https://example.org/a.jpg https://example.org/b.jpg

without an address, the files are images of a site on this machine that answers after about 200 ms. Each program runs
as often as --repeats says, so that it asks your servers for the same files again.

exit status: 0 if the race was run, 1 if no program brought anything, 2 if what was asked cannot be done.
"""
_COURSE = (
    "The course downloaded 10 images in 2.47 s one after the other, and in 0.50 s with 10 threads: 4.9 times as fast."
)
_OURS = (
    "Python's start is in all of them, and turnout has as many connections as the course has threads. It also checks "
    "what comes, tries again, and flushes each file to the disk before it gets its name; the course's ways do none of "
    "that."
)
_SITE = "The site is a process on this machine that answers after about 200 ms with JPEGs of 20 to 200 kB."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout race download`` takes."""
    add_way_options(parser)
    parser.epilog = _EPILOG
    parser.add_argument("urls", metavar="URL", nargs="*", help="what to download; a local site's images if left out")
    parser.add_argument(
        "--images", metavar="N", type=positive_count, help=f"how many of the local site (default {_IMAGES})"
    )


def run(options: argparse.Namespace, race: RacePrograms | None = None) -> int:
    """Race, and show what was found.

    Args:
        options: As `add_arguments` describes.
        race: Stands in for `race_programs`.
    """
    if options.urls and options.images:
        raise UsageError("--images is of the local site; leave it out, or the addresses")
    with ExitStack() as opened:
        urls: list[str] = options.urls
        notes: tuple[str, ...] = (_COURSE, _OURS)
        if not urls:
            site = opened.enter_context(distant_site())
            urls = [f"{site}/sports/{number}.jpg" for number in range(options.images or _IMAGES)]
            notes = (_COURSE, _SITE, _OURS)
        noun = "file" if options.urls else "image"
        return race_ways(
            options,
            programs_for(urls, options.threads),
            race,
            title=f"Downloading {len(urls):,} {noun}{'' if len(urls) == 1 else 's'}",
            noun=noun,
            wanted=len(urls),
            notes=notes,
        )


def programs_for(urls: Sequence[str], threads: int) -> tuple[Program, ...]:
    """Return the three ways to download some addresses."""

    def course(folder: Path, count: int) -> list[str]:
        return own_module("turnout.jobs.course_download", f"--to={folder}", f"--threads={count}", "--", *urls)

    def ours(folder: Path) -> list[str]:
        (folder / "urls").write_text("".join(f"{url}\n" for url in urls))
        words = own_module("turnout", "download", "-i", str(folder / "urls"), "--to", str(folder / "files"))
        connections = [f"--connections={threads}", f"--per-host={threads}"]
        return [*words, *connections, "--log", "-", "--quiet"]

    return (
        Program(name="the course, one after the other", words=lambda folder: course(folder, 1), harvest=course_harvest),
        Program(
            name=f"the course, {threads} threads",
            words=lambda folder: course(folder, threads),
            harvest=course_harvest,
        ),
        Program(name="turnout download", words=ours, harvest=_log_harvest),
    )


def _log_harvest(output: str) -> Harvest:
    records = [json.loads(line) for line in output.splitlines()]
    brought = [record["size_bytes"] for record in records if record["status"] != "failed"]
    if not records:
        raise ValueError("nothing was logged")
    return Harvest(done=len(brought), failed=len(records) - len(brought), received_bytes=sum(brought))
