"""``turnout machine``: what this machine has, and what things cost on it."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from typing import TextIO

from turnout.cli._console import wants_colour
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus
from turnout.machine import Machine, describe
from turnout.report._machine import machine_json, machine_text, pythons_text

SUMMARY = "show what this machine has, and what a thread, a process and a message cost on it"

ONLY = "only"
_ERASE_LINE = "\r\x1b[K"
_EPILOG = """\
usable cores are those the scheduler allows, cut to what control groups (versions 1 and 2) grant: 1.5 under a quota of
150 ms in each 100 ms. The costs are measured once for this machine and interpreter, in about 3 s, and then kept.

GIL says whether threads of that Python take turns now; JIT whether it compiles what is hot: "off" if it can, but is not
told to (see PYTHON_JIT).

--json prints one object: schema, platform, cores, memory, gil, interpreters, silent (named like a Python, but gave no
answer) and costs, whose entries have kind, unit (ns, bytes/s or bytes), median, low and high (the quartiles), repeats.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout machine`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("--fresh", action="store_true", help="measure the costs again, even if they were kept")
    parser.add_argument("--costs", choices=("all", "none"), default="all", help="none: only look, do not measure")
    parser.add_argument(
        "--pythons",
        nargs="?",
        choices=("all", "none", ONLY),
        default="all",
        const=ONLY,
        help="nothing but the Pythons found, with version, GIL, JIT and build; none: do not look for them",
    )
    parser.add_argument("--json", action="store_true", help="JSON, instead of the tables")


def run(options: argparse.Namespace, look: Callable[..., Machine] = describe, progress: TextIO | None = None) -> int:
    """Look at the machine, and show what was found.

    Args:
        options: As `add_arguments` describes.
        look: Stands in for `turnout.machine.describe`.
        progress: Where to say, if it is a terminal, that this takes a moment; standard error if None.
    """
    progress = progress or sys.stderr
    if progress.isatty():
        print("looking around; the first time, measuring takes about 3 s", end="\r", file=progress, flush=True)
    try:
        machine = look(
            fresh=options.fresh,
            costs=options.costs == "all" and options.pythons != ONLY,
            interpreters=options.pythons != "none",
        )
    finally:
        if progress.isatty():
            print(_ERASE_LINE, end="", file=progress, flush=True)
    if options.json:
        write_out(json.dumps(machine_json(machine), indent=2))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        text = pythons_text if options.pythons == ONLY else machine_text
        write_out(text(machine, width, colour=wants_colour(sys.stdout)).removesuffix("\n"))
    return ExitStatus.OK
