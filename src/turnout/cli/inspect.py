"""``turnout inspect``: the properties of a living process."""

import argparse
import re
import shutil
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable

from turnout.cli._console import print_saved, wants_colour, write_file
from turnout.cli._options import STANDARD_OUTPUT, add_json_option
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus
from turnout.observe import Process, describe_process, read_stacks
from turnout.report._process import process_text
from turnout.report._process_json import process_json_text

SUMMARY = "show what a living process is, has open, shares with others and waits for"

_EPILOG = """\
examples:
  turnout inspect 4711
  turnout inspect $(pgrep -n python3) --all
  turnout inspect 4711 --json - | jq '.threads[] | {tid, name, state, call}'

the process goes on undisturbed. `ps -e` lists processes, `pgrep -f WORD` finds one by its command line. What you may
not see of another user's process is told as not permitted; root may see nearly all. Values of variables whose names
look secret (TOKEN, PASSWORD, KEY ...) and credentials in URLs are masked, in the JSON too.

--json prints one object, whose keys tell their units: schema, pid, name, state, parent, group, session, owner, started,
age_s, command_line, executable, working_directory, environment, scheduling, cpu_time, memory, memory_map, descriptors,
signals, channels, threads, python, and unknown, which says for each value that is null why it is not known.

exit status: 0, or 2 if there is no such process or it ended meanwhile.
"""

_LARGEST_PID = (1 << 31) - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout inspect`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("pid", metavar="PID", type=process_number, help="the number of the process")
    parser.add_argument("--all", action="store_true", help="show all of every list, and long values in full")
    add_json_option(parser, instead="the tables if no file is named, or a dash")


def process_number(text: str) -> int:
    """Return the number of a process."""
    word = text.strip()
    if not re.fullmatch(r"-?[0-9]+", word, re.ASCII):
        raise ArgumentTypeError(
            f"{text!r} is not the number of a process; `pgrep -f WORD` finds it by its command line"
        )
    if not re.fullmatch(r"0*[1-9][0-9]{0,9}", word, re.ASCII) or int(word) > _LARGEST_PID:
        raise ArgumentTypeError(f"{word[:40]} is not the number of a process: they start at 1; `ps -e` lists them")
    return int(word)


def run(options: argparse.Namespace, look: Callable[..., Process] = describe_process) -> int:
    """Look at the process, and show what was found.

    Args:
        options: As `add_arguments` describes.
        look: Stands in for `turnout.observe.describe_process`.
    """
    process = look(options.pid, stacks=read_stacks)
    if options.json == STANDARD_OUTPUT:
        write_out(process_json_text(process))
        return ExitStatus.OK
    try:
        width = shutil.get_terminal_size((100, 24)).columns
        text = process_text(process, width, colour=wants_colour(sys.stdout), everything=options.all)
        write_out(text.removesuffix("\n"))
    finally:  # even if nobody read that to its end
        if options.json is not None:
            write_file(options.json, process_json_text(process))
    if options.json is not None:
        print_saved(options.json, "JSON")
    return ExitStatus.OK
