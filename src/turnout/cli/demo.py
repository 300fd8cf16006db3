"""``turnout demo``: the two programs of the course, one that waits and one that computes."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import turnout
from turnout.cli._console import ProgressLine, print_report, print_saved, write_file
from turnout.cli._options import output_file, positive_count, positive_seconds
from turnout.cli._streams import drop_output, write_out
from turnout.errors import ExitStatus
from turnout.jobs import distant_site, fetch_image, fetch_image_async, prime_factors, random_numbers
from turnout.report import RaceReport, render_html

SUMMARY = "race downloads and prime factors: waiting against computing"

Race = Callable[..., RaceReport]

_IMAGES = 10
_NUMBERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One of the two.

    Attributes:
        title: Stands above its table.
        function: Takes one item.
        coroutine_function: The same for asyncio; None if it would only compute, which asyncio does not suit.
        items: All of them race: there is no sample.
        notes: The course's own figures, and what to know about ours.
    """

    title: str
    function: Callable[[Any], Any]
    coroutine_function: Callable[[Any], Any] | None = None
    items: Sequence[Any]
    notes: tuple[str, ...]


@contextmanager
def download() -> Iterator[Program]:
    """Give the program that waits; its site and its folder are there as long as the block."""
    with distant_site() as site, TemporaryDirectory(prefix="turnout-") as folder:
        yield Program(
            title=f"{_IMAGES} images from a distant site",
            function=partial(fetch_image, folder=folder),
            coroutine_function=partial(fetch_image_async, folder=folder),
            items=[f"{site}/sports/{number}.jpg" for number in range(_IMAGES)],
            notes=(
                (
                    "The course downloaded 10 images in 2.47 s one after the other, and in 0.50 s with 10 threads: "
                    "4.9 times as fast."
                ),
                (
                    "The site is a process on this machine that answers after about 200 ms with JPEGs of 20 to 200 kB. "
                    "All run the same plain function, except asyncio, which runs the same work as a coroutine."
                ),
            ),
        )


@contextmanager
def factor() -> Iterator[Program]:
    """Give the program that computes."""
    yield Program(
        title=f"prime factors of {_NUMBERS:,} numbers",
        function=prime_factors,
        items=random_numbers(_NUMBERS),
        notes=(
            (
                "The course factored 10,000 numbers in 1.75 s one after the other, and in 1.33 s with 10 processes: "
                "1.3 times as fast."
            ),
            (
                "The numbers are random, from 20,000 to 100,000,000; each is divided by every whole number up to "
                "the root of what is left."
            ),
        ),
    )


PROGRAMS = {"download": download, "factor": factor}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout demo`` takes."""
    parser.add_argument("--only", choices=tuple(PROGRAMS), help="one of the two programs")
    parser.add_argument("--html", metavar="FILE", type=output_file, help="a page with both, and their timelines")
    parser.add_argument("--budget", metavar="SECONDS", type=positive_seconds, help="about how long each race may take")
    parser.add_argument("--repeats", metavar="N", type=positive_count, help="how often each contender runs")


def run(options: argparse.Namespace, race: Race | None = None) -> int:
    """Race both programs, and show what was found.

    Args:
        options: As `add_arguments` describes.
        race: Stands in for `turnout.race`.
    """
    chosen = [options.only] if options.only else list(PROGRAMS)
    given = {"budget_s": options.budget, "repeats": options.repeats}
    limits = {name: value for name, value in given.items() if value is not None}
    reports: list[RaceReport] = []
    left: BrokenPipeError | None = None
    for name in chosen:
        with PROGRAMS[name]() as program, ProgressLine(sys.stderr) as progress:
            report = (race or turnout.race)(
                program.function,
                program.items,
                coroutine_function=program.coroutine_function,
                sample=len(program.items),
                title=program.title,
                progress=progress.show,
                **limits,
            )
        reports.append(replace(report, notes=(*report.notes, *program.notes)))
        try:
            if len(reports) > 1:
                write_out("")
            print_report(reports[-1])
        except BrokenPipeError as error:
            left = error
            if options.html is None:
                break
            drop_output()
    if options.html is not None:
        write_file(options.html, render_html(reports, "turnout demo: waiting and computing"))
        print_saved(options.html, "page")
    if left is not None:
        raise left
    return ExitStatus.OK if all(report.choice for report in reports) else ExitStatus.FINDING
