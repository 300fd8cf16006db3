"""What races of whole programs have in common: their options, how they are run and how they are shown."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence

from turnout.cli._console import ProgressLine, print_saved, wants_colour, write_file
from turnout.cli._options import STANDARD_OUTPUT, add_json_option, output_file, positive_count, positive_seconds
from turnout.cli._streams import write_out
from turnout.clock import SystemClock
from turnout.errors import ExitStatus
from turnout.measurement import Harvest, Program, ProgramMeasurement, Refusal, race_programs, read_environment
from turnout.report._ways_types import WaysReport

RacePrograms = Callable[..., tuple[tuple[ProgramMeasurement, ...], tuple[Refusal, ...]]]
DEFAULT_THREADS = 10  # as the course has


def add_way_options(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what each of these races takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    race = parser.add_argument_group("race")
    race.add_argument(
        "--threads",
        metavar="N",
        type=positive_count,
        default=DEFAULT_THREADS,
        help=f"of the course's second way (default {DEFAULT_THREADS})",
    )
    race.add_argument("--repeats", metavar="N", type=positive_count, default=3, help="of each program (default 3)")
    race.add_argument(
        "--limit",
        metavar="SECONDS",
        type=positive_seconds,
        default=300.0,
        help="how long a program may take before it is ended (default 300)",
    )
    output = parser.add_argument_group("output, besides the table")
    add_json_option(output)
    output.add_argument("--html", metavar="FILE", type=output_file, help="a page, in one file")


def race_ways(
    options: argparse.Namespace,
    programs: Sequence[Program],
    race: RacePrograms | None,
    *,
    title: str,
    noun: str,
    wanted: int,
    notes: tuple[str, ...],
) -> int:
    """Race programs, and show what was found.

    Args:
        options: As `add_way_options` describes.
        programs: All that take part.
        race: Stands in for `race_programs`.
        title: What the race is called.
        noun: What is wanted, in the singular.
        wanted: How many of it.
        notes: Sentences that say more.
    """
    environment = read_environment(())
    with ProgressLine(sys.stderr) as progress:
        measured, refusals = (race or race_programs)(
            programs,
            repeats=options.repeats,
            limit_s=options.limit,
            clock=SystemClock(),
            tell=progress.show or _say_nothing,
        )
    report = WaysReport(
        title=title,
        noun=noun,
        wanted=wanted,
        measurements=measured,
        refusals=refusals,
        notes=notes,
        environment=environment,
    )
    try:
        if options.json == STANDARD_OUTPUT:
            write_out(report.to_json().removesuffix("\n"))
        else:
            width = shutil.get_terminal_size((100, 24)).columns
            write_out(report.to_text(width, colour=wants_colour(sys.stdout)).removesuffix("\n"))
    finally:  # even if nobody read that to its end
        for name, render, what in ((options.json, report.to_json, "JSON"), (options.html, report.to_html, "page")):
            if name not in {None, STANDARD_OUTPUT}:
                write_file(name, render())
                print_saved(name, what)
    brought = any(heat.harvest.done for one in measured for heat in one.heats)
    return ExitStatus.OK if brought else ExitStatus.FINDING


def own_module(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of ours, whatever files the current folder has that are called so."""
    return [sys.executable, "-P", "-m", module, *words]


def course_harvest(output: str) -> Harvest:
    """Read what a program of the course's ways says that it brought."""
    told = json.loads(output)
    return Harvest(done=told["done"], failed=told["failed"], received_bytes=told["received_bytes"])


def _say_nothing(_words: str) -> None:
    return
