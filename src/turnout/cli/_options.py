"""The kinds of values that options take; each complains in a clause that argparse puts after the option's name."""

import math
import os
from argparse import ArgumentTypeError, _ActionsContainer  # a parser, or a group of its options
from pathlib import Path

from turnout.cli._streams import is_closed

STANDARD_OUTPUT = "-"


def positive_seconds(text: str) -> float:
    """Return a duration, more than 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (0 < seconds < math.inf):
        raise ArgumentTypeError(f"{text!r} is not a number of seconds above 0, such as 20")
    return seconds


def positive_number(text: str) -> float:
    """Return a number, more than 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (0 < number < math.inf):
        raise ArgumentTypeError(f"{text!r} is not a number above 0, such as 2.5")
    return number


def whole_number(text: str) -> int:
    """Return a whole number, at least 0."""
    try:
        count = int(text)
    except ValueError:
        count = -1
    if count < 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return count


def positive_count(text: str) -> int:
    """Return a whole number, at least 1."""
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return count


def header_value(text: str) -> str:
    """Return what a header is to say."""
    from turnout.transfer import can_be_sent  # noqa: PLC0415  the help must not pay for it

    if not text.strip() or not can_be_sent(text):
        raise ArgumentTypeError(f"{text!r} must be one line of text in ASCII, without control characters")
    return text


def password_file(text: str) -> str:
    """Return the password that the first line of a file is."""
    from turnout.jobs.monitor.config import password_in  # noqa: PLC0415  the help must not pay for it

    try:
        return password_in(Path(text))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def positive_counts(text: str) -> tuple[int, ...]:
    """Return whole numbers, each at least 1, in their order and once each."""
    return tuple(dict.fromkeys(positive_count(part.strip()) for part in text.split(",")))


def names(text: str) -> tuple[str, ...]:
    """Return names, in their order and once each."""
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise ArgumentTypeError(f"{text!r} lacks a name before or after a comma")
    return tuple(dict.fromkeys(parts))


def path_name(text: str) -> str:
    """Return the name of a file or folder."""
    if not text:
        raise ArgumentTypeError("it is empty; name a file or folder")
    return text


def output_file(text: str) -> str:
    """Return the name of a file that can be written, as far as can be told before there is something to write."""
    if not text:
        raise ArgumentTypeError("it is empty; name a file")
    if os.path.isdir(text):  # noqa: PTH112  # Path.is_dir raises on a name too long
        raise ArgumentTypeError(f"{text!r} is a folder; name a file in it")
    if not os.path.isdir(Path(text).parent):  # noqa: PTH112  # likewise
        raise ArgumentTypeError(f"{text!r} is in a folder that does not exist; make it first")
    if not os.access(text if os.path.lexists(text) else Path(text).parent, os.W_OK):
        raise ArgumentTypeError(f"{text!r} may not be written; name another file")
    return text


def output_file_or_dash(text: str) -> str:
    """Return the name of a file as `output_file` does, or a dash, if standard output is open."""
    if text != STANDARD_OUTPUT:
        return output_file(text)
    if is_closed("stdout"):
        raise ArgumentTypeError("standard output is closed; open it, or name a file")
    return text


def add_json_option(container: _ActionsContainer, instead: str = "the table if no file is named") -> None:
    """Tell a parser, or a group of its options, of ``--json [FILE]``.

    Args:
        container: What takes it.
        instead: Of what standard output then has it.
    """
    container.add_argument(
        "--json",
        metavar="FILE",
        nargs="?",
        const=STANDARD_OUTPUT,
        type=output_file_or_dash,
        help=f"JSON, instead of {instead}",
    )
